#include <algorithm>

#include "fhir/path/equality.hpp"
#include "fhir/path/families.hpp"
#include "fhir/path/pool.hpp"

namespace fhir::path::functions {
namespace {

void slice(const Call& call, std::int64_t from, std::int64_t count, Collection& out) {
  const auto size = static_cast<std::int64_t>(call.input.size());
  from = std::clamp<std::int64_t>(from, 0, size);
  count = std::clamp<std::int64_t>(count, 0, size - from);
  const auto first = call.input.begin() + from;
  std::move(first, first + count, std::back_inserter(out));
}

}  // namespace

void single(const Call& call, Collection& out) {
  if (const Item* item = call.single()) out.push_back(*item);
}

void first(const Call& call, Collection& out) { slice(call, 0, 1, out); }

void last(const Call& call, Collection& out) {
  if (!call.input.empty()) out.push_back(std::move(call.input.back()));
}

void tail(const Call& call, Collection& out) { slice(call, 1, static_cast<std::int64_t>(call.input.size()), out); }

void skip(const Call& call, Collection& out) {
  const auto count = call.whole(0);
  if (count) slice(call, *count, static_cast<std::int64_t>(call.input.size()), out);
}

void take(const Call& call, Collection& out) {
  const auto count = call.whole(0);
  if (count) slice(call, 0, *count, out);
}

void intersect(const Call& call, Collection& out) {
  const Pool other(call.argument(0));
  Collection shared;
  for (Item& item : call.input) {
    if (!call.on.weigh(call.node, other.cost(item))) return;
    if (other.holds(item)) shared.push_back(std::move(item));
  }
  add_distinct(call.on, call.node, shared, out);
}

void exclude(const Call& call, Collection& out) {
  const Pool other(call.argument(0));
  for (Item& item : call.input) {
    if (!call.on.weigh(call.node, other.cost(item))) return;
    if (!other.holds(item)) out.push_back(std::move(item));
  }
}

void union_(const Call& call, Collection& out) {
  add_distinct(call.on, call.node, call.input, out);
  add_distinct(call.on, call.node, call.argument(0), out);
}

void combine(const Call& call, Collection& out) {
  Collection other = call.argument(0);
  out = std::move(call.input);
  std::move(other.begin(), other.end(), std::back_inserter(out));
  call.on.keep(call.node, out.size());
}

void coalesce(const Call& call, Collection& out) {  // the first argument that is not empty
  for (std::size_t at = 0; at < call.count() && out.empty() && !call.failed(); ++at) out = call.argument(at);
}

}  // namespace fhir::path::functions
