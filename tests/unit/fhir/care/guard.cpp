// Every cell of the tables of transitions: what a client may set a gap Task to, what a physician may decide in each state.
#include "fhir/care/guard.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <map>

#include "fhir/care/referral.hpp"
#include "tests/unit/fhir/care/house.hpp"

namespace {

namespace care = fhir::care;
namespace json = fhir::json;
using care::test::House;

constexpr std::array statuses{"draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold", "failed", "completed", "entered-in-error"};

// Written by hand beside the table: from (row) to (column), + allowed. Staying is always allowed.
//                                            draft requested received accepted rejected ready cancelled in-progress on-hold failed completed error
const std::map<std::string, std::string> by_hand{
    {"draft",            "= . . . . . . . . . . ."},
    {"requested",        ". = + + + . . . + . . ."},
    {"received",         ". . = + + . . . + . . ."},
    {"accepted",         ". + . = + . . + + . . ."},
    {"rejected",         ". + . + = . . . + . . ."},
    {"ready",            ". . . . . = . . . . . ."},
    {"cancelled",        ". . . . . . = . . . . ."},
    {"in-progress",      ". . . + + . . = + . . ."},
    {"on-hold",          ". + . + + . . + = . . ."},
    {"failed",           ". . . . . . . . . = . ."},
    {"completed",        ". . . . . . . . . . = ."},
    {"entered-in-error", ". . . . . . . . . . . ="},
};

json::Document task(const std::string& status) {
  return care::test::must(json::parse(R"({"resourceType":"Task","id":"gap-1","identifier":[{"system":"https://w3id.org/panelbridge/fhir/gap","value":"p|a1c|initial"}],
    "status":")" + status + R"(","intent":"proposal","description":"HbA1c: overdue."})"));
}

std::string refusal(const std::string& from, const std::string& to) {
  fhir::validate::Issues issues;
  const json::Document before = task(from), after = task(to);
  care::guard_gap_task(&before.root(), after.root(), {}, issues);
  std::string all;
  for (const auto& issue : issues) all += issue.text;
  return all;
}

std::string patient(const std::string& id) {
  return R"({"resourceType":"Patient","id":")" + id + R"(","birthDate":"1960-05-05","generalPractitioner":[{"reference":"Practitioner/vos"}]})";
}

std::string diabetes(const std::string& id) {
  return R"({"resourceType":"Condition","id":"dm-)" + id + R"(","subject":{"reference":"Patient/)" + id + R"("},"clinicalStatus":{"coding":[{"code":"active",
    "system":"http://terminology.hl7.org/CodeSystem/condition-clinical"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}]},"onsetDateTime":"2015-01-01"})";
}

std::string a1c_task(House& house, const std::string& id) {
  const json::Document found = house.read("/Task?patient=Patient/" + id + "&code=https://w3id.org/panelbridge/fhir/CodeSystem/item%7Ca1c");
  BOOST_REQUIRE(found.root()["entry"].size() == 1u);
  return std::string(found.root()["entry"][0]["resource"].text("id"));
}

fhir::rest::Response decide(House& house, const std::string& task, const std::string& decision) {
  const std::string until = decision == "defer" ? R"(,{"name":"until","valueDate":"2027-01-01"})" : "";
  auto response = house.call("POST", "/Task/" + task + "/$decide", R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":")" + decision +
                                                                      R"("},{"name":"by","valueReference":{"reference":"Practitioner/vos"}})" + until + "]}");
  house.follow();
  return response;
}

BOOST_AUTO_TEST_SUITE(care_guard)

BOOST_AUTO_TEST_CASE(every_pair_of_states_is_allowed_or_refused_as_the_table_says) {
  std::size_t allowed = 0;
  for (const std::string from : statuses)
    for (std::size_t to = 0; to < statuses.size(); ++to) {
      const char cell = by_hand.at(from)[2 * to];
      BOOST_TEST(care::allowed(from, statuses[to]) == (cell != '.'), from << " to " << statuses[to]);
      allowed += cell == '+';
      const std::string said = refusal(from, statuses[to]);
      BOOST_TEST(said.empty() == (cell != '.'), from << " to " << statuses[to] << ": " << said);
      if (said.empty()) continue;
      if (std::string_view(statuses[to]) == "completed") {
        BOOST_TEST(said.find("by evidence") != std::string::npos);
        continue;
      }
      for (const std::string& other : care::allowed_from(from)) BOOST_TEST(said.find(other) != std::string::npos, from << " to " << statuses[to] << " does not name " << other);
      if (care::allowed_from(from).empty()) BOOST_TEST(said.find("nothing") != std::string::npos);
    }
  BOOST_TEST(allowed == care::gap_transitions().size());
}

// How a Task comes into each state that a physician may find it in; by steps of the same tables.
const std::map<std::string, std::vector<std::string>> way_to{
    {"requested", {}},          {"received", {"received"}}, {"accepted", {"approve"}}, {"in-progress", {"approve", "in-progress"}},
    {"on-hold", {"defer"}},     {"rejected", {"decline"}},
};
// Decisions that are taken (+) in each state: approve adapt defer decline not-appropriate done-elsewhere
constexpr std::array decisions{"approve", "adapt", "defer", "decline", "not-appropriate", "done-elsewhere"};
const std::map<std::string, std::string> decided_by_hand{
    {"requested", "++++++"}, {"received", "++++++"}, {"accepted", "++++++"}, {"in-progress", "++++++"}, {"on-hold", "++++++"}, {"rejected", "++++++"},
};

BOOST_AUTO_TEST_CASE(nobody_takes_the_id_of_a_gap_that_is_to_come) {
  std::string id;
  {
    House elsewhere;  // ids are derived: the same there as here
    elsewhere.write("PUT", "/Patient/p", patient("p"));
    elsewhere.write("PUT", "/Condition/dm-p", diabetes("p"));
    id = a1c_task(elsewhere, "p");
  }
  House house;
  BOOST_TEST(house.call("PUT", "/Task/" + id, R"({"resourceType":"Task","id":")" + id + R"(","status":"draft","intent":"order"})").status == 422);
  house.write("PUT", "/Patient/p", patient("p"));
  house.write("PUT", "/Condition/dm-p", diabetes("p"));
  BOOST_TEST(a1c_task(house, "p") == id);
}

BOOST_AUTO_TEST_CASE(every_decision_in_every_state_does_what_the_table_says) {
  const std::map<std::string, std::string> becomes{{"approve", "accepted"}, {"adapt", "accepted"}, {"defer", "on-hold"}, {"decline", "rejected"},
                                                   {"not-appropriate", "rejected"}, {"done-elsewhere", "on-hold"}};
  House house;
  int number = 0;
  for (const auto& [state, steps] : way_to)
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      const std::string id = "p" + std::to_string(++number);
      house.write("PUT", "/Patient/" + id, patient(id));
      house.write("PUT", "/Condition/dm-" + id, diabetes(id));
      const std::string task = a1c_task(house, id);
      for (const std::string& step : steps) {
        if (becomes.contains(step)) {
          BOOST_REQUIRE(decide(house, task, step).status == 200);
          continue;
        }
        json::Document document = house.read("/Task/" + task);
        document.set(document.root(), "status", document.string(step));
        house.write("PUT", "/Task/" + task, json::write(document.root()));
      }
      BOOST_REQUIRE_EQUAL(house.read("/Task/" + task).root().text("status"), state);
      const auto response = decide(house, task, decisions[i]);
      const bool taken = decided_by_hand.at(state)[i] == '+';
      BOOST_TEST(response.status == (taken ? 200 : 422), decisions[i] << " when " << state << ": " << *response.body);
      BOOST_TEST(house.read("/Task/" + task).root().text("status") == (taken ? becomes.at(decisions[i]) : state), decisions[i] << " when " << state);
    }
}

BOOST_AUTO_TEST_CASE(what_is_over_cannot_be_decided_and_says_what_is_allowed) {
  House house;
  house.write("PUT", "/Patient/p", patient("p"));
  house.write("PUT", "/Condition/dm-p", diabetes("p"));
  const std::string task = a1c_task(house, "p");
  house.write("PUT", "/Observation/o", R"({"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-11-20",
    "code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"valueQuantity":{"value":6.4,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}})");
  BOOST_TEST(house.read("/Task/" + task).root().text("status") == "completed");
  for (const char* decision : decisions) BOOST_TEST(decide(house, task, decision).status == 422, decision);
  house.write("PUT", "/Patient/p", R"({"resourceType":"Patient","id":"p","birthDate":"1960-05-05","active":false})");
  house.write("DELETE", "/Observation/o", "");
  for (const char* decision : decisions) BOOST_TEST(decide(house, task, decision).status == 422, decision);
}

// Referrals: who may do a step is part of the table. Each row for each actor, and every pair that no row has.
BOOST_AUTO_TEST_CASE(every_step_of_a_referral_is_for_whom_the_table_says) {
  using care::Actor;
  for (const char* from : statuses)
    for (const char* to : statuses)
      for (const Actor actor : {Actor::requester, Actor::owner}) {
        bool expected = std::string_view(from) == to;
        for (const care::ReferralStep& step : care::referral_steps())
          if (step.from == from && step.to == to) expected = expected || step.by == actor || step.by == Actor::either;
        BOOST_TEST(care::may_step(from, to, actor) == expected, from << " to " << to << " by " << (actor == Actor::owner ? "owner" : "requester"));
      }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
