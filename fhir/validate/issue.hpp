// A finding about data, as opposed to an Error: many can stand beside each other, each names its place.
// Becomes OperationOutcome.issue. Threads: plain values. Source: FHIR R4 OperationOutcome, value sets issue-severity
// and issue-type.
#pragma once
#include <string>
#include <vector>

namespace fhir::validate {

enum class Severity : unsigned char { fatal, error, warning, information };

struct Issue {
  Severity severity = Severity::error;
  std::string code;  // issue-type: structure, required, value, invariant, code-invalid, not-supported, not-found ...
  std::string expression;  // FHIRPath of the place: Patient.name[0].given
  std::string text;        // in plain words
  std::string id;          // rule or invariant key, may be empty
};

using Issues = std::vector<Issue>;

inline bool has_error(const Issues& issues) {
  for (const Issue& issue : issues)
    if (issue.severity <= Severity::error) return true;
  return false;
}

}  // namespace fhir::validate
