// What a failure looks like to a client: the one table Kind -> HTTP status -> OperationOutcome code, and the bytes of
// an OperationOutcome. Never: decides that something failed. Threads: pure functions. Source: FHIR R4 OperationOutcome,
// value set issue-type; RESTful API 3.1.0.1.4 (status codes).
#pragma once
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "fhir/rest/message.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::rest {

struct Standing {
  int status = 500;
  std::string_view code;  // of OperationOutcome.issue
};
core::Kind kind_of(int status);  // the first that has it; fault: none
Standing standing(core::Kind kind);
Standing standing(const core::Error& error);  // as its kind, but for a full disk: 507, no-store

validate::Issue issue_from(const core::Error& error);
std::string outcome_text(const validate::Issues& issues);  // an OperationOutcome, compact
std::string outcome_text(validate::Severity severity, std::string_view code, std::string_view text);

Response refusal(const core::Error& error,
                 const validate::Issues& issues = {});  // issues, when there are any, say it all
Response refusal(int status, std::string_view code,
                 std::string_view text);  // for what no Kind stands for: 304-like, 406, 415

}  // namespace fhir::rest
