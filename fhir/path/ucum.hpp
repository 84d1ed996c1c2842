// UCUM units in canonical form: what a code is worth in base units, so that 1 g is 1000 mg and 60 /min is 1 /s. The
// whole grammar (prefixes, exponents, products, quotients, brackets, {annotations}); the atoms of medicine and the
// laboratory. Moles and arbitrary units such as [iU] stay units of their own. Logarithmic scales (pH, B, Np) do too,
// and are `special`. Never: guesses at a code it does not know. Threads: pure functions. Source: UCUM 2.1 (tables 1 to
// 22).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fhir/path/decimal.hpp"

namespace fhir::path {

// value in `unit` = (value + offset) * numerator / denominator
struct Canonical {
  Decimal numerator = 1, denominator = 1;
  Decimal offset = 0;    // not zero for Cel and [degF] alone
  std::string unit;      // base units in alphabetical order with exponents: "g", "m-3.mol"; "1" when there is none
  bool special = false;  // a scale on which sums and products mean nothing
  Decimal value(const Decimal& given) const;  // to 38 digits
  double factor() const { return numerator.to_double() / denominator.to_double(); }
};

std::optional<Canonical> canonical(std::string_view code);  // nullopt: unknown or malformed

// The value of one unit in another; nullopt when they are not comparable.
std::optional<Decimal> converted(const Decimal& value, std::string_view from, std::string_view to);

}  // namespace fhir::path
