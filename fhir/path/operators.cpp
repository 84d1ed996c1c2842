#include <algorithm>

#include "fhir/path/arithmetic.hpp"
#include "fhir/path/equality.hpp"
#include "fhir/path/evaluator.hpp"
#include "fhir/path/item.hpp"

namespace fhir::path {
namespace {

constexpr std::size_t longest_text = 16 * 1024 * 1024;

void put(std::optional<bool> truth, Collection& out) {
  if (truth) out.push_back(boolean_item(*truth));
}

bool among(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A Quantity that does not convert (no value, a comparator, another system) counts as empty, as an element without
// value does.
bool usable(const Item& item) {
  if (!has_value(item)) return false;
  Item room;
  return !is_fhir_quantity(item) || to_system(item, room).kind != Item::Kind::element;
}

std::string shown(const Item& item) {
  const auto name = type_name(item);
  return name.empty() ? "an element" : std::string(name);
}

}  // namespace

void Evaluator::sign(const Node& node, const Scope& scope, Collection& out) {
  const Collection operand = isolated(*node.children[0], scope);
  const Item* item = single(node, operand);
  if (!item || !has_value(*item)) return;
  Item room;
  const Item& value = to_system(*item, room);
  const Outcome outcome = negated(value);
  if (!outcome.fits) return fail(node, "a sign needs a number or a quantity, not " + shown(*item));
  if (node.text == "+") return out.push_back(value);
  if (outcome.item) out.push_back(*outcome.item);
}

void Evaluator::binary(const Node& node, const Scope& scope, Collection& out) {
  const std::string_view symbol = node.text;
  if (among(symbol, {"and", "or", "xor", "implies"})) return logic(node, scope, out);
  Collection left = isolated(*node.children[0], scope);
  if (failed()) return;
  if (symbol == "is" || symbol == "as") {
    const auto type = type_name_of(*node.children[1]);
    if (!type) return;
    if (symbol == "as") {
      left = of_type(node, std::move(left), *type, true);
      out.insert(out.end(), left.begin(), left.end());
    } else if (const Item* item = single(node, left)) {
      out.push_back(boolean_item(fits(*item, *type)));
    }
    return;
  }
  const Collection right = isolated(*node.children[1], scope);
  if (failed()) return;
  if (symbol == "|") {
    add_distinct(*this, node, left, out);
    add_distinct(*this, node, right, out);
  } else if (symbol == "=" || symbol == "!=") {
    if (!weigh(node, std::min(left.size(), right.size()))) return;
    const auto same = equal(left, right);
    if (same) put(*same == (symbol == "="), out);
  } else if (symbol == "~" || symbol == "!~") {
    if (!weigh(node, left.size() * right.size())) return;
    put(equivalent(left, right) == (symbol == "~"), out);
  } else if (symbol == "in") {
    membership(node, left, right, out);
  } else if (symbol == "contains") {
    membership(node, right, left, out);
  } else if (symbol == "&") {
    concatenate(node, left, right, out);
  } else if (among(symbol, {"<", "<=", ">", ">="})) {
    compare(node, left, right, out);
  } else {
    compute(node, left, right, out);
  }
}

// Three-valued; the right side is not evaluated when the left one decides.
void Evaluator::logic(const Node& node, const Scope& scope, Collection& out) {
  const std::string_view symbol = node.text;
  const auto left = truth(*node.children[0], isolated(*node.children[0], scope));
  if (failed()) return;
  if (left && symbol == "and" && !*left) return put(false, out);
  if (left && symbol == "or" && *left) return put(true, out);
  if (left && symbol == "implies" && !*left) return put(true, out);
  const auto right = truth(*node.children[1], isolated(*node.children[1], scope));
  if (failed()) return;
  if (symbol == "and") return put(right && !*right ? right : left ? right : std::nullopt, out);
  if (symbol == "or" || symbol == "implies") return put(right && *right ? right : left ? right : std::nullopt, out);
  if (left && right) put(*left != *right, out);
}

void Evaluator::compare(const Node& node, const Collection& left, const Collection& right, Collection& out) {
  const Item *a = single(*node.children[0], left), *b = single(*node.children[1], right);
  if (!a || !b || !usable(*a) || !usable(*b)) return;
  const Order found = order(*a, *b);
  if (!found.comparable) return fail(node, shown(*a) + " and " + shown(*b) + " cannot be compared by " + node.text);
  if (!found.ordering) return;
  const auto ordering = *found.ordering;
  if (node.text == "<") return put(std::is_lt(ordering), out);
  if (node.text == "<=") return put(std::is_lteq(ordering), out);
  put(node.text == ">" ? std::is_gt(ordering) : std::is_gteq(ordering), out);
}

void Evaluator::compute(const Node& node, const Collection& left, const Collection& right, Collection& out) {
  const Item *a = single(*node.children[0], left), *b = single(*node.children[1], right);
  if (!a || !b || !usable(*a) || !usable(*b)) return;
  Item left_room, right_room;
  const Item &x = to_system(*a, left_room), &y = to_system(*b, right_room);
  Outcome outcome = path::compute(node.text, x, y);
  if (!outcome.fits) return fail(node, node.text + " is not defined for " + shown(*a) + " and " + shown(*b));
  if (!outcome.item) return;
  if (outcome.item->text.size() > longest_text) return fail(node, "the text grows too long", core::Kind::too_large);
  out.push_back(std::move(*outcome.item));
}

void Evaluator::concatenate(const Node& node, const Collection& left, const Collection& right, Collection& out) {
  std::string text;
  for (const auto* side : {&left, &right}) {
    const Item* item = single(node, *side);
    if (failed()) return;
    if (!item || !has_value(*item)) continue;
    Item room;
    const Item& value = to_system(*item, room);
    if (value.kind != Item::Kind::string) return fail(node, "& joins strings, not " + shown(*item));
    text += value.text;
  }
  if (text.size() > longest_text) return fail(node, "the text grows too long", core::Kind::too_large);
  out.push_back(string_item(std::move(text)));
}

void Evaluator::membership(const Node& node, const Collection& item, const Collection& collection, Collection& out) {
  const Item* one = single(node, item);
  if (one && weigh(node, collection.size())) out.push_back(boolean_item(holds(collection, *one)));
}

}  // namespace fhir::path
