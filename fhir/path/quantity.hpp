// Quantities: two brought to one unit, calendar durations beside UCUM units, and arithmetic with units.
// A calendar year or month is never a UCUM 'a' or 'mo' (save for ~, and for a quantity that came from FHIR); weeks and
// finer are. Never: compares what has no common unit. Threads: plain values, pure functions. Source: FHIRPath N1
// sections 4.1.8, 6.1 to 6.3, 6.6; FHIR R4 2.9.1 (Quantity).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fhir/path/item.hpp"

namespace fhir::path {

struct Quantity {
  Decimal value;
  std::string unit;
  bool calendar = false, from_fhir = false;
};

std::optional<Quantity> quantity_of(const Item& system);  // a number counts as that many '1'
Item item_from(const Quantity& quantity);

struct Common {
  Decimal a, b;  // in the smaller of the two units
  std::string unit;
  bool calendar = false;
};
enum class Calendar : unsigned char { apart, alike };  // alike: 1 year ~ 1 'a'
std::optional<Common> common(const Quantity& a, const Quantity& b, Calendar calendar = Calendar::apart);

// "year" for years, and for 'a' of a quantity that came from FHIR; empty: not a duration that dates can be moved by.
std::string_view duration_unit(const Quantity& quantity);
std::optional<Quantity> converted(const Quantity& quantity, std::string_view unit);  // toQuantity(unit)
std::optional<Quantity> quantity_from(std::string_view text);                        // "4.5 'mg'", "3 days", "7"
std::string text(const Quantity& quantity);

bool is_scale(const Quantity& quantity);  // Cel, pH, B: sums and products mean nothing
std::optional<Quantity> sum(const Quantity& a, const Quantity& b);
std::optional<Quantity> product(const Quantity& a, const Quantity& b);
std::optional<Quantity> quotient(const Quantity& a, const Quantity& b);

}  // namespace fhir::path
