// A StructureDefinition as a tree of what it demands of each element, slices included. Made from the snapshot where
// there is one, else from the differential: then the base profile is checked as well, so that no snapshot has to be
// generated. Never: owns the StructureDefinition it was made from. Threads: Profiles is one thread's; a Profile is
// const. Source: FHIR R4 StructureDefinition, ElementDefinition, profiling (5.1: slicing, discriminators).
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/validate/known.hpp"

namespace fhir::validate {

struct TypeRule {
  std::string code;
  std::vector<std::string> profiles, targets;  // canonicals
};

struct Discriminator {
  std::string type, path;  // value, exists, pattern, type, profile; a restricted FHIRPath
};

struct Slicing {
  std::vector<Discriminator> discriminators;
  std::string rules = "open";  // closed, open, openAtEnd
  bool ordered = false;
};

struct Rule {  // an ElementDefinition.constraint
  model::Invariant invariant;
  std::string human;
};

struct ProfileNode {
  std::string name;   // without [x]
  std::string slice;  // sliceName
  bool choice = false;
  std::optional<std::uint32_t> min, max;  // max UINT32_MAX: *
  std::vector<TypeRule> types;            // empty: not restricted here
  const json::Value* fixed = nullptr;
  const json::Value* pattern = nullptr;
  const json::Value* min_value = nullptr;
  const json::Value* max_value = nullptr;
  std::string_view min_value_type, max_value_type;  // "Quantity", "Date" ...
  std::optional<std::uint32_t> max_length;
  model::Strength strength = model::Strength::none;
  std::string value_set;
  std::vector<Rule> rules;
  std::optional<Slicing> slicing;
  std::vector<std::unique_ptr<ProfileNode>> slices;
  std::vector<std::unique_ptr<ProfileNode>> children;
  const model::Children* content = nullptr;  // the base definitions of its children, where one set is known

  const ProfileNode* child(std::string_view child_name) const;
};

struct Profile {
  std::string url, type, base;  // base: canonical of the profile it builds on, empty when that is a base type
  const json::Value* source = nullptr;
  bool from_snapshot = false;
  ProfileNode root;
};

// Profiles by canonical, made when first asked for.
class Profiles {
 public:
  explicit Profiles(const Known& known) : known_(known) {}
  const Profile* find(std::string_view canonical);
  // The slicing of the same element in the profiles that this one builds on; null: there is none.
  const ProfileNode* inherited(const Profile& profile, const std::vector<std::string>& path);

 private:
  const Known& known_;
  std::map<const json::Value*, std::unique_ptr<Profile>> made_;
};

bool is_base_type(const model::Definitions& definitions,
                  std::string_view canonical);           // .../StructureDefinition/Patient
std::string_view last_step(std::string_view canonical);  // after the last '/', without version

}  // namespace fhir::validate
