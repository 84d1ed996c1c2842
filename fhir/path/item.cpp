#include "fhir/path/item.hpp"

#include <array>
#include <limits>

namespace fhir::path {
namespace {

using Kind = Item::Kind;

constexpr std::string_view ucum_system = "http://unitsofmeasure.org";

struct Primitive {
  std::string_view fhir;
  Kind system;
};
constexpr std::array<Primitive, 9> not_strings{{{"boolean", Kind::boolean},
                                                {"integer", Kind::integer},
                                                {"positiveInt", Kind::integer},
                                                {"unsignedInt", Kind::integer},
                                                {"decimal", Kind::decimal},
                                                {"date", Kind::date},
                                                {"dateTime", Kind::datetime},
                                                {"instant", Kind::datetime},
                                                {"time", Kind::time}}};

Kind system_kind(std::string_view fhir) {
  for (const auto& row : not_strings)
    if (row.fhir == fhir) return row.system;
  return Kind::string;
}

Item number_item(std::string_view literal, bool typed_decimal) {
  const auto value = Decimal::from(literal);
  if (!value) return string_item(std::string(literal));
  const bool whole = literal.find_first_of(".eE") == std::string_view::npos;
  const auto integer = whole && !typed_decimal ? value->integer() : std::nullopt;
  if (integer && *integer >= std::numeric_limits<std::int32_t>::min() &&
      *integer <= std::numeric_limits<std::int32_t>::max())
    return integer_item(*integer);
  return decimal_item(*value);
}

// Text whose form does not fit its type (a date of "about 1980") stays a string.
Item text_of(std::string_view text, const model::Type* type) {
  const Kind kind = type ? system_kind(type->name) : Kind::string;
  if (kind == Kind::date || kind == Kind::datetime) {
    if (datetime_from(text)) return text_item(kind, std::string(text));
  } else if (kind == Kind::time) {
    if (time_from(text)) return text_item(kind, std::string(text));
  }
  return string_item(std::string(text));
}

// A Quantity without a system counts by its unit as far as UCUM knows it; another system does not convert.
bool quantity_from(const json::Value& value, Item& out) {
  const json::Value* number = value.find("value");
  if (!number || !number->is_number() || value.find("comparator")) return false;
  const auto decimal = Decimal::from(number->text());
  const std::string_view system = value.text("system"), code = value.text("code");
  if (!decimal || (!system.empty() && system != ucum_system)) return false;
  const std::string_view unit = !code.empty() ? code : value.text("unit");
  out = quantity_item(*decimal, unit.empty() ? "1" : std::string(unit));
  out.from_fhir = true;
  return true;
}

constexpr std::array<std::string_view, 11> system_names{"",         "Boolean", "Integer",  "Decimal", "String", "Date",
                                                        "DateTime", "Time",    "Quantity", "",        "Long"};

}  // namespace

Item boolean_item(bool truth) {
  Item item;
  item.kind = Kind::boolean;
  item.truth = truth;
  return item;
}

Item integer_item(std::int64_t value) {
  Item item = long_item(value);
  if (value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max())
    item.kind = Kind::integer;
  return item;
}

Item long_item(std::int64_t value) {
  Item item;
  item.kind = Kind::long_integer;
  item.text = std::to_string(value);
  return item;
}

Item decimal_item(const Decimal& value) { return text_item(Kind::decimal, value.text()); }

Item string_item(std::string text) { return text_item(Kind::string, std::move(text)); }

Item text_item(Kind kind, std::string text) {
  Item item;
  item.kind = kind;
  item.text = std::move(text);
  if (kind == Kind::datetime && !item.text.empty() && item.text.back() == 'T') item.text.pop_back();
  return item;
}

Item quantity_item(const Decimal& value, std::string unit, bool calendar) {
  Item item = text_item(Kind::quantity, value.text());
  item.unit = std::move(unit);
  item.calendar = calendar;
  return item;
}

Item type_item(std::string_view space, std::string_view name) {
  Item item = text_item(Kind::type_info, std::string(name));
  item.unit = std::string(space);
  return item;
}

Item element_item(const json::Value* value, const model::Type* type) {
  Item item;
  item.value = value;
  item.type = type;
  return item;
}

const json::Value& no_value() {
  static const json::Value none;
  return none;
}

bool is_primitive_element(const Item& item) {
  return item.kind == Kind::element && !item.value->is_object() && !item.value->is_array();
}

bool is_fhir_quantity(const Item& item) {
  if (item.kind != Kind::element || !item.value->is_object()) return false;
  for (const auto* type = item.type; type; type = type->base_type)
    if (type->name == "Quantity") return true;
  return false;
}

bool is_number(const Item& item) {
  return item.kind == Kind::integer || item.kind == Kind::decimal || item.kind == Kind::long_integer;
}

bool is_temporal(const Item& item) {
  return item.kind == Kind::date || item.kind == Kind::datetime || item.kind == Kind::time;
}

const Item& to_system(const Item& item, Item& room) {
  if (item.kind != Kind::element) return item;
  const json::Value& value = *item.value;
  switch (value.kind()) {
    case json::Kind::boolean: room = boolean_item(value.boolean()); return room;
    case json::Kind::number: room = number_item(value.text(), item.type && item.type->name == "decimal"); return room;
    case json::Kind::string: room = text_of(value.text(), item.type); return room;
    case json::Kind::object: return is_fhir_quantity(item) && quantity_from(value, room) ? room : item;
    case json::Kind::null:
    case json::Kind::array: break;
  }
  return item;
}

std::optional<Item> system_value(const Item& item) {
  Item room;
  const Item& value = to_system(item, room);
  return value.kind == Kind::element ? std::nullopt : std::optional(value);
}

std::optional<Decimal> number_of(const Item& item) {
  return is_number(item) || item.kind == Kind::quantity ? Decimal::from(item.text) : std::nullopt;
}

std::optional<std::int64_t> integer_of(const Item& item) {
  if (item.kind != Kind::integer && item.kind != Kind::long_integer) return std::nullopt;
  const auto value = Decimal::from(item.text);
  return value ? value->integer() : std::nullopt;
}

std::optional<Temporal> temporal_of(const Item& item) {
  if (item.kind == Kind::time) return time_from(item.text);
  return item.kind == Kind::date || item.kind == Kind::datetime ? datetime_from(item.text) : std::nullopt;
}

std::string_view type_name(const Item& item) {
  if (item.kind == Kind::type_info) return item.unit == "FHIR" || item.unit == "System" ? "TypeInfo" : "";
  if (item.kind != Kind::element) return system_names[static_cast<std::size_t>(item.kind)];
  if (item.type) return item.type->name;
  switch (item.value->kind()) {
    case json::Kind::boolean: return "Boolean";
    case json::Kind::string: return "String";
    case json::Kind::object: return item.value->text("resourceType");
    case json::Kind::number: {
      Item room;
      return type_name(to_system(item, room));
    }
    case json::Kind::null:
    case json::Kind::array: break;
  }
  return "";
}

}  // namespace fhir::path
