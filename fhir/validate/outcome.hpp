// Issues as an OperationOutcome, and back. The one place that knows the words of severities.
// Never: decides what is an issue, or its HTTP status (fhir/rest). Threads: pure functions.
// Source: FHIR R4 OperationOutcome, value set issue-severity.
#pragma once
#include <optional>
#include <string_view>

#include "fhir/json/json.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::validate {

std::string_view text(Severity severity);  // "error"
std::optional<Severity> severity_from(std::string_view text);

// One issue per finding; without any, one of severity information that says so (an OperationOutcome has at least one).
json::Document outcome(const Issues& issues);
json::Value outcome(const Issues& issues, json::Document& document);  // the same as a value of that document

Issues issues_from(const json::Value& outcome);

}  // namespace fhir::validate
