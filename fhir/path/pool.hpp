// A set of items by equality. Strings, numbers and Booleans are hashed, so that sets of thousands stay fast.
// Never: refers to items outside. Threads: one at a time. Source: FHIRPath N1 5.3, 5.4 (membership by =).
#pragma once
#include <string>
#include <unordered_set>
#include <vector>

#include "fhir/path/path.hpp"

namespace fhir::path {

class Pool {
 public:
  Pool() = default;
  explicit Pool(const Collection& items);
  bool holds(const Item& item) const;
  void add(const Item& item);                // kept as a copy
  std::size_t cost(const Item& item) const;  // comparisons that holds() may need

 private:
  std::unordered_set<std::string> keys_;  // of hashed items
  Collection hashed_;                     // the same, for what has to be compared one by one
  Collection others_;                     // dates, quantities, objects, whatever has extensions
};

}  // namespace fhir::path
