// Does an element keep to a profile: cardinality, types, fixed and pattern values, bindings, invariants, limits,
// slicing. The base structure is checked elsewhere (structure.hpp). Threads: as its Run. Source: FHIR R4 profiling
// (5.1), ElementDefinition.
#pragma once
#include <vector>

#include "fhir/validate/run.hpp"

namespace fhir::validate {

// The resource type in "Patient/1", "https://x.org/fhir/Patient/1/_history/2"; empty when the text is not of that form.
std::string_view type_in(const model::Definitions& definitions, std::string_view reference);

class Conform {
 public:
  explicit Conform(Run& run) : run_(run) {}

  // A resource or a datatype (Extension, Quantity) against a profile, the profiles that it builds on included.
  void check(const Profile& profile, const Spot& spot, const Context& context);

 private:
  using Path = std::vector<std::string>;  // names from the profile's root to the element

  void level(const Profile& profile, const ProfileNode& node, const Spot& spot, const Context& context, Path& path);
  void occurrences(const Profile& profile, const ProfileNode& node, const std::vector<Spot>& found, const Spot& parent,
                   const Context& context, Path& path);
  void count(const ProfileNode& node, std::size_t found, const Spot& parent);
  void slices(const Profile& profile, const ProfileNode& node, const std::vector<Spot>& found, const Spot& parent,
              const Context& context, Path& path);
  void element(const Profile& profile, const ProfileNode& node, const Spot& spot, const Context& context, Path& path);

  // conform_values.cpp
  void types(const ProfileNode& node, const Spot& spot, const Context& context);
  void type_profiles(const TypeRule& rule, const Spot& spot, const Context& context);
  void targets(const TypeRule& rule, const Spot& spot, const Context& context);
  void target_type(const TypeRule& rule, const Spot& spot, std::string_view type);
  void values(const ProfileNode& node, const Spot& spot);
  void limits(const ProfileNode& node, const Spot& spot);
  void binding(const ProfileNode& node, const Spot& spot);

  // slicing.cpp
  Slicing slicing_of(const Profile& profile, const ProfileNode& node, const Path& path);
  bool belongs(const ProfileNode& slice, const Slicing& slicing, const Spot& spot, const Context& context);
  bool discriminated(const Discriminator& by, const ProfileNode& slice, const Spot& spot, const Context& context);
  std::vector<Spot> reached(const Spot& spot, const Path& steps, const Context& context);

  Run& run_;
  int depth_ = 0;
};

// The occurrences of one element (by its name without type) in an object.
std::vector<Spot> spots_of(const json::Value& object, const model::Children* content, std::string_view name,
                           const Place& parent);

}  // namespace fhir::validate
