// Arithmetic on two System values: numbers, quantities, strings (+), and dates with durations.
// Never: overflows; what does not fit its type is empty. Threads: pure functions. Source: FHIRPath N1
// sections 6.6, 6.7.
#pragma once
#include <optional>
#include <string_view>

#include "fhir/path/item.hpp"

namespace fhir::path {

struct Outcome {
  bool fits = true;          // false: the operator is not defined for these types
  std::optional<Item> item;  // empty: no result (overflow, division by zero, units that do not go together)
};

Outcome compute(std::string_view symbol, const Item& a, const Item& b);  // + - * / div mod
Outcome negated(const Item& item);
std::optional<Item> whole(bool as_long, const Decimal& value);  // as a Long or an Integer, when it is one

}  // namespace fhir::path
