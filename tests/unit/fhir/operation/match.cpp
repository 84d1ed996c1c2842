// Patient/$match and $apply, through the API.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "tests/unit/fhir/care/house.hpp"

namespace {

using fhir::care::test::House;
namespace json = fhir::json;

std::string patient(const std::string& id, const std::string& given, const std::string& family, const std::string& birth, const std::string& more = {}) {
  return R"({"resourceType":"Patient",)" + (id.empty() ? std::string() : R"("id":")" + id + "\",") + R"("gender":"female","birthDate":")" + birth +
         R"(","name":[{"family":")" + family + R"(","given":[")" + given + R"("]}],"address":[{"postalCode":"3511 AB","line":["Oudegracht 12"]}])" + more + "}";
}

json::Document ask(House& house, const std::string& who, const std::string& more = {}) {
  const auto response = house.call("POST", "/Patient/$match", R"({"resourceType":"Parameters","parameter":[{"name":"resource","resource":)" + who + "}" + more + "]}");
  BOOST_REQUIRE_MESSAGE(response.status == 200, (response.body ? *response.body : ""));
  return fhir::care::test::must(json::parse(*response.body));
}

std::string first(const json::Document& bundle) {
  const json::Value& entries = bundle.root()["entry"];
  if (entries.size() == 0) return "none";
  return std::string(entries[0]["resource"].text("id")) + " " + std::string(entries[0]["search"]["extension"][0].text("valueCode"));
}

void people(House& house) {
  house.write("PUT", "/Patient/anna", patient("anna", "Anna", "de Wit", "1960-05-05", R"(,"identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}])"));
  house.write("PUT", "/Patient/maria", patient("maria", "Maria", "de Wit", "1960-05-05"));
  house.write("PUT", "/Patient/other", patient("other", "Johanna", "Bakker", "1981-01-31"));
}

BOOST_AUTO_TEST_SUITE(operation_match)

// Each family name and each identifier is a search: a description with thousands of them is not thousands of searches.
BOOST_AUTO_TEST_CASE(a_description_with_thousands_of_names_is_answered_at_once) {
  House house;
  people(house);
  std::string names, identifiers;
  for (int i = 0; i < 20'000; ++i) {
    const std::string n = std::to_string(i);
    names += R"({"family":"Name)" + n + R"(","given":["Ana"]},)";
    identifiers += R"({"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"x)" + n + R"("},)";
  }
  const auto begun = std::chrono::steady_clock::now();
  ask(house, R"({"resourceType":"Patient","birthDate":"1960-05-05","name":[)" + names + R"({"family":"de Wit"}],"address":[{"postalCode":"3511 AB"}],"identifier":[)" +
                 identifiers + R"({"system":"http://other","value":"1"}]})");
  BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(20)));  // without a bound: minutes
}

BOOST_AUTO_TEST_CASE(the_likeliest_comes_first_with_its_grade_and_score) {
  House house;
  people(house);
  const json::Document found = ask(house, patient("", "Ana", "de Wit", "1960-05-05"));
  BOOST_TEST(first(found).starts_with("anna "));
  BOOST_TEST(found.root()["entry"][0]["search"].text("mode") == "match");
  BOOST_TEST(found.root()["entry"][0]["search"]["score"].is_number());
}

BOOST_AUTO_TEST_CASE(a_trusted_identifier_is_certain_whatever_the_name) {
  House house;
  people(house);
  const std::string bsn = R"(,"identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}])";
  BOOST_TEST(first(ask(house, patient("", "A", "Other", "1990-01-01", bsn), R"(,{"name":"onlyCertainMatches","valueBoolean":true})")) == "anna certain");
}

BOOST_AUTO_TEST_CASE(nobody_alike_is_an_empty_answer_and_count_cuts) {
  House house;
  people(house);
  BOOST_TEST(first(ask(house, patient("", "Xenia", "Quist", "1944-02-02"))) == "none");
  BOOST_TEST(ask(house, patient("", "Anna", "de Wit", "1960-05-05"), R"(,{"name":"count","valueInteger":1})").root()["entry"].size() == 1u);
  BOOST_TEST(house.call("POST", "/Patient/$match", R"({"resourceType":"Parameters"})").status == 400);
}

BOOST_AUTO_TEST_CASE(a_plan_is_applied_as_a_draft_care_plan_and_an_activity_as_its_kind) {
  House house;
  people(house);
  house.write("PUT", "/PlanDefinition/x", R"({"resourceType":"PlanDefinition","id":"x","url":"https://example.org/x","version":"2","status":"active","title":"X",
    "action":[{"id":"a","title":"Do A"},{"id":"b","title":"Do B"}]})");
  const json::Document plan = house.read("/PlanDefinition/x/$apply?subject=Patient/anna");
  BOOST_TEST(plan.root().text("resourceType") == "CarePlan");
  BOOST_TEST(plan.root().text("status") == "draft");
  BOOST_TEST(plan.root()["contained"][0]["action"].size() == 2u);
  BOOST_TEST(plan.root()["instantiatesCanonical"][0].text() == "https://example.org/x|2");
  house.write("PUT", "/ActivityDefinition/y", R"({"resourceType":"ActivityDefinition","id":"y","status":"active","kind":"ServiceRequest","code":{"text":"Y"}})");
  const json::Document request = house.read("/ActivityDefinition/y/$apply?subject=anna");
  BOOST_TEST(request.root().text("resourceType") == "ServiceRequest");
  BOOST_TEST(request.root()["subject"].text("reference") == "Patient/anna");
  BOOST_TEST(house.call("GET", "/PlanDefinition/x/$apply").status == 400);
  BOOST_TEST(house.call("GET", "/PlanDefinition/x/$apply?subject=Patient/nobody").status == 404);
}

BOOST_AUTO_TEST_CASE(codes_that_no_set_knows_are_listed) {
  House house;
  people(house);
  house.write("POST", "/Observation", R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://local","code":"ZZ9"}]},"subject":{"reference":"Patient/anna"}})");
  house.write("POST", "/Observation", R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"subject":{"reference":"Patient/anna"}})");
  const std::string all = json::write(house.read("/$unmapped-codes").root());
  BOOST_TEST(all.find("ZZ9") != std::string::npos);
  BOOST_TEST(all.find("4548-4") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
