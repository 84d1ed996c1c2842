// Group/[id]/$evaluate on a small panel, with every number counted by hand; and the same panel a period earlier.
#include <boost/test/unit_test.hpp>

#include "fhir/care/elements.hpp"
#include "fhir/care/panels.hpp"
#include "tests/unit/fhir/care/house.hpp"

namespace {

using fhir::care::test::House;
namespace json = fhir::json;
namespace care = fhir::care;

const std::string own = "https://w3id.org/panelbridge/fhir/";

void go_to(House& house, const char* day) { house.pass_to(*core::day_from(day)); }

void put(House& house, const std::string& type, const std::string& id, const std::string& rest) {
  house.write("PUT", "/" + type + "/" + id, R"({"resourceType":")" + type + R"(","id":")" + id + "\"," + rest + "}");
}

std::string about(const std::string& person) { return R"("subject":{"reference":"Patient/)" + person + R"("})"; }

void person(House& house, const std::string& id, const std::string& gender, const std::string& birth) {
  put(house, "Patient", id, R"("gender":")" + gender + R"(","birthDate":")" + birth + R"(","generalPractitioner":[{"reference":"Practitioner/vos"}])");
  put(house, "Condition", "dm-" + id, about(id) + R"(,"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
    "code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}]},"onsetDateTime":"2015-01-01")");
}

void a1c(House& house, const std::string& id) {
  put(house, "Observation", "a1c-" + id, about(id) + R"(,"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"effectiveDateTime":")" +
                                             core::text(house.clock.day) + R"(","valueQuantity":{"value":6.4,"unit":"%","system":"http://unitsofmeasure.org","code":"%"})");
}

std::string task_of(House& house, const std::string& id) {
  const json::Document found = house.read("/Task?patient=Patient/" + id + "&code=" + own + "CodeSystem/item%7Ca1c");
  BOOST_REQUIRE(found.root()["entry"].size() == 1u);
  return std::string(found.root()["entry"][0]["resource"].text("id"));
}

void contact(House& house, const std::string& id, const std::string& person, const std::string& outreach, bool reached) {
  put(house, "Communication", id, about(person) + R"(,"status":")" + (reached ? "completed" : "not-done") + R"(","basedOn":[{"reference":"Task/)" + outreach +
                                      R"("}],"medium":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationMode","code":"PHONE"}]}],"sent":")" +
                                      core::text(house.clock.day) + R"(T10:00:00Z")");
}

// Two people with diabetes. In the second quarter one gap is closed; in the third the other one, after a decision and two calls, and more happens.
void two_quarters(House& house) {
  house.desk().surveys = {"urn:survey|nps", "https://example.org/Questionnaire/experience"};
  person(house, "anna", "female", "1960-05-05");
  person(house, "bram", "male", "1990-01-01");
  go_to(house, "2026-04-10");
  a1c(house, "anna");
  go_to(house, "2026-07-11");
  house.write("POST", "/Task/" + task_of(house, "bram") + "/$decide", R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":"approve"},
    {"name":"by","valueReference":{"reference":"Practitioner/vos"}}]})");
  const json::Document outreach = house.read("/Task?part-of=Task/" + task_of(house, "bram"));
  const std::string call(outreach.root()["entry"][0]["resource"].text("id"));
  go_to(house, "2026-07-12");
  contact(house, "c1", "bram", call, false);
  go_to(house, "2026-07-13");
  contact(house, "c2", "bram", call, true);
  go_to(house, "2026-07-20");
  a1c(house, "bram");
  go_to(house, "2026-08-01");
  house.write("POST", "/Patient/anna/$overrule", R"({"resourceType":"Parameters","parameter":[{"name":"tier","valueCode":"high"},
    {"name":"by","valueReference":{"reference":"Practitioner/vos"}},{"name":"reason","valueString":"lives alone"}]})");
  const auto visit = [&](const std::string& id, const std::string& klass, const std::string& from, const std::string& to) {
    put(house, "Encounter", id, about("bram") + R"(,"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":")" + klass +
                                    R"("},"period":{"start":")" + from + R"(","end":")" + to + R"("})");
  };
  go_to(house, "2026-08-10");
  visit("e1", "EMER", "2026-08-02", "2026-08-02");
  visit("e2", "IMP", "2026-08-05", "2026-08-09");
  visit("e3", "AMB", "2026-03-15", "2026-03-15");  // before both quarters
  put(house, "ExplanationOfBenefit", "eob", R"("status":"active","use":"claim","type":{"text":"stay"},"patient":{"reference":"Patient/bram"},"created":"2026-08-10","insurer":{"display":"I"},
    "provider":{"display":"H"},"outcome":"complete","insurance":[{"focal":true,"coverage":{"display":"C"}}],"billablePeriod":{"start":"2026-08-05"},"payment":{"amount":{"value":1000,"currency":"EUR"}})");
  put(house, "ChargeItem", "charge", about("anna") + R"(,"status":"billed","code":{"text":"call"},"occurrenceDateTime":"2026-08-06","priceOverride":{"value":50,"currency":"EUR"})");
  put(house, "Observation", "nps", about("anna") + R"(,"status":"final","code":{"coding":[{"system":"urn:survey","code":"nps"}]},"effectiveDateTime":"2026-08-10","valueInteger":8)");
  put(house, "Observation", "other", about("anna") + R"(,"status":"final","code":{"coding":[{"system":"urn:survey","code":"other"}]},"effectiveDateTime":"2026-08-10","valueInteger":1)");
  put(house, "QuestionnaireResponse", "qr", about("bram") + R"(,"status":"completed","questionnaire":"https://example.org/Questionnaire/experience|1","authored":"2026-08-10",
    "item":[{"linkId":"1","answer":[{"valueInteger":5}]},{"linkId":"2","item":[{"linkId":"2.1","answer":[{"valueInteger":2}]}]}])");
  go_to(house, "2026-10-01");
}

json::Document report_of(House& house, const std::string& query) {
  return house.read("/Group/" + care::panel_id("diabetes", "Practitioner/vos") + "/$evaluate?periodStart=2026-07-01&periodEnd=2026-09-29" + query);
}

const json::Value& group(const json::Document& report, std::string_view figure) {
  for (const json::Value& each : report.root()["group"].elements())
    if (each["code"]["coding"][1].text("code") == figure) return each;
  BOOST_FAIL("there is no figure " << figure);
  throw std::runtime_error("unreachable");
}

std::string count(const json::Value& group, std::string_view which) {
  for (const json::Value& each : group["population"].elements())
    if (each["code"]["coding"][0].text("code") == which) return std::string(each.text("count"));
  return "none";
}

double score(const json::Value& element) {
  const std::string text(element["measureScore"].text("value"));
  return text.empty() ? -1 : std::stod(text);
}

double earlier(const json::Value& group) {
  const json::Value* found = care::extension(group, own + "StructureDefinition/earlier-score");
  return found ? std::stod(std::string((*found)["valueQuantity"].text("value"))) : -1;
}

double stratum(const json::Value& group, std::string_view stratifier, std::string_view code) {
  for (const json::Value& each : group["stratifier"].elements())
    if (each["code"][0].text("text") == stratifier)
      for (const json::Value& one : each["stratum"].elements())
        if (one["value"].text("text") == code) return score(one);
  return -2;
}

BOOST_AUTO_TEST_SUITE(operation_evaluate)

BOOST_AUTO_TEST_CASE(every_figure_is_what_one_counts_by_hand_and_stands_beside_the_period_before) {
  House house;
  house.clock.day = *core::day_from("2026-03-01");
  two_quarters(house);
  const json::Document report = report_of(house, "");
  const auto near = boost::test_tools::tolerance(0.001);
  const auto is = [&](std::string_view figure, const std::string& numerator, const std::string& denominator) {
    BOOST_TEST(count(group(report, figure), "numerator") == numerator, figure);
    BOOST_TEST(count(group(report, figure), "denominator") == denominator, figure);
  };
  const double months = 2 * 91 / 30.4375;  // two people, the whole of 91 days

  is("members", "2", "2");
  // Effect: one gap closed by evidence in each quarter.
  is("gaps-closed", "1", "6");
  BOOST_TEST(score(group(report, "gaps-closed")) == 100 / months, near);
  BOOST_TEST(earlier(group(report, "gaps-closed")) == 100 / months, near);
  BOOST_TEST(stratum(group(report, "gaps-closed"), "sex", "male") == 200 / months, near);
  BOOST_TEST(stratum(group(report, "gaps-closed"), "sex", "female") == 0);
  BOOST_TEST(stratum(group(report, "gaps-closed"), "age", "65-74") == 0);
  BOOST_TEST(stratum(group(report, "gaps-closed"), "age", "18-39") == 200 / months, near);
  // Targets on the last day: both have an HbA1c of 6.4 % within a year.
  BOOST_TEST(score(group(report, "targets-met")) > 0);
  BOOST_TEST(score(group(report, "recommendations-met")) > earlier(group(report, "recommendations-met")));
  // Process: decided 132 days after it was opened on 1 March, closed after 141; the quarter before closed one after 40.
  is("days-to-decision", "132", "1");
  is("days-to-close", "141", "1");
  BOOST_TEST(earlier(group(report, "days-to-close")) == 40, near);
  BOOST_TEST(earlier(group(report, "days-to-decision")) == -1);  // nobody decided anything then: no score to compare with
  is("contacts-PHONE", "2", "6");
  is("reached", "1", "2");
  is("declined", "0", "1");
  is("overrules", "1", "6");
  // Cost.
  is("contacts", "2", "6");
  is("emergency-visits", "1", "6");
  is("stays", "1", "6");
  is("stay-days", "4", "6");
  is("ambulatory-visits", "0", "6");
  is("costs", "1050", "6");
  BOOST_TEST(earlier(group(report, "stays")) == 0);
  // Experience: the surveys that were named, and no others.
  is("score-nps", "8", "1");
  is("score-experience", "7", "1");
  is("surveyed", "2", "2");
  BOOST_TEST(json::write(report.root()).find("score-other") == std::string::npos);
  BOOST_TEST(json::write(report.root()).find("work-over-capacity") == std::string::npos);  // nobody said what there was
}

BOOST_AUTO_TEST_CASE(work_is_compared_with_the_minutes_there_were) {
  House house;
  house.clock.day = *core::day_from("2026-03-01");
  two_quarters(house);
  int minutes = 0;  // of every gap Task that was there in the quarter: all but the one that was closed in April
  const json::Document tasks = house.read("/Task?_count=200&intent=proposal");
  for (const json::Value& entry : tasks.root()["entry"].elements()) {
    const json::Value& task = entry["resource"];
    const json::Value* effort = care::extension(task, own + "StructureDefinition/effort-minutes");
    const bool over = task.text("status") == "completed" || task.text("status") == "cancelled";
    if (!effort || task.text("authoredOn").substr(0, 10) > "2026-09-29" || (over && task["meta"].text("lastUpdated") < "2026-07-01")) continue;
    minutes += std::stoi(std::string(effort->text("valueInteger")));
  }
  BOOST_TEST(minutes > 0);
  const json::Document report = report_of(house, "&minutes=180");
  BOOST_TEST(count(group(report, "work-over-capacity"), "numerator") == std::to_string(minutes));
  BOOST_TEST(count(group(report, "work-over-capacity"), "denominator") == "180");
  BOOST_TEST(house.call("GET", "/Group/" + care::panel_id("diabetes", "Practitioner/vos") + "/$evaluate?periodStart=2026-07-01&periodEnd=2026-09-29&minutes=few").status == 400);
}

BOOST_AUTO_TEST_CASE(a_panel_that_is_new_has_nothing_to_be_compared_with) {
  House house;
  person(house, "anna", "female", "1960-05-05");
  house.pass_to(house.clock.day + 1);
  const json::Document report = house.read("/Group/" + care::panel_id("diabetes", "Practitioner/vos") + "/$evaluate?periodStart=2026-11-24&periodEnd=2026-11-25");
  BOOST_TEST(!care::extension(report.root(), own + "StructureDefinition/earlier-period"));
  BOOST_TEST(earlier(group(report, "gaps-closed")) == -1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
