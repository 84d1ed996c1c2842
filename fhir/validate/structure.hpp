// Checks a resource against the base definitions: elements, JSON types, cardinality, choices, primitive values,
// emptiness, extensions, contained and bundled resources, required bindings. Collects every finding (up to a stated
// number). Never: throws, resolves references, evaluates invariants, knows profiles. Threads: pure function. Source:
// FHIR R4 JSON format (2.1.4), StructureDefinition snapshots.
#pragma once
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::validate {

constexpr std::size_t most_issues = 1000;  // then one last issue says that there are more

Issues check(const model::Definitions& definitions, const json::Value& resource);

}  // namespace fhir::validate
