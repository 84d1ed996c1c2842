// From an item to its parts: a member by name (choices, "_name" siblings, contained resources), all children, the
// types. Never: evaluates. Threads: pure functions over const data. Source: FHIRPath N1 sections 3, 5.8; FHIR
// R4 2.9.1.1 (polymorphism), 2.1.4.2 (JSON of primitives).
#pragma once
#include <string_view>

#include "fhir/path/path.hpp"

namespace fhir::path {

// A borrowed callable; costs no allocation.
class Sink {
 public:
  template <class Call>
  Sink(Call& call)
      : object_(&call),
        run_([](void* object, Item&& item) { (*static_cast<Call*>(object))(std::move(item)); }) {}  // NOLINT
  void operator()(Item&& item) const { run_(object_, std::move(item)); }

 private:
  void* object_;
  void (*run_)(void*, Item&&);
};

void members(const Item& parent, std::string_view name, const model::Definitions* definitions, const Sink& sink);
void children(const Item& parent, const model::Definitions* definitions, const Sink& sink);

// A resource (or any JSON) as the item to start from.
Item root_item(const json::Value& value, const model::Definitions* definitions);

// Is the item of that type or derived from it? `space`: "FHIR", "System" or empty (either).
bool is_type(const Item& item, std::string_view space, std::string_view name, const model::Definitions* definitions);
bool known_type(std::string_view space, std::string_view name, const model::Definitions* definitions);

}  // namespace fhir::path
