// A referral: a Task with intent order and code fulfill, owned by the organization of a partner. The steps it may take,
// by whom, as one table; what its end means for the gap it is part of; the Tasks that a decision makes. Never: a call
// to anybody. Threads: pure but for the snapshot handed in. Source: FHIR R4 Task (state machine, task-code); Gravity
// SDOH Clinical Care (who may set which status).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/caller.hpp"
#include "core/base/time.hpp"
#include "core/store/store.hpp"
#include "fhir/json/json.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::care {

inline constexpr std::string_view task_codes = "http://hl7.org/fhir/CodeSystem/task-code";

enum class Actor : unsigned char { requester = 1, owner = 2, either = 3 };  // either: who writes is not known

struct ReferralStep {
  std::string_view from, to;
  Actor by;
  std::string_view needs;  // an element that must come with it: statusReason, output, or note (one more than before)
};
std::span<const ReferralStep> referral_steps();
bool may_step(std::string_view from, std::string_view to, Actor actor);  // staying is allowed
// Several steps at once, as an owner that was not heard for a while reports them.
bool may_reach(std::string_view from, std::string_view to, Actor actor);
std::vector<std::string> steps_from(std::string_view status, Actor actor);
bool has_started(std::string_view status);  // in-progress or on-hold: from then on a requester asks by an abort Task

bool is_referral(const json::Value& task);     // by intent and code
bool is_abort(const json::Value& task);        // asks to stop the Task in its focus
bool closes_need(const json::Value& task);     // ended, with an outcome that leaves no need open
std::string need_of(const json::Value& task);  // house need code of its reasonCode, or empty

// True when the owner is this organization ("Organization/7"), by reference or by one of its identifiers
// ("system|value").
bool owned_by(const json::Value& task, std::string_view organization, std::span<const std::string> identifiers);
core::Result<std::vector<std::string>> identifiers_of(core::store::Snapshot& snapshot, std::string_view organization);

// The rule that rest asks on every write of a Task, for Tasks owned by one of these organizations.
class ReferralRule {
 public:
  ReferralRule(core::store::Store* store, std::vector<std::string> organizations);
  void guard(const json::Value* before, const json::Value& after, const core::access::Caller& caller,
             validate::Issues& issues) const;

 private:
  bool applies(const json::Value& task) const;
  core::store::Store* store_;
  std::vector<std::string> organizations_;
};

// What a decision to refer makes: an order, and the Task that carries it, child of the gap Task.
struct Referral {
  json::Document order, task;
};
std::string need_of_gap(const json::Value& gap);  // "housing" of item support-housing; empty: no social need
bool may_be_referred(std::string_view need);      // partner violence and unsafe homes: only by a named person's own act
Referral referral_from(const json::Value& gap, std::string_view need, std::string_view by, std::string_view owner,
                       core::Instant now);
// How its requester takes one back: before the start it is cancelled; after it, an abort Task asks its owner to stop.
json::Document taken_back(const json::Value& referral, std::string_view reason, core::Instant now);
// Asks the owner of a started referral to stop; its id is derived, so that asking twice is asking once.
json::Document abort_from(const json::Value& referral, std::string_view reason, core::Instant now);

// The gap Task as its referrals leave it: in-progress while an owner works on one; back on the list, with the reason,
// when the last one ended without closing the need after the gap Task was last written. Nothing: as it is.
core::Result<std::optional<json::Document>> after_referrals(core::store::Snapshot& snapshot,
                                                            const core::store::Record& record, const json::Value& gap,
                                                            core::Instant now);

}  // namespace fhir::care
