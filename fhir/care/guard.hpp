// What a client may do to a gap Task: the table of transitions, and the rule that rest asks on every write of a Task.
// The core's own writes do not pass here. Never: stores. Threads: pure.
// Source: FHIR R4 Task state machine (Task.status); the house's table of decisions (interfaces).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/caller.hpp"
#include "fhir/json/json.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::care {

// One allowed step of a gap Task by a client or a decision.
struct Transition {
  std::string_view from, to;
};
std::span<const Transition> gap_transitions();
bool allowed(std::string_view from, std::string_view to);           // staying is allowed
std::vector<std::string> allowed_from(std::string_view status);    // what may follow, for messages

// Adds an error when the write is against the rules of gap Tasks. `before`: the stored resource or null.
void guard_gap_task(const json::Value* before, const json::Value& after, const core::access::Caller& caller, validate::Issues& issues);

}  // namespace fhir::care
