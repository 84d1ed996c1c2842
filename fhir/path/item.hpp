// Making and reading single items: System values, the System value of a FHIR element, the names of types.
// Never: walks the tree (navigate.hpp) or compares (equality.hpp). Threads: pure functions.
// Source: FHIRPath N1 sections 4.1, 4.5; FHIR R4 2.9.1 (use of FHIR types).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/path/decimal.hpp"
#include "fhir/path/path.hpp"
#include "fhir/path/temporal.hpp"

namespace fhir::path {

Item boolean_item(bool truth);
Item integer_item(std::int64_t value);  // Integer when it fits 32 bits, else Long
Item long_item(std::int64_t value);
Item decimal_item(const Decimal& value);
Item string_item(std::string text);
Item text_item(Item::Kind kind, std::string text);  // date, datetime, time
Item quantity_item(const Decimal& value, std::string unit, bool calendar = false);
Item type_item(std::string_view space, std::string_view name);
Item element_item(const json::Value* value, const model::Type* type);

const json::Value& no_value();  // what an element without value points to
inline bool has_value(const Item& item) { return item.kind != Item::Kind::element || !item.value->is_null(); }
bool is_primitive_element(
    const Item& item);  // an element that is not an object: string, number, boolean, or without value
bool is_fhir_quantity(const Item& item);
bool is_number(const Item& item);  // Integer, Long or Decimal
bool is_temporal(const Item& item);

// The same item when it is a System value already; else its System value put into `room`. An element that has none
// stays.
const Item& to_system(const Item& item, Item& room);

std::optional<Decimal> number_of(const Item& system);  // Integer, Long, Decimal, and the number of a Quantity
std::optional<std::int64_t> integer_of(const Item& system);
std::optional<Temporal> temporal_of(const Item& system);  // Date, DateTime, Time

}  // namespace fhir::path
