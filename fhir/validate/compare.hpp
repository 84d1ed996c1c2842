// Values that a limit is put on (minValue[x], maxValue[x], a Questionnaire's answers): which comes first.
// Also whether a coded value is in a value set, by strength. Threads: pure functions (check_binding: as its Run).
// Source: FHIR R4 ElementDefinition.minValue[x], Quantity comparison by UCUM.
#pragma once
#include <compare>
#include <optional>

#include "core/base/time.hpp"
#include "fhir/json/json.hpp"
#include "fhir/validate/run.hpp"

namespace fhir::validate {

// Numbers, dates and times (as the span they may mean begins), Quantities in the same or a convertible unit.
// nullopt: they cannot be compared.
std::optional<std::partial_ordering> compare(const json::Value& a, const json::Value& b);
// A date or dateTime compared with now minus (before) or plus a duration.
std::optional<std::partial_ordering> against_now(const json::Value& moment, const json::Value& duration,
                                                 core::Instant now, bool before);

void check_binding(Run& run, const std::string& value_set, model::Strength strength, const Spot& spot);

}  // namespace fhir::validate
