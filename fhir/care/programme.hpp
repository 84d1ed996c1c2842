// FHIR -> the core: programmes. PlanDefinition + ActivityDefinition + ValueSet become core::gap::Programmes, by the table in
// profiles/README.md and nothing else. Rules are FHIRPath syntax (parsed by fhir/path) over the house's functions.
// Never: decides, stores. Errors: every fault names the plan, the action, the rule and the position. Threads: pure.
// Source: FHIR R4 PlanDefinition, ValueSet.compose; FHIRPath N1.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/gap/programme.hpp"
#include "fhir/care/language.hpp"
#include "fhir/json/json.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::care {

core::Result<core::gap::Rule> rule_from(std::string_view expression);

// One ValueSet as a set of codes; a set without a name is an issue.
core::gap::CodeSet code_set_from(const json::Value& value_set, validate::Issues& issues);

// One PlanDefinition, its texts in this language where it has them; faults are added to issues (the programme is then not to be used).
core::gap::Programme programme_from(const json::Value& plan, validate::Issues& issues, Language language = Language::english);

// All PlanDefinitions (status active) and ValueSets among the resources; refuses when any has a fault, naming all of them.
core::Result<core::gap::Programmes> programmes_from(std::span<const json::Document> resources, Language language = Language::english);

// The JSON files of a folder, in order of their names.
core::Result<std::vector<json::Document>> resources_in(const std::string& folder);

// The same from a folder of JSON files (profiles/programmes).
core::Result<core::gap::Programmes> programmes_in(const std::string& folder);

}  // namespace fhir::care
