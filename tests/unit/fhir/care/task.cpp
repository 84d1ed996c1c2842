#include "fhir/care/task.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace fhir::care;
namespace json = fhir::json;

const core::Instant now{1'700'000'000'000};
const core::Day today = *core::day_from("2024-06-01");

Gap a1c() {
  Gap gap;
  gap.person = "Patient/p";
  gap.family = "a1c";
  gap.interval = "2023-05-01";
  gap.status = GapStatus::overdue;
  gap.clinical = {"http://loinc.org", "4548-4"};
  gap.title = "HbA1c";
  gap.closes = "A final HbA1c result with a value closes it.";
  gap.programmes = {"https://w3id.org/panelbridge/fhir/PlanDefinition/diabetes|1", "https://w3id.org/panelbridge/fhir/PlanDefinition/prediabetes|1"};
  gap.owner = "Practitioner/d";
  gap.due = *core::day_from("2023-10-28");
  gap.last = *core::day_from("2023-05-01");
  return gap;
}

json::Document task_of(const Gap& gap, const json::Document* stored = nullptr) {
  return task_from(gap, stored ? &stored->root() : nullptr, now, today, Language::english);
}

BOOST_AUTO_TEST_SUITE(care_task)

BOOST_AUTO_TEST_CASE(the_same_gap_makes_the_same_task) {
  const json::Document first = task_of(a1c()), second = task_of(a1c(), &first);
  BOOST_TEST(json::write(first.root()) == json::write(second.root()));
  BOOST_TEST(first.root().text("id") == task_id_from("p|a1c|2023-05-01"));
}

BOOST_AUTO_TEST_CASE(every_programme_that_asks_is_an_input) {
  const json::Document task = task_of(a1c());
  BOOST_REQUIRE(task.root()["input"].size() == 2);
  BOOST_TEST(task.root()["input"][1].text("valueCanonical") == "https://w3id.org/panelbridge/fhir/PlanDefinition/prediabetes|1");
  BOOST_TEST(task.root()["restriction"]["period"].text("end") == "2023-10-28");
  BOOST_TEST(task.root()["businessStatus"]["coding"][0].text("code") == "overdue");
  BOOST_TEST(task.root().text("intent") == "proposal");
}

BOOST_AUTO_TEST_CASE(evidence_completes_it_and_its_withdrawal_opens_it_again) {
  const json::Document open = task_of(a1c());
  const json::Document done = closed_from(open.root(), GapStatus::satisfied, {"Observation/o"}, today, "", now, Language::english);
  BOOST_TEST(done.root().text("status") == "completed");
  BOOST_TEST(done.root()["output"][0]["valueReference"].text("reference") == "Observation/o");
  const json::Document again = task_of(a1c(), &done);
  BOOST_TEST(again.root().text("status") == "requested");
  BOOST_TEST(!again.root().find("output"));
}

BOOST_AUTO_TEST_CASE(a_decided_status_stays_while_the_gap_stands) {
  json::Document accepted = task_of(a1c());
  accepted.set(accepted.root(), "status", accepted.string("accepted"));
  BOOST_TEST(task_of(a1c(), &accepted).root().text("status") == "accepted");
}

BOOST_AUTO_TEST_CASE(a_deferred_gap_comes_back_on_its_day) {
  json::Document deferred = task_of(a1c());
  deferred.set(deferred.root(), "status", deferred.string("on-hold"));
  json::Value until = deferred.object();
  deferred.set(until, "url", deferred.string("https://w3id.org/panelbridge/fhir/StructureDefinition/decided-until"));
  deferred.set(until, "valueDate", deferred.string("2024-06-02"));
  deferred.push(*deferred.find(deferred.root(), "extension"), until);
  BOOST_TEST(task_of(a1c(), &deferred).root().text("status") == "on-hold");
  BOOST_TEST(task_from(a1c(), &deferred.root(), now, today + 1, Language::english).root().text("status") == "requested");
}

BOOST_AUTO_TEST_CASE(what_a_client_added_is_kept) {
  json::Document noted = task_of(a1c());
  json::Value notes = noted.array(), note = noted.object();
  noted.set(note, "text", noted.string("phoned twice"));
  noted.push(notes, note);
  noted.set(noted.root(), "note", notes);
  BOOST_TEST(task_of(a1c(), &noted).root()["note"][0].text("text") == "phoned twice");
}

BOOST_AUTO_TEST_CASE(rank_depends_on_its_own_facts_only) {
  Gap routine = a1c(), urgent = a1c();
  urgent.tier = 2;
  BOOST_TEST(rank_of(urgent) < rank_of(routine));
  BOOST_TEST(task_of(routine).root()["extension"][0].text("valueInteger") == std::to_string(rank_of(routine)));
}

BOOST_AUTO_TEST_CASE(it_says_in_words_what_is_missing_since_when_and_what_closes_it) {
  const std::string words = describe(a1c(), Language::english);
  for (const char* part : {"HbA1c", "overdue", "2023-10-28", "2023-05-01", "closes it"}) BOOST_TEST(words.find(part) != std::string::npos, part);
  BOOST_TEST(describe(a1c(), Language::dutch).find("te laat") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
