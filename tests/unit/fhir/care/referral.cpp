#include "fhir/care/referral.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/care/facts.hpp"

using namespace fhir::care;
namespace json = fhir::json;

namespace {

const std::string owner = "Organization/gemeente";

json::Document referral(const std::string& status, const std::string& more = "") {
  auto parsed = json::parse(
      R"({"resourceType":"Task","id":"r","status":")" + status +
      R"(","intent":"order","code":{"coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill"}]},
    "for":{"reference":"Patient/p"},"owner":{"reference":"Organization/gemeente"},"authoredOn":"2026-01-01")" +
      more + "}");
  BOOST_REQUIRE(parsed.ok());
  return std::move(*parsed);
}

std::string refusal(const json::Document* before, const json::Document& after) {
  fhir::validate::Issues issues;
  ReferralRule(nullptr, {owner}).guard(before ? &before->root() : nullptr, after.root(), {}, issues);
  return issues.empty() ? "" : issues[0].text;
}

std::string step(const std::string& from, const std::string& to, const std::string& more = "") {
  const json::Document before = referral(from), after = referral(to, more);
  return refusal(&before, after);
}

const std::string reason = R"(,"statusReason":{"text":"no place"})",
                  output = R"(,"output":[{"type":{"text":"o"},"valueString":"x"}])";

}  // namespace

BOOST_AUTO_TEST_SUITE(referral_rules)

BOOST_AUTO_TEST_CASE(a_referral_walks_from_requested_to_completed) {
  BOOST_TEST(refusal(nullptr, referral("requested")) == "");
  BOOST_TEST(step("draft", "requested") == "");
  BOOST_TEST(step("requested", "received") == "");
  BOOST_TEST(step("received", "accepted") == "");
  BOOST_TEST(step("accepted", "in-progress") == "");
  BOOST_TEST(step("in-progress", "on-hold") == "");
  BOOST_TEST(step("on-hold", "in-progress") == "");
  BOOST_TEST(step("in-progress", "completed", output) == "");
}

BOOST_AUTO_TEST_CASE(a_wrong_step_says_what_each_side_may_do) {
  BOOST_TEST(step("requested", "completed", output) ==
             "A referral that is requested cannot become completed: its requester may set cancelled; its owner "
             "received, accepted, rejected.");
  BOOST_TEST(step("in-progress", "requested")
                 .find("its requester may set nothing; its owner accepted, on-hold, completed, failed, cancelled") !=
             std::string::npos);
  BOOST_TEST(refusal(nullptr, referral("accepted")).find("begins as draft or requested") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_step_belongs_to_one_side) {
  BOOST_TEST(may_step("requested", "cancelled", Actor::requester));
  BOOST_TEST(!may_step("requested", "cancelled", Actor::owner));
  BOOST_TEST(may_step("requested", "accepted", Actor::owner));
  BOOST_TEST(!may_step("requested", "accepted", Actor::requester));
  BOOST_TEST(!may_step("in-progress", "cancelled", Actor::requester));
  BOOST_TEST(!may_step("rejected", "requested", Actor::either));
}

BOOST_AUTO_TEST_CASE(an_owner_that_was_not_heard_may_report_several_steps_at_once) {
  for (const char* to :
       {"received", "accepted", "rejected", "in-progress", "on-hold", "completed", "failed", "cancelled"})
    BOOST_TEST(may_reach("requested", to, Actor::owner), to);
  BOOST_TEST(!may_reach("received", "requested", Actor::owner));
  BOOST_TEST(!may_reach("requested", "completed", Actor::requester));
}

BOOST_AUTO_TEST_CASE(rejecting_needs_a_reason_and_completing_an_output) {
  BOOST_TEST(step("requested", "rejected").find("statusReason") != std::string::npos);
  BOOST_TEST(step("requested", "rejected", reason) == "");
  BOOST_TEST(step("in-progress", "completed").find("output") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(cancelling_after_the_start_asks_by_an_abort_task) {
  BOOST_TEST(step("accepted", "cancelled") == "");
  BOOST_TEST(step("on-hold", "cancelled").find("statusReason") != std::string::npos);
  const json::Document abort = abort_from(referral("in-progress").root(), "moved away", {});
  BOOST_TEST(is_abort(abort.root()));
  BOOST_TEST(abort.root()["focus"].text("reference") == "Task/r");
  BOOST_TEST(abort.root().text("id") == "abort-r");
  BOOST_TEST(refusal(nullptr, abort) == "");
}

BOOST_AUTO_TEST_CASE(opening_again_is_explicit) {
  BOOST_TEST(step("completed", "in-progress").find("note") != std::string::npos);
  BOOST_TEST(step("completed", "in-progress", R"(,"note":[{"text":"by mistake"}])") == "");
  BOOST_TEST(step("rejected", "requested").find("make a new referral") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(whom_it_is_for_and_who_owns_it_stay_as_sent) {
  const json::Document before = referral("requested");
  json::Document after = referral("requested");
  json::Value other = after.object();
  after.set(other, "reference", after.string("Patient/q"));
  after.set(after.root(), "for", other);
  BOOST_TEST(refusal(&before, after).find("for of a referral") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_task_of_nobody_we_work_with_is_a_plain_resource) {
  const json::Document before = referral("requested"), after = referral("completed");
  fhir::validate::Issues issues;
  ReferralRule(nullptr, {"Organization/other"}).guard(&before.root(), after.root(), {}, issues);
  BOOST_TEST(issues.empty());
}

BOOST_AUTO_TEST_CASE(an_owner_is_known_by_identifier_too) {
  const auto task = json::parse(R"({"owner":{"identifier":{"system":"urn:s","value":"7"}}})");
  const std::string mine[] = {"urn:s|7"}, others[] = {"urn:s|8"};
  BOOST_TEST(owned_by(task->root(), owner, mine));
  BOOST_TEST(!owned_by(task->root(), owner, others));
}

BOOST_AUTO_TEST_CASE(an_outcome_closes_the_need_when_it_says_so) {
  const auto with = [](const std::string& code) {
    return R"(,"output":[{"type":{"text":"outcome"},"valueCodeableConcept":{"coding":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/referral-result","code":")" +
           code + R"("}]}}])";
  };
  BOOST_TEST(closes_need(referral("completed", output).root()));
  BOOST_TEST(!closes_need(referral("completed").root()));
  BOOST_TEST(closes_need(referral("cancelled", with("need-closed")).root()));
  BOOST_TEST(!closes_need(referral("completed", with("need-open")).root()));
  BOOST_TEST(!closes_need(referral("rejected", output).root()));
}

BOOST_AUTO_TEST_CASE(under_way_it_is_work_on_its_gap_and_done_it_is_evidence_of_that_day) {
  using core::population::State;
  const std::string part = R"(,"partOf":[{"reference":"Task/gap-0123"}])";
  BOOST_TEST((digest_from(referral("requested").root()).facts[0].state == State::active));
  BOOST_TEST((digest_from(referral("requested", part).root()).facts[0].state == State::planned));
  const auto done =
      digest_from(referral("completed", part + output + R"(,"executionPeriod":{"end":"2026-03-04T10:00:00Z"})").root());
  BOOST_TEST((done.facts[0].state == State::valid));
  BOOST_TEST(core::text(done.facts[0].start) == "2026-03-04");
  BOOST_TEST((digest_from(referral("completed", part).root()).facts[0].state == State::stopped));
}

BOOST_AUTO_TEST_CASE(the_order_carries_the_need_and_not_the_house_item) {
  const auto gap = json::parse(
      R"({"resourceType":"Task","id":"gap-1","code":{"text":"Support with housing","coding":[{"system":"http://snomed.info/sct","code":"710911006"},
    {"system":"https://w3id.org/panelbridge/fhir/CodeSystem/item","code":"support-housing"}]},"for":{"reference":"Patient/p"},"reasonReference":{"reference":"Condition/c"}})");
  BOOST_TEST(need_of_gap(gap->root()) == "housing");
  const Referral made = referral_from(gap->root(), "housing", "Practitioner/d", owner, {});
  BOOST_TEST(is_referral(made.task.root()));
  BOOST_TEST(need_of(made.task.root()) == "housing");
  BOOST_TEST(made.task.root()["partOf"][0].text("reference") == "Task/gap-1");
  BOOST_TEST(!made.task.root().find("reasonReference"));
  BOOST_TEST(json::write(made.order.root()).find("support-housing") == std::string::npos);
  BOOST_TEST(!may_be_referred("violence"));
}

BOOST_AUTO_TEST_SUITE_END()
