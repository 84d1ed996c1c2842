#include <limits>

#include "fhir/path/arithmetic.hpp"
#include "fhir/path/families.hpp"
#include "fhir/path/quantity.hpp"
#include "fhir/path/unicode.hpp"

namespace fhir::path::functions {
namespace {

using Kind = Item::Kind;
using Result = std::optional<Item>;
using Convert = Result (*)(const Item& system);

bool integral(const Item& item) { return item.kind == Kind::integer || item.kind == Kind::long_integer; }

Result boolean(const Item& item) {
  if (item.kind == Kind::boolean) return item;
  const std::string word = item.kind == Kind::string ? path::lower(item.text) : std::string();
  if (word == "true" || word == "t" || word == "yes" || word == "y") return boolean_item(true);
  if (word == "false" || word == "f" || word == "no" || word == "n") return boolean_item(false);
  const bool numeric = is_number(item) || word == "1" || word == "1.0" || word == "0" || word == "0.0";
  const auto number = numeric ? Decimal::from(item.text) : std::nullopt;
  if (number && (*number == Decimal(1) || number->is_zero())) return boolean_item(!number->is_zero());
  return std::nullopt;
}

bool whole_text(std::string_view text) {  // [+-]digits
  const std::size_t first = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  return text.size() > first && text.find_first_not_of("0123456789", first) == std::string_view::npos;
}

std::optional<std::int64_t> whole_number(const Item& item) {
  if (item.kind == Kind::boolean) return item.truth;
  const bool fits = integral(item) || (item.kind == Kind::string && whole_text(item.text));
  const auto number = fits ? Decimal::from(item.text) : std::nullopt;
  return number ? number->integer() : std::nullopt;
}

Result integer(const Item& item) {
  const auto number = whole_number(item);
  return number ? whole(false, Decimal(*number)) : std::nullopt;
}

Result long_integer(const Item& item) {
  const auto number = whole_number(item);
  return number ? Result(long_item(*number)) : std::nullopt;
}

Result decimal(const Item& item) {
  if (item.kind == Kind::boolean) return decimal_item(*Decimal::from(item.truth ? "1.0" : "0.0"));
  const bool plain = item.kind == Kind::string && item.text.find_first_of("eE") == std::string::npos;
  const auto number = is_number(item) || plain ? Decimal::from(item.text) : std::nullopt;
  return number ? Result(decimal_item(*number)) : std::nullopt;
}

Result string(const Item& item) {
  if (item.kind == Kind::boolean) return string_item(item.truth ? "true" : "false");
  if (item.kind == Kind::type_info) return std::nullopt;
  const auto quantity = item.kind == Kind::quantity ? quantity_of(item) : std::nullopt;
  return string_item(quantity ? text(*quantity) : item.text);
}

Result date(const Item& item) {
  if (item.kind == Kind::date) return item;
  if (item.kind != Kind::datetime && item.kind != Kind::string) return std::nullopt;
  const std::string_view text(item.text);
  const bool has_time = text.find('T') != std::string_view::npos;
  if (!datetime_from(text)) return std::nullopt;
  return text_item(Kind::date, std::string(has_time ? text.substr(0, text.find('T')) : text));
}

Result datetime(const Item& item) {
  if (item.kind == Kind::datetime) return item;
  if (item.kind != Kind::date && item.kind != Kind::string) return std::nullopt;
  return datetime_from(item.text) ? Result(text_item(Kind::datetime, item.text)) : std::nullopt;
}

Result time(const Item& item) {
  if (item.kind == Kind::time) return item;
  if (item.kind != Kind::string) return std::nullopt;
  const std::string text = item.text.starts_with('T') ? item.text.substr(1) : item.text;
  return time_from(text) ? Result(text_item(Kind::time, text)) : std::nullopt;
}

Result quantity(const Item& item) {
  if (item.kind == Kind::quantity) return item;
  if (item.kind == Kind::boolean) return quantity_item(*Decimal::from(item.truth ? "1.0" : "0.0"), "1");
  if (item.kind == Kind::integer || item.kind == Kind::decimal) return item_from(*quantity_of(item));
  const auto parsed = item.kind == Kind::string ? quantity_from(item.text) : std::nullopt;
  return parsed ? Result(item_from(*parsed)) : std::nullopt;
}

void to(const Call& call, Convert convert, Collection& out) {
  const auto item = call.input_value();
  auto result = item ? convert(*item) : std::nullopt;
  if (result) out.push_back(std::move(*result));
}

void converts(const Call& call, Convert convert, Collection& out) {
  const Item* item = call.single();
  if (!item || !path::has_value(*item)) return;
  const auto value = system_value(*item);
  out.push_back(boolean_item(value && convert(*value)));
}

Result in_unit(const Call& call, Result from) {  // toQuantity(unit), convertsToQuantity(unit)
  if (!from || call.count() == 0) return from;
  const auto unit = call.text(0);
  const auto value = quantity_of(*from);
  const auto result = unit && value ? converted(*value, *unit) : std::nullopt;
  return result ? Result(item_from(*result)) : std::nullopt;
}

}  // namespace

void iif(const Call& call, Collection& out) {
  if (call.on.environment().strict && !call.single() && call.failed()) return;
  const Collection criterion = call.over_input(0);
  const Item* item = call.on.single(*call.node.children[0], criterion);
  if (call.failed()) return;
  const auto value = item ? system_value(*item) : std::nullopt;
  if (value && value->kind != Kind::boolean) return void(call.fail("the criterion of iif() must be a Boolean"));
  if (value && value->truth) {
    out = call.over_input(1);
  } else if (call.count() > 2) {
    out = call.over_input(2);
  }
}

void to_boolean(const Call& call, Collection& out) { to(call, boolean, out); }
void to_integer(const Call& call, Collection& out) { to(call, integer, out); }
void to_long(const Call& call, Collection& out) { to(call, long_integer, out); }
void to_decimal(const Call& call, Collection& out) { to(call, decimal, out); }
void to_string(const Call& call, Collection& out) { to(call, string, out); }
void to_date(const Call& call, Collection& out) { to(call, date, out); }
void to_datetime(const Call& call, Collection& out) { to(call, datetime, out); }
void to_time(const Call& call, Collection& out) { to(call, time, out); }
void converts_to_boolean(const Call& call, Collection& out) { converts(call, boolean, out); }
void converts_to_integer(const Call& call, Collection& out) { converts(call, integer, out); }
void converts_to_long(const Call& call, Collection& out) { converts(call, long_integer, out); }
void converts_to_decimal(const Call& call, Collection& out) { converts(call, decimal, out); }
void converts_to_string(const Call& call, Collection& out) { converts(call, string, out); }
void converts_to_date(const Call& call, Collection& out) { converts(call, date, out); }
void converts_to_datetime(const Call& call, Collection& out) { converts(call, datetime, out); }
void converts_to_time(const Call& call, Collection& out) { converts(call, time, out); }

void to_quantity(const Call& call, Collection& out) {
  const Item* item = call.single();
  if (!item) return;
  if (is_fhir_quantity(*item) && item->value->find("comparator"))
    return void(call.fail("a Quantity with a comparator has no single value to convert"));
  const auto value = system_value(*item);
  auto result = in_unit(call, value ? quantity(*value) : std::nullopt);
  if (result) out.push_back(std::move(*result));
}

void converts_to_quantity(const Call& call, Collection& out) {
  const Item* item = call.single();
  if (!item || !path::has_value(*item)) return;
  const auto value = system_value(*item);
  out.push_back(boolean_item(in_unit(call, value ? quantity(*value) : std::nullopt).has_value()));
}

}  // namespace fhir::path::functions
