// Equality, equivalence and order of items and collections. Equality and order are three-valued: nullopt is "empty".
// Never: fails; a comparison of types that cannot be ordered says so. Threads: pure functions.
// Source: FHIRPath N1 sections 6.1 (equality, equivalence), 6.2 (comparison).
#pragma once
#include <compare>
#include <optional>

#include "fhir/path/item.hpp"

namespace fhir::path {

std::optional<bool> equal(const Item& a, const Item& b);
bool equivalent(const Item& a, const Item& b);
std::optional<bool> equal(const Collection& a, const Collection& b);  // in order; nullopt when either is empty
bool equivalent(const Collection& a, const Collection& b);            // in any order

inline bool same(const Item& a, const Item& b) { return equal(a, b).value_or(false); }
bool holds(const Collection& collection, const Item& item);  // by equality

struct Order {
  bool comparable = true;                        // false: the types have no order
  std::optional<std::strong_ordering> ordering;  // nullopt: undecided
};
Order order(const Item& a, const Item& b);

}  // namespace fhir::path
