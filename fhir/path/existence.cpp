#include <algorithm>

#include "fhir/path/equality.hpp"
#include "fhir/path/families.hpp"
#include "fhir/path/pool.hpp"

namespace fhir::path::functions {
namespace {

void put(bool truth, Collection& out) { out.push_back(boolean_item(truth)); }

// Is there an item that is `wanted`? Items that are no Booleans are an error.
void any(const Call& call, bool wanted, bool result, Collection& out) {
  bool found = false;
  for (const Item& item : call.input) {
    const auto value = system_value(item);
    if (!value || value->kind != Item::Kind::boolean) return void(call.fail(call.node.text + "() needs Booleans"));
    found = found || value->truth == wanted;
  }
  put(found ? result : !result, out);
}

bool within(const Call& call, const Collection& some, const Collection& all) {
  const Pool pool(all);
  return std::all_of(some.begin(), some.end(),
                     [&](const Item& item) { return call.on.weigh(call.node, pool.cost(item)) && pool.holds(item); });
}

}  // namespace

void empty(const Call& call, Collection& out) { put(call.input.empty(), out); }

void exists(const Call& call, Collection& out) {
  if (call.count() == 0) return put(!call.input.empty(), out);
  Each each(call, 0);
  for (std::size_t i = 0; i < call.input.size() && !call.failed(); ++i)
    if (each.holds(call.input[i], i).value_or(false)) return put(true, out);
  put(false, out);
}

void all(const Call& call, Collection& out) {
  Each each(call, 0);
  for (std::size_t i = 0; i < call.input.size() && !call.failed(); ++i)
    if (!each.holds(call.input[i], i).value_or(false)) return put(false, out);
  put(true, out);
}

void all_true(const Call& call, Collection& out) { any(call, false, false, out); }
void any_true(const Call& call, Collection& out) { any(call, true, true, out); }
void all_false(const Call& call, Collection& out) { any(call, true, false, out); }
void any_false(const Call& call, Collection& out) { any(call, false, true, out); }

void subset_of(const Call& call, Collection& out) { put(within(call, call.input, call.argument(0)), out); }
void superset_of(const Call& call, Collection& out) { put(within(call, call.argument(0), call.input), out); }

void count(const Call& call, Collection& out) {
  out.push_back(integer_item(static_cast<std::int64_t>(call.input.size())));
}

void distinct(const Call& call, Collection& out) { add_distinct(call.on, call.node, call.input, out); }

void is_distinct(const Call& call, Collection& out) {
  Collection unique;
  add_distinct(call.on, call.node, call.input, unique);
  put(unique.size() == call.input.size(), out);
}

void not_(const Call& call, Collection& out) {
  const auto truth = call.on.truth(call.node, call.input);
  if (truth) put(!*truth, out);
}

}  // namespace fhir::path::functions
