// The FHIR definitions as one immutable object that router, search, validator and capability statement all read.
// Loaded from the compact files of profiles/r4 (made by profiles/compact.py from an official package). Facts only, no
// prose. Never: changes after load. Threads: const everywhere, safe from all. Source: FHIR R4 StructureDefinition,
// SearchParameter, CompartmentDefinition, ValueSet (required bindings).
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/base/error.hpp"

namespace fhir::model {

enum class Strength : std::uint8_t { none, example, preferred, extensible, required };

struct Invariant {
  std::string key;
  bool error = true;  // severity; else warning
  std::string expression;
};

struct Type;
struct Children;
struct ValueSet;

struct ElementType {
  std::string code;  // "string", "Reference", "BackboneElement", "http://hl7.org/fhirpath/System.String" is "string"
  std::vector<std::string> targets;  // Reference and canonical: resource types allowed, empty: any
  const Type* type = nullptr;        // resolved; for a backbone the element's own children are in Element.children
  const Type* profile = nullptr;     // a constrained datatype (SimpleQuantity, MoneyQuantity), or null
};

// One element of a type or backbone.
struct Element {
  std::string name;  // last step; of a choice without [x]: "value"
  std::string path;  // "Observation.component.value[x]"
  bool choice = false;
  std::uint32_t min = 0;
  std::uint32_t max = 1;  // UINT32_MAX: *
  std::vector<ElementType> types;
  Strength strength = Strength::none;
  std::string value_set;               // canonical without version
  const ValueSet* required = nullptr;  // the codes of a required binding, where they can be listed
  std::vector<Invariant> invariants;   // its own; those of its type are there
  bool modifier = false, summary = false;
  const std::vector<Element>* children = nullptr;  // backbone, or contentReference to one; else null (use types[].type)
  const Children* backbone = nullptr;              // the same children with their names; null when children is
  bool is_list() const { return max > 1; }
};

enum class Family : std::uint8_t { primitive, complex, resource };

// The primitive types of R4, for tables indexed by them; none: not a primitive.
enum class Primitive : std::uint8_t {
  none,
  base64_binary,
  boolean,
  canonical,
  code,
  date,
  date_time,
  decimal,
  id,
  instant,
  integer,
  markdown,
  oid,
  positive_int,
  string,
  time,
  unsigned_int,
  uri,
  url,
  uuid,
  xhtml
};

struct Named {
  const Element* element = nullptr;
  const ElementType* type = nullptr;  // null only where R4 gives none
};

// Names are short and mostly differ in length, first and last bytes: cheaper than a general hash.
struct NameHash {
  std::size_t operator()(std::string_view name) const noexcept;
};

struct Children {
  std::vector<Element> elements;  // inherited ones included, in order; of a primitive: id, extension, value
  // JSON name -> element; a choice is entered under each of its names ("valueQuantity"), with the type it stands for.
  std::unordered_map<std::string_view, Named, NameHash> by_name;
  std::vector<std::uint16_t> mandatory;  // indexes into elements with min > 0
  const Named* find(std::string_view json_name) const {
    const auto it = by_name.find(json_name);
    return it == by_name.end() ? nullptr : &it->second;
  }
  const Element* element(std::string_view name) const;  // by its name without type: "value" finds value[x]
};

struct Type : Children {
  using Named = model::Named;
  std::string name;  // "Patient", "HumanName", "code"
  std::string base;  // "DomainResource", "Element", "string"
  Family family = Family::complex;
  Primitive primitive = Primitive::none;
  bool abstract_type = false;
  bool constraint = false;  // SimpleQuantity, MoneyQuantity: not a type of its own
  const Type* base_type = nullptr;
  std::string pattern;  // primitive: the regular expression of its value, may be empty
  std::vector<Invariant> invariants;
};

// Children of a backbone are looked up through this, as Type::find does for a type.
inline const Named* find_child(const Element& backbone, std::string_view json_name) {
  return backbone.backbone ? backbone.backbone->find(json_name) : nullptr;
}

// The codes of a value set, by code system.
struct ValueSet {
  std::string url;
  std::unordered_set<std::string_view> codes;
  std::vector<std::pair<std::string, std::unordered_set<std::string_view>>> systems;
  bool contains(std::string_view system, std::string_view code) const;
  bool has_system(std::string_view system) const;
};

struct SearchParameter {
  std::string code;  // "birthdate"
  std::string url;
  std::string type;  // number, date, string, token, reference, composite, quantity, uri, special
  std::vector<std::string> bases;
  std::string expression;  // FHIRPath; empty: R4 leaves it undefined
  std::vector<std::string> targets;
  struct Component {
    std::string definition;  // url of the component parameter
    std::string expression;
  };
  std::vector<Component> components;
};

struct Compartment {
  std::string type;                                           // "Patient"
  std::map<std::string, std::vector<std::string>> resources;  // resource type -> parameter codes that place it there
};

class Definitions {
 public:
  // `folder` holds r4/*.json (and house/*.json for our own search parameters). Takes under 150 ms.
  static core::Result<std::shared_ptr<const Definitions>> load(const std::string& folder);
  ~Definitions();

  const Type* type(std::string_view name) const;           // resource type, datatype or primitive; nullptr when unknown
  bool is_resource(std::string_view name) const;           // a concrete resource type
  const std::vector<std::string>& resource_types() const;  // concrete ones, sorted
  bool derives(std::string_view name, std::string_view from) const;  // Patient from DomainResource, Age from Quantity

  // The parameters of a type, those of Resource and DomainResource included, sorted by code.
  const std::vector<const SearchParameter*>& search_parameters(std::string_view type) const;
  const SearchParameter* search_parameter(std::string_view type, std::string_view code) const;
  const SearchParameter* search_parameter_by_url(std::string_view url) const;

  const Compartment* compartment(
      std::string_view type) const;                       // Patient, Encounter, RelatedPerson, Practitioner, Device
  const ValueSet* value_set(std::string_view url) const;  // of R4, where its codes can be listed; else nullptr
  // The codes of a value set of R4. nullptr: they cannot be listed (then no check).
  const std::unordered_set<std::string_view>* codes(std::string_view value_set) const;
  // The code system a code of that value set comes from, or empty.
  std::string_view system_of(std::string_view value_set, std::string_view code) const;

  std::string_view fhir_version() const { return "4.0.1"; }

 private:
  Definitions();
  friend class Loader;
  friend class TypeBuilder;
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace fhir::model
