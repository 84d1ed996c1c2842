#include <algorithm>
#include <numeric>

#include "fhir/path/equality.hpp"
#include "fhir/path/families.hpp"
#include "fhir/path/pool.hpp"

namespace fhir::path::functions {
namespace {

void append(Collection from, Collection& out) { std::move(from.begin(), from.end(), std::back_inserter(out)); }

// Applies the argument again and again to what it gave; `unique` drops what is there already, and so ends.
void spread(const Call& call, bool unique, Collection& out) {
  Each each(call, 0);
  Pool seen;
  Collection wave = std::move(call.input);
  while (!wave.empty() && !call.failed()) {
    Collection next;
    for (std::size_t i = 0; i < wave.size() && !call.failed(); ++i) {
      Collection found = each(wave[i], i);
      if (!call.on.keep(call.node, found.size())) return;
      for (Item& item : found) {
        if (unique && (!call.on.weigh(call.node, 2 + seen.cost(item)) || seen.holds(item))) continue;
        if (unique) seen.add(item);
        out.push_back(item);
        next.push_back(std::move(item));
      }
    }
    wave = std::move(next);
  }
}

}  // namespace

void where(const Call& call, Collection& out) {
  Each each(call, 0);
  for (std::size_t i = 0; i < call.input.size() && !call.failed(); ++i)
    if (each.holds(call.input[i], i).value_or(false)) out.push_back(std::move(call.input[i]));
}

void select(const Call& call, Collection& out) {
  Each each(call, 0);
  for (std::size_t i = 0; i < call.input.size() && !call.failed(); ++i) {
    const std::size_t before = out.size();
    append(each(call.input[i], i), out);
    if (!call.on.keep(call.node, out.size() - before)) return;
  }
}

void repeat(const Call& call, Collection& out) { spread(call, true, out); }
void repeat_all(const Call& call, Collection& out) { spread(call, false, out); }

// A System type also takes the FHIR primitives that convert to it: ofType(System.String) of a FHIR string.
void of_type(const Call& call, Collection& out) {
  const auto type = call.on.type_name_of(*call.node.children[0]);
  if (!type) return;
  for (Item& item : call.input) {
    if (is_type(item, type->space, type->name, call.on.definitions())) {
      out.push_back(std::move(item));
    } else if (auto value = is_primitive_element(item) ? system_value(item) : std::nullopt;
               value && is_type(*value, type->space, type->name, nullptr)) {
      out.push_back(std::move(*value));
    }
  }
}

void children(const Call& call, Collection& out) {
  auto push = [&](Item&& item) { out.push_back(std::move(item)); };
  for (const Item& item : call.input) path::children(item, call.on.definitions(), push);
}

void descendants(const Call& call, Collection& out) {  // level by level
  Collection wave = std::move(call.input);
  while (!wave.empty() && call.on.keep(call.node, wave.size())) {
    Collection next;
    auto push = [&](Item&& item) { next.push_back(std::move(item)); };
    for (const Item& item : wave) path::children(item, call.on.definitions(), push);
    out.insert(out.end(), next.begin(), next.end());
    wave = std::move(next);
  }
}

// sort(key, -key): a minus before a key turns its order; no key: the items themselves. Empty keys come first.
void sort(const Call& call, Collection& out) {
  struct Key {
    std::optional<Item> item;
    bool descending = false;
  };
  std::vector<std::vector<Key>> keys(call.input.size());
  for (std::size_t at = 0; at < std::max<std::size_t>(call.count(), 1); ++at) {
    const bool given = at < call.count();
    const Node* key = given ? call.node.children[at].get() : nullptr;
    const bool descending = key && key->form == Node::Form::unary && key->text == "-";
    if (descending) key = key->children[0].get();
    for (std::size_t i = 0; i < call.input.size(); ++i) {
      const Collection one{call.input[i]};
      const Scope scope{&one, static_cast<std::int64_t>(i), nullptr};
      const Collection value = key ? call.on.isolated(*key, scope) : one;
      const Item* item = call.on.single(call.node, value);
      if (call.failed()) return;
      keys[i].push_back({item ? system_value(*item) : std::nullopt, descending});
    }
  }
  if (!call.on.spend(call.node, call.input.size() * 100)) return;
  std::vector<std::size_t> sequence(call.input.size());
  std::iota(sequence.begin(), sequence.end(), std::size_t{0});
  bool comparable = true;
  std::stable_sort(sequence.begin(), sequence.end(), [&](std::size_t a, std::size_t b) {
    for (std::size_t k = 0; k < keys[a].size(); ++k) {
      const Key &x = keys[a][k], &y = keys[b][k];
      if (!x.item || !y.item) {
        if (x.item.has_value() == y.item.has_value()) continue;
        return x.descending ? x.item.has_value() : y.item.has_value();
      }
      const Order found = order(*x.item, *y.item);
      comparable = comparable && found.comparable;
      if (found.ordering && std::is_neq(*found.ordering)) return std::is_lt(*found.ordering) != x.descending;
    }
    return false;
  });
  if (!comparable) return void(call.fail("the items to sort have no common order"));
  for (const std::size_t at : sequence) out.push_back(call.input[at]);
}

}  // namespace fhir::path::functions
