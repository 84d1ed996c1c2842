// Whether a coded value keeps to a value set that is bound as required. Works on code, Coding, CodeableConcept,
// Quantity and the texts that may stand for a code. Never: looks up value sets. Threads: pure function. Source: FHIR R4
// terminologies (4.1.5), binding strength required.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"

namespace fhir::validate {

// In words what is wrong, or nothing. A CodeableConcept is outside only when it has codings of the set's code systems
// and none of them is in the set: text alone, or codes of other systems beside, are legal.
std::optional<std::string> outside(const model::ValueSet& set, std::string_view type, const json::Value& value);

}  // namespace fhir::validate
