// Plans, orders, Tasks, contacts.
#include "fhir/care/fact_readers.hpp"

#include <algorithm>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/ledger.hpp"
#include "fhir/care/referral.hpp"

namespace fhir::care {

using namespace core::population;

namespace {

State request_state(const json::Value& request) {
  if (is_true(request["doNotPerform"])) return State::not_done;
  const State state = state_of(request.text("status"),
                               {{"active", State::active}, {"on-hold", State::active}, {"draft", State::planned}, {"completed", State::valid},
                                {"revoked", State::stopped}, {"entered-in-error", State::refuted}},
                               State::preliminary);
  const std::string_view intent = request.text("intent");
  const bool wish = intent == "proposal" || (intent == "plan" && request.text("resourceType") != "CarePlan");
  return state == State::active && wish ? State::planned : state;
}

// Under way, a referral is work on the gap it is part of; ended, it is evidence from that day when its outcome closes the need.
void read_referral(const json::Value& task, Fact& fact) {
  const auto parts = task["partOf"].elements();
  const bool of_gap = std::any_of(parts.begin(), parts.end(), [](const json::Value& part) { return link_from(part).starts_with("Task/gap-"); });
  if (fact.state == State::active && of_gap) fact.state = State::planned;
  if (closes_need(task)) {
    fact.state = State::valid;
    const When end = when(task["executionPeriod"]["end"]);
    if (end.day != no_day) fact.start = end.day;
    else read_when(task, "lastModified", fact);
  } else if (fact.state == State::valid) {
    fact.state = State::stopped;
  }
}

}  // namespace

void from_care_plan(const json::Value& plan, Digest& digest) {
  if (is_own(plan)) return;  // an answer of the core, no evidence
  Fact fact;
  fact.kind = FactKind::care_plan;
  fact.state = request_state(plan);
  add_codings(plan["category"], fact.codes);
  for (const json::Value& activity : plan["activity"].elements()) add_codings(activity["detail"]["code"], fact.codes);
  add_links(plan["addresses"], fact.links);
  read_period(plan["period"], fact);
  if (fact.start == no_day) read_when(plan, "created", fact);
  digest.facts.push_back(std::move(fact));
}

void from_service_request(const json::Value& request, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::service_request;
  fact.state = request_state(request);
  if (fact.state == State::not_done && says_declined(request["reasonCode"])) fact.state = State::declined;
  add_codings(request["code"], fact.codes);
  for (const char* name : {"category", "orderDetail", "reasonCode"}) add_codings(request[name], fact.about);
  add_links(request["reasonReference"], fact.links);
  read_when(request, "authoredOn", fact);
  if (fact.start == no_day) read_when(request, "occurrence", fact);
  digest.facts.push_back(std::move(fact));
}

// A gap Task is the answer, not evidence: its digest only tells the ledger that it is there. Referrals and outreach are facts
// (support under way, contacts).
void from_task(const json::Value& task, Digest& digest) {
  if (!gap_identifier(task).empty()) {
    digest = gap_digest_from(task);
    return;
  }
  Fact fact;
  fact.kind = FactKind::task;
  fact.state = state_of(task.text("status"),
                        {{"requested", State::active}, {"received", State::active}, {"accepted", State::active}, {"ready", State::active},
                         {"in-progress", State::active}, {"on-hold", State::active}, {"draft", State::planned}, {"completed", State::valid},
                         {"rejected", State::declined}, {"cancelled", State::not_done}, {"failed", State::stopped}, {"entered-in-error", State::refuted}},
                        State::preliminary);
  if (is_referral(task)) read_referral(task, fact);
  add_codings(task["code"], fact.codes);
  for (const char* name : {"reasonCode", "businessStatus"}) add_codings(task[name], fact.about);
  for (const json::Value& output : task["output"].elements()) add_codings(output["valueCodeableConcept"], fact.answers);
  for (const char* name : {"reasonReference", "focus", "partOf", "basedOn"}) add_links(task[name], fact.links);
  if (fact.start == no_day) read_when(task, "authoredOn", fact);
  fact.owner = link_from(task["owner"]);
  digest.facts.push_back(std::move(fact));
}

void from_communication(const json::Value& communication, Digest& digest) {
  Fact fact;
  fact.kind = FactKind::communication;
  fact.state = state_of(communication.text("status"),
                        {{"completed", State::valid}, {"in-progress", State::active}, {"preparation", State::planned}, {"not-done", State::not_done},
                         {"entered-in-error", State::refuted}},
                        State::preliminary);
  for (const char* name : {"category", "reasonCode"}) add_codings(communication[name], fact.codes);
  for (const char* name : {"medium", "statusReason"}) add_codings(communication[name], fact.about);
  add_links(communication["basedOn"], fact.links);
  read_when(communication, "sent", fact);
  if (fact.start == no_day) read_when(communication, "received", fact);
  digest.facts.push_back(std::move(fact));
}

}  // namespace fhir::care
