// fixed[x] and pattern[x]: is a value exactly that, or does it hold at least that. Threads: pure functions.
// Never: looks at types. Source: FHIR R4 ElementDefinition.fixed[x], pattern[x].
#pragma once
#include "fhir/json/json.hpp"

namespace fhir::validate {

bool equals_fixed(const json::Value& value, const json::Value& fixed);
// Every member of the pattern is in the value; every element of its arrays matches some element there.
bool matches_pattern(const json::Value& value, const json::Value& pattern);

}  // namespace fhir::validate
