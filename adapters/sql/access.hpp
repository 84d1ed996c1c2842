// How the index can find the resources of one type that meet one criterion: ranges of keys, or rows at once.
// Never: misses one. It may find too many (exact = false); then the criterion is looked at again on the resource's own
// rows. Threads: one Reach belongs to one connection.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sql/connection.hpp"
#include "adapters/sql/names.hpp"
#include "core/store/query.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

struct Range {
  std::string low, high;  // keys in [low, high)
  bool point = false;     // all of them are `low` and a row number: they come in order of row
};

struct Access {
  std::vector<Range> ranges;
  std::vector<std::int64_t> rows;              // in order; instead of ranges
  std::function<bool(std::string_view)> keep;  // a key that it refuses does not count; empty: all count
  bool exact = true;                           // what is found meets the criterion
  bool listed = false;                         // `rows` is the answer
  bool points() const;
};

// The criterion without its negation: `negate`, and `missing` for the form of that name, turn the answer around.
bool turned(const core::store::Criterion& criterion);

class Reach {
 public:
  Reach(Connection& connection, const Names& names, const std::string& type)
      : connection_(connection), names_(names), type_(type) {}

  // Nothing when the index cannot help (chain, has, updated are not its business).
  std::optional<Access> of(const core::store::Criterion& criterion);
  Access references(const std::string& param, const std::vector<std::string>& targets);  // each "Type/id"
  std::optional<std::int64_t> row(const std::string& id);
  // What `access` finds, and what the criterion's alternatives find.
  std::optional<Access> joined(Access access, const core::store::Criterion& criterion);

 private:
  using Term = core::store::Term;
  using Criterion = core::store::Criterion;

  std::optional<Access> rows(const Criterion& criterion);
  std::optional<Access> either(const Criterion& criterion);
  bool list(Access& access);
  void token(Access& access, Slot slot, const Criterion& criterion);
  void string(Access& access, Slot slot, const Term& term);
  void reference(Access& access, Slot slot, const Term& term);
  void identifier(Access& access, Slot slot, const Term& term);
  void date(Access& access, Slot slot, const Term& term);
  void number(Access& access, Slot slot, const Term& term);
  void quantity(Access& access, Slot slot, const Term& term);
  void uri(Access& access, Slot slot, const Term& term);
  void composite(Access& access, Slot slot, const Term& term);
  void component(Access& access, const std::string& prefix,
                 const Term& term);  // ranges of one component below `prefix`
  void codes_of_any_system(Access& access, const std::string& prefix, const Term& term);

  void all(Access& access, const std::string& prefix);  // everything that begins with prefix
  void point(Access& access, std::string prefix);       // exactly prefix, then the row
  void other(Access& access, Slot slot);                // what has no order, when there is any
  // The different values of the next `width` bytes below `prefix`; at most `limit`, false when there are more.
  bool groups(const std::string& prefix, std::size_t width, std::size_t limit, std::vector<std::string>& found);
  std::optional<std::string> first_key(const std::string& low, const std::string& high);

  Connection& connection_;
  const Names& names_;
  const std::string& type_;
};

}  // namespace adapters::sql
