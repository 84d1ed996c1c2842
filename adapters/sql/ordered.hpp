// The resources of a type in the order of one sort key, read from the index until enough are found: a page of a whole
// type costs the page. Never: answers alone (ties, further keys and what has no value are the collector's and the
// walk's). Threads: belongs to one connection.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sql/connection.hpp"
#include "adapters/sql/names.hpp"
#include "core/store/query.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

// Rows in the order of their keys. Each source also says what the best value is that it has yet to show.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::optional<std::int64_t> next() = 0;              // a row; nothing at the end
  virtual const std::optional<core::store::Row>& bound() = 0;  // of all that next() has not shown; nothing: no more
};

// Nothing: the index has no such order.
std::optional<std::vector<std::unique_ptr<Source>>> sources_of(Connection& connection, const Names& names,
                                                               const std::string& type, const core::store::Sort& sort,
                                                               core::store::Sequence upto);

}  // namespace adapters::sql
