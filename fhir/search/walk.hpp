// The folded expressions of one resource type as a tree of member names, walked once over the JSON: each element met
// makes the rows of every parameter that points at it. Never: FHIRPath. Threads: a Branch is immutable once it is
// filled.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fhir/search/paths.hpp"
#include "fhir/search/type.hpp"

namespace fhir::search {

struct Branch;
struct Composite;

// Member names to branches.
class Fork {
 public:
  Branch& at(std::string_view name);  // there, or made
  const Branch* find(std::string_view name) const;
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::string name;
    std::unique_ptr<Branch> branch;
    std::int16_t next = -1;  // with the same hash
  };
  static std::size_t hash(std::string_view name);
  std::vector<Entry> entries_;
  std::array<std::int16_t, 64> first_ = filled();
  static std::array<std::int16_t, 64> filled() {
    std::array<std::int16_t, 64> none;
    none.fill(-1);
    return none;
  }
};

struct Branch {
  std::vector<Maker> makers;
  std::vector<Composite> composites;
  std::vector<std::pair<Filter, std::unique_ptr<Branch>>> filtered;
  Fork members;

  Branch& at(const Path& path);  // the branch that a path leads to, or made
  void add(Maker maker);         // once only
};

struct Component {
  Branch from_element, from_resource;
};

// Components evaluated on each base element, so that the values of one element stay together.
struct Composite {
  const std::string* param = nullptr;
  std::vector<Component> components;
};

void walk(const Branch& branch, const json::Value& resource, core::store::Rows& rows);
// The rows that `composite` makes of one base element.
void composite_rows(const Composite& composite, const json::Value& element, const json::Value& resource,
                    core::store::Rows& rows);

}  // namespace fhir::search
