// Programmes that clients store: checked, live, changed, retired.
#include "fhir/care/live_programmes.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/care/house.hpp"

namespace {

using fhir::care::test::House;
using fhir::care::test::must;
using fhir::care::test::shelf;
namespace care = fhir::care;
namespace json = fhir::json;

const std::string house_url = "https://w3id.org/panelbridge/fhir/";

std::string programme(const std::string& version, const std::string& status = "active", const std::string& cohort = "age() >= 18", const std::string& more = {}) {
  return R"({"resourceType":"PlanDefinition","id":"vitamin","url":"https://example.org/vitamin","version":")" + version + R"(","title":"Vitamin D","status":")" + status +
         R"(","meta":{"profile":[")" + house_url + R"(StructureDefinition/programme"]},"extension":[{"url":")" + house_url +
         R"(StructureDefinition/cohort","valueExpression":{"language":"text/fhirpath","expression":")" + cohort + "\"}}" + more +
         R"(],"action":[{"id":"vit-look","title":"Look at vitamin D","code":[{"coding":[{"system":")" + house_url +
         R"(CodeSystem/item","code":"vitamin-d"}]}],"extension":[{"url":")" + house_url +
         R"(StructureDefinition/item-rule","extension":[{"url":"name","valueCode":"met"},{"url":"value","valueExpression":{"language":"text/fhirpath","expression":"false"}}]}]}]})";
}

// What the ticker does when stored programmes changed.
void take_up(House& house) {
  const auto shipped = must(care::resources_in(PANELBRIDGE_SOURCE "/profiles/programmes"));
  const auto snapshot = must(house.store->snapshot());
  const auto stored = must(care::stored_programmes(*snapshot));
  std::vector<std::string> faults;
  auto plan = must(care::live_plan(shipped, stored, {care::risk_codes(*shelf().risk)}, faults));
  BOOST_TEST(faults.empty());
  must(house.surveillance->replan(std::make_shared<const core::gap::Plan>(std::move(plan))));
  house.sweep();
}

std::string status_of_task(House& house, const std::string& patient) {
  const json::Document found = house.read("/Task?patient=Patient/" + patient + "&code=" + house_url + "CodeSystem/item%7Cvitamin-d");
  const json::Value& entries = found.root()["entry"];
  return entries.size() == 0 ? "none" : std::string(entries[0]["resource"].text("status")) + " " + std::string(entries[0]["resource"]["input"][0].text("valueCanonical"));
}

BOOST_AUTO_TEST_SUITE(care_live_programmes)

BOOST_AUTO_TEST_CASE(a_stored_programme_goes_live_changes_its_version_and_retires) {
  House house;
  house.write("PUT", "/Patient/p", R"({"resourceType":"Patient","id":"p","birthDate":"1970-01-01","gender":"male"})");
  BOOST_TEST(status_of_task(house, "p") == "none");
  house.write("PUT", "/PlanDefinition/vitamin", programme("1"));
  take_up(house);
  BOOST_TEST(status_of_task(house, "p") == "requested https://example.org/vitamin|1");
  house.write("PUT", "/PlanDefinition/vitamin", programme("2"));
  take_up(house);
  BOOST_TEST(status_of_task(house, "p") == "requested https://example.org/vitamin|2");
  house.write("PUT", "/PlanDefinition/vitamin", programme("2", "retired"));
  take_up(house);
  BOOST_TEST(status_of_task(house, "p") == "cancelled https://example.org/vitamin|2");  // and keeps its reason
}

BOOST_AUTO_TEST_CASE(a_ramp_lets_so_many_new_tasks_through_each_week) {
  House house;  // 2026-11-24 is a Tuesday
  for (const char* id : {"a", "b", "c"})
    house.write("PUT", std::string("/Patient/") + id, std::string(R"({"resourceType":"Patient","id":")") + id + R"(","birthDate":"1970-01-01","gender":"male",
      "generalPractitioner":[{"reference":"Practitioner/x"}]})");
  house.write("PUT", "/PlanDefinition/vitamin", programme("1", "active", "age() >= 18", R"(,{"url":")" + house_url + R"(StructureDefinition/ramp","valueInteger":1})"));
  take_up(house);
  const auto made = [&] {
    int count = 0;
    for (const char* id : {"a", "b", "c"}) count += status_of_task(house, id) != "none";
    return count;
  };
  BOOST_TEST(made() == 1);
  house.pass_to(house.clock.day + 1);
  BOOST_TEST(made() == 1);
  house.wake();  // a restart gives no more
  BOOST_TEST(made() <= 1);
}

// Nobody is in arrears for the time before a programme was in force, or before the installation answered for its people.
BOOST_AUTO_TEST_CASE(nothing_is_due_before_the_programme_was_in_force) {
  House house;
  house.write("PUT", "/Patient/p", R"({"resourceType":"Patient","id":"p","birthDate":"1940-01-01","gender":"male"})");
  const auto due = [&](core::Day covers_from, const std::string& own) {
    const std::string effective = own.empty() ? "" : R"("effectivePeriod":{"start":")" + own + "\"},";
    const std::string text = programme("1");
    const json::Document document = must(json::parse("{" + effective + text.substr(1)));
    std::vector<std::string> faults;
    std::vector<json::Document> stored;
    stored.emplace_back();
    stored.back().root() = stored.back().copy(document.root());
    auto plan = must(care::live_plan(must(care::resources_in(PANELBRIDGE_SOURCE "/profiles/programmes")), stored, {care::risk_codes(*shelf().risk)}, faults, covers_from));
    must(house.surveillance->replan(std::make_shared<const core::gap::Plan>(std::move(plan))));
    for (const auto& each : must(house.surveillance->gaps("Patient/p", house.clock.day)))
      if (each.gap.family == "vitamin-d") return core::text(each.gap.due) + " " + std::string(core::gap::code_of(each.gap.status));
    return std::string("none");
  };
  BOOST_TEST(due(core::population::no_day, "") == "1958-01-01 overdue");  // the eighteenth birthday of somebody nothing is known of
  BOOST_TEST(due(*core::day_from("2026-11-01"), "") == "2026-11-01 overdue");
  BOOST_TEST(due(*core::day_from("2026-11-24"), "") == "2026-11-24 open");
  BOOST_TEST(due(*core::day_from("2026-11-24"), "2020-01-01") == "2020-01-01 overdue");  // the programme says it itself
  BOOST_TEST(due(core::population::no_day, "2027-01-01") == "2027-01-01 satisfied");       // not in force yet
}

BOOST_AUTO_TEST_CASE(faults_are_named) {
  const auto check = [](const std::string& text) {
    const auto parsed = must(json::parse(text));
    fhir::validate::Issues issues;
    care::check_programme(*shelf().plan, parsed.root(), issues);
    std::string all;
    for (const auto& issue : issues) all += issue.expression + ": " + issue.text + "\n";
    return all;
  };
  BOOST_TEST(check(programme("1")) == "");
  BOOST_TEST(check(programme("1", "active", "open('NOWHERE')")).find("NOWHERE") != std::string::npos);
  BOOST_TEST(check(programme("1", "active", "age( >= 18")).find("cohort") != std::string::npos);
  BOOST_TEST(check(programme("1", "draft", "open('NOWHERE')")) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
