// The resources of a type in the order of one sort key, as the index has them: where a walk in order takes its rows
// from. Never: answers alone (ties, further keys and what has no value are the walk's). Threads: belongs to one
// connection.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sql/access.hpp"
#include "adapters/sql/connection.hpp"
#include "adapters/sql/names.hpp"
#include "core/store/query.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

// Rows in the order of their keys, one after the other; what next() has yet to show is no better than the bound.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::optional<std::int64_t> next() = 0;  // a row; nothing at the end
  bool ended() const { return ended_; }
  core::store::Subject bound() const { return {text_, text_, instant_, rows_, 0}; }
  // No row below this one will be shown with the value of the bound; 0: not known.
  std::int64_t bound_row() const { return bound_row_; }

 protected:
  core::store::Rows rows_;  // the bound, as the one row of a resource
  std::int64_t instant_ = 0, bound_row_ = 0;
  bool ended_ = false;

 private:
  inline static const std::string text_;
};

// The part of the order that is walked.
struct Stretch {
  const Access* within = nullptr;            // keys that a criterion on the same parameter allows
  const core::store::Row* from = nullptr;    // begins at this value
  core::store::Sequence first = 0, end = 0;  // of _lastUpdated
};

using Sources = std::vector<std::unique_ptr<Source>>;

bool has_sources(Connection& connection, const Names& names, const std::string& type, const core::store::Sort& sort,
                 core::store::Sequence upto);
// Nothing: the index has no such order.
std::optional<Sources> sources_of(Connection& connection, const Names& names, const std::string& type,
                                  const core::store::Sort& sort, core::store::Sequence upto, const Stretch& stretch);

}  // namespace adapters::sql
