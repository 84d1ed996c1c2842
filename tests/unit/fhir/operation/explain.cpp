// $explain for a stored Task and for any item of a person on any day: the same text as in the Task, and what was looked for.
#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/care/house.hpp"

namespace {

using fhir::care::test::House;
namespace json = fhir::json;

std::string part(const json::Document& told, std::string_view name) {
  for (const json::Value& each : told.root()["parameter"].elements())
    if (each.text("name") == name)
      for (const json::Member& member : each.members())
        if (member.name.starts_with("value")) return std::string(member.value.is_object() ? member.value.text("reference") : member.value.text());
  return {};
}

void person(House& house) {
  house.write("PUT", "/Patient/p", R"({"resourceType":"Patient","id":"p","birthDate":"1960-05-05","gender":"male"})");
  house.write("PUT", "/Condition/dm", R"({"resourceType":"Condition","id":"dm","subject":{"reference":"Patient/p"},"clinicalStatus":{"coding":[{"code":"active",
    "system":"http://terminology.hl7.org/CodeSystem/condition-clinical"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}]},"onsetDateTime":"2015-01-01"})");
  house.write("PUT", "/Observation/o", R"({"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-11-01",
    "code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"valueQuantity":{"value":6.4,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}})");
}

BOOST_AUTO_TEST_SUITE(operation_explain)

BOOST_AUTO_TEST_CASE(an_item_without_a_task_is_explained_as_well_as_one_with) {
  House house;
  person(house);
  const json::Document satisfied = house.read("/Patient/p/$explain?item=dm-a1c");
  BOOST_TEST(part(satisfied, "decision") == "satisfied");
  BOOST_TEST(part(satisfied, "task") == "");  // nothing is stored for it
  BOOST_TEST(part(satisfied, "used") == "Observation/o");
  BOOST_TEST(part(satisfied, "rule").find("/diabetes|") != std::string::npos);
  const json::Document open = house.read("/Patient/p/$explain?item=dm-foot");
  BOOST_TEST(part(open, "decision") == "overdue");
  BOOST_TEST(part(open, "missing") == "FOOT");
  const std::string task = part(open, "task");
  BOOST_REQUIRE(task.starts_with("Task/"));
  BOOST_TEST(part(open, "text").starts_with(house.read("/" + task).root().text("description")));
  BOOST_TEST(part(open, "text") == part(house.read("/" + task + "/$explain"), "text"));
}

BOOST_AUTO_TEST_CASE(any_day_and_what_does_not_apply) {
  House house;
  person(house);
  BOOST_TEST(part(house.read("/Patient/p/$explain?item=dm-a1c&asOf=2026-10-31"), "decision") == "overdue");
  BOOST_TEST(part(house.read("/Patient/p/$explain?item=dm-a1c&asOf=2027-06-15"), "decision") == "overdue");
  const json::Document other = house.read("/Patient/p/$explain?item=pr-first");
  BOOST_TEST(part(other, "decision") == "not-applicable");
  BOOST_TEST(part(other, "text").find("does not belong to") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_asked_in_common_may_be_named_by_its_house_code) {
  House house;
  person(house);
  BOOST_TEST(part(house.read("/Patient/p/$explain?item=a1c"), "item") == "dm-a1c");
}

BOOST_AUTO_TEST_CASE(a_wrong_question_is_answered_with_what_is_wrong) {
  House house;
  person(house);
  BOOST_TEST(house.call("GET", "/Patient/p/$explain").status == 400);
  BOOST_TEST(house.call("GET", "/Patient/p/$explain?item=horoscope").status == 404);
  BOOST_TEST(house.call("GET", "/Patient/nobody/$explain?item=dm-a1c").status == 404);
  BOOST_TEST(house.call("GET", "/Patient/p/$explain?item=dm-a1c&asOf=soon").status == 400);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
