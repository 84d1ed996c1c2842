// A set of items by equality. Plain strings (codes, urls, ids) are hashed, so that sets of thousands stay fast.
// Never: owns the items. Threads: one at a time. Source: FHIRPath N1 5.3, 5.4 (membership by =).
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
  void add(const Item& item);           // kept as a copy
  std::size_t cost(const Item& item) const;  // comparisons that holds() may need

 private:
  std::unordered_set<std::string> strings_;  // of items without extensions
  Collection strings_as_items_;              // the same, for what is compared otherwise
  Collection others_;
};

}  // namespace fhir::path
