#include "fhir/path/equality.hpp"

#include <algorithm>

#include "fhir/path/quantity.hpp"
#include "fhir/path/unicode.hpp"

namespace fhir::path {
namespace {

using Kind = Item::Kind;

bool equal_numbers(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto x = Decimal::from(a), y = Decimal::from(b);
  return x && y && *x == *y;
}

// Deep equality of JSON: members in any order, numbers by value.
bool equal_json(const json::Value& a, const json::Value& b) {
  if (&a == &b) return true;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case json::Kind::null: return true;
    case json::Kind::boolean: return a.boolean() == b.boolean();
    case json::Kind::number: return equal_numbers(a.text(), b.text());
    case json::Kind::string: return a.text() == b.text();
    case json::Kind::array:
      return a.size() == b.size() &&
             std::equal(a.elements().begin(), a.elements().end(), b.elements().begin(), equal_json);
    case json::Kind::object: break;
  }
  if (a.size() != b.size()) return false;
  return std::all_of(a.members().begin(), a.members().end(), [&](const json::Member& member) {
    const json::Value* other = b.find(member.name);
    return other && equal_json(member.value, *other);
  });
}

bool equal_extensions(const Item& a, const Item& b) {
  if (!a.extension || !b.extension) return a.extension == b.extension;
  return equal_json(*a.extension, *b.extension);
}

std::string folded(std::string_view text) {  // for ~: case aside, every kind of white space a space
  std::string out;
  for (const char32_t code : code_points(text)) append_utf8(out, is_space(code) ? U' ' : lower(code));
  return out;
}

bool equivalent_numbers(const Decimal& a, const Decimal& b) {
  const int places = std::min(a.significant_places(), b.significant_places());
  return a.rounded(places) == b.rounded(places);
}

bool equivalent_quantities(const Item& a, const Item& b) {
  const auto x = quantity_of(a), y = quantity_of(b);
  const auto shared = x && y ? common(*x, *y, Calendar::alike) : std::nullopt;
  return shared && equivalent_numbers(shared->a, shared->b);
}

std::optional<bool> equal_quantities(const Item& a, const Item& b) {
  const auto x = quantity_of(a), y = quantity_of(b);
  const auto shared = x && y ? common(*x, *y) : std::nullopt;
  return shared ? std::optional(shared->a == shared->b) : std::nullopt;
}

std::optional<bool> equal_temporals(const Item& a, const Item& b) {
  if ((a.kind == Kind::time) != (b.kind == Kind::time)) return false;
  const auto x = temporal_of(a), y = temporal_of(b);
  const auto ordering = x && y ? compare(*x, *y) : std::nullopt;
  return ordering ? std::optional(std::is_eq(*ordering)) : std::nullopt;
}

std::optional<bool> equal_system(const Item& a, const Item& b) {
  const bool numbers = is_number(a) && is_number(b);
  if (numbers) return equal_numbers(a.text, b.text);
  if ((a.kind == Kind::quantity || b.kind == Kind::quantity) && (a.kind == b.kind || is_number(a) || is_number(b)))
    return equal_quantities(a, b);
  if (is_temporal(a) && is_temporal(b)) return equal_temporals(a, b);
  if (a.kind != b.kind) return false;
  return a.kind == Kind::boolean ? a.truth == b.truth : a.text == b.text && a.unit == b.unit;
}

bool equivalent_json(const json::Value& a, const json::Value& b);

bool equivalent_lists(std::span<const json::Value> a, std::span<const json::Value> b) {
  if (a.size() != b.size()) return false;
  std::vector<bool> used(b.size());
  return std::all_of(a.begin(), a.end(), [&](const json::Value& left) {
    for (std::size_t i = 0; i < b.size(); ++i)
      if (!used[i] && equivalent_json(left, b[i])) return used[i] = true, true;
    return false;
  });
}

bool equivalent_json(const json::Value& a, const json::Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_string()) return folded(a.text()) == folded(b.text());
  if (a.is_number()) {
    const auto x = Decimal::from(a.text()), y = Decimal::from(b.text());
    return x && y ? equivalent_numbers(*x, *y) : a.text() == b.text();
  }
  if (a.is_array()) return equivalent_lists(a.elements(), b.elements());
  if (!a.is_object()) return equal_json(a, b);
  return a.size() == b.size() && std::all_of(a.members().begin(), a.members().end(), [&](const json::Member& member) {
           const json::Value* other = b.find(member.name);
           return other && equivalent_json(member.value, *other);
         });
}

bool equivalent_system(const Item& a, const Item& b) {
  if (is_number(a) && is_number(b)) {
    const auto x = number_of(a), y = number_of(b);
    return x && y && equivalent_numbers(*x, *y);
  }
  if (a.kind == Kind::string && b.kind == Kind::string) return folded(a.text) == folded(b.text);
  if (a.kind == Kind::quantity || b.kind == Kind::quantity) return equivalent_quantities(a, b);
  return equal_system(a, b).value_or(false);
}

}  // namespace

std::optional<bool> equal(const Item& a, const Item& b) {
  if (a.kind == Kind::element && b.kind == Kind::element) {
    if (!is_primitive_element(a) || !is_primitive_element(b)) return equal_json(*a.value, *b.value);
    if (!equal_extensions(a, b)) return false;
    if (a.value == b.value) return true;
    if (a.value->is_null() || b.value->is_null()) return a.value->is_null() == b.value->is_null();
  }
  Item left_room, right_room;
  const Item &left = to_system(a, left_room), &right = to_system(b, right_room);
  if (left.kind == Kind::element || right.kind == Kind::element)
    return has_value(left) && has_value(right) ? std::optional(false) : std::nullopt;
  return equal_system(left, right);
}

bool equivalent(const Item& a, const Item& b) {
  Item left_room, right_room;
  const Item &left = to_system(a, left_room), &right = to_system(b, right_room);
  if (left.kind != Kind::element && right.kind != Kind::element) return equivalent_system(left, right);
  return left.kind == right.kind && equivalent_json(*left.value, *right.value);
}

std::optional<bool> equal(const Collection& a, const Collection& b) {
  if (a.empty() || b.empty()) return std::nullopt;
  if (a.size() != b.size()) return false;
  bool decided = true;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto one = equal(a[i], b[i]);
    if (one && !*one) return false;
    decided = decided && one;
  }
  return decided ? std::optional(true) : std::nullopt;
}

bool equivalent(const Collection& a, const Collection& b) {
  if (a.size() != b.size()) return false;
  std::vector<bool> used(b.size());
  return std::all_of(a.begin(), a.end(), [&](const Item& left) {
    for (std::size_t i = 0; i < b.size(); ++i)
      if (!used[i] && equivalent(left, b[i])) return used[i] = true, true;
    return false;
  });
}

bool holds(const Collection& collection, const Item& item) {
  return std::any_of(collection.begin(), collection.end(), [&](const Item& other) { return same(other, item); });
}

Order order(const Item& a, const Item& b) {
  Item left_room, right_room;
  const Item &left = to_system(a, left_room), &right = to_system(b, right_room);
  const bool numeric =
      (is_number(left) || left.kind == Kind::quantity) && (is_number(right) || right.kind == Kind::quantity);
  if (numeric) {
    const auto x = quantity_of(left), y = quantity_of(right);
    const auto shared = x && y ? common(*x, *y) : std::nullopt;
    return {true, shared ? std::optional(shared->a <=> shared->b) : std::nullopt};
  }
  if (left.kind == Kind::string && right.kind == Kind::string) {
    const int sign = left.text.compare(right.text);  // bytes of UTF-8 sort as their code points do
    return {true, sign <=> 0};
  }
  if (is_temporal(left) && is_temporal(right) && (left.kind == Kind::time) == (right.kind == Kind::time)) {
    const auto x = temporal_of(left), y = temporal_of(right);
    return {true, x && y ? compare(*x, *y) : std::nullopt};
  }
  return {false, std::nullopt};
}

}  // namespace fhir::path
