// The usual shapes of search expressions as plain ways through the JSON: members, choice types spelled out, and four
// filters. What does not fold is evaluated by fhir/path. Never: reads a resource (walk.hpp does). Threads: pure
// function. Source: FHIR R4 search parameter registry; FHIRPath N1.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/model/definitions.hpp"
#include "fhir/path/syntax.hpp"

namespace fhir::search {

// What an element must be, once reached.
struct Filter {
  enum class Form : unsigned char {
    none,
    first,      // [0]
    refers_to,  // where(resolve() is Patient): text = type
    has         // where(system = 'phone'), extension('url'): its member `name` is `text`
  };
  Form form = Form::none;
  std::string name, text;
  bool operator==(const Filter&) const = default;
};

struct Step {
  std::string member;  // JSON name; empty: stay where we are (a filter on what we have)
  Filter filter;
  bool operator==(const Step&) const = default;
};

// One way from a resource (or a composite's base element) to elements of one datatype.
struct Path {
  std::vector<Step> steps;
  std::string datatype;                     // "CodeableConcept", "BackboneElement", "Patient"
  const model::Type* type = nullptr;        // of the datatype, where known
  const model::Element* element = nullptr;  // null for the resource itself
  bool from_resource = false;               // %resource.x inside a component: starts at the resource again
  bool several = false;                     // it can lead to more than one element
};

using Paths = std::vector<Path>;

// `start`: where the expression is evaluated. Nothing: a shape that does not fold, or a name that is no element there.
std::optional<Paths> paths_from(const path::Node& expression, const Path& start, const model::Definitions& definitions,
                                std::string_view resource_type);

// The children of `path` called `name`: one path for each datatype of a choice.
Paths children(const Path& path, std::string_view name, const model::Definitions& definitions);

}  // namespace fhir::search
