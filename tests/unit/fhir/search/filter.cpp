#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_filter)

namespace {
World people() {
  return World{
      R"({"resourceType":"Patient","id":"peter","name":[{"given":["Peter"],"family":"Pan"}],"gender":"male","birthDate":"2014-11-01"})",
      R"({"resourceType":"Patient","id":"petra","name":[{"given":["Petra"]}],"gender":"female","birthDate":"1950-01-01"})",
      R"({"resourceType":"Patient","id":"kim","gender":"other"})",
      R"({"resourceType":"Observation","id":"a","status":"final","subject":{"reference":"Patient/peter"},"code":{"coding":[{"system":"http://loinc.org","code":"1234-5"}]},"valueQuantity":{"value":7}})",
      R"({"resourceType":"Observation","id":"b","status":"preliminary","subject":{"reference":"Patient/petra"},"effectivePeriod":{"start":"2020-01-01","end":"2020-06-01"}})"};
}

std::string filter(World& world, std::string_view type, std::string_view text) {
  return world.find(type, "_filter=" + search::encode(text));
}
}  // namespace

BOOST_AUTO_TEST_CASE(comparisons_of_every_type) {
  World world = people();
  BOOST_TEST(filter(world, "Patient", "given eq \"peter\" and birthdate ge 2014-10-10") == "peter");
  BOOST_TEST(filter(world, "Patient", "given eq \"pet\"") == "");
  BOOST_TEST(filter(world, "Patient", "given sw pet") == "peter petra");
  BOOST_TEST(filter(world, "Patient", "given co \"etr\"") == "petra");
  BOOST_TEST(filter(world, "Patient", "given ne peter") == "petra");
  BOOST_TEST(filter(world, "Patient", "gender eq male") == "peter");
  BOOST_TEST(filter(world, "Patient", "gender ne male") == "petra kim");
  BOOST_TEST(filter(world, "Patient", "name pr false") == "kim");
  BOOST_TEST(filter(world, "Patient", "name pr true") == "peter petra");
  BOOST_TEST(filter(world, "Patient", "_id eq kim") == "kim");
  BOOST_TEST(filter(world, "Observation", "code eq http://loinc.org|1234-5") == "a");
  BOOST_TEST(filter(world, "Observation", "value-quantity gt 6") == "a");
  BOOST_TEST(filter(world, "Observation", "subject re Patient/petra") == "b");
  BOOST_TEST(filter(world, "Observation", "date po 2020-05") == "b");
  BOOST_TEST(filter(world, "Observation", "date eq 2020-05") == "");
}

BOOST_AUTO_TEST_CASE(and_or_and_not_from_left_to_right) {
  World world = people();
  BOOST_TEST(filter(world, "Patient", "gender eq male or gender eq female") == "peter petra");
  BOOST_TEST(filter(world, "Patient", "gender eq other or gender eq male and birthdate lt 2000") == "");
  BOOST_TEST(filter(world, "Patient", "gender eq other or (gender eq female and birthdate lt 2000)") == "petra kim");
  BOOST_TEST(filter(world, "Patient", "not (gender eq male)") == "petra kim");
  BOOST_TEST(filter(world, "Patient", "not (gender eq male or name pr false)") == "petra");
  BOOST_TEST(filter(world, "Patient", "((gender eq male))") == "peter");
}

BOOST_AUTO_TEST_CASE(paths_with_and_without_conditions) {
  World world = people();
  BOOST_TEST(filter(world, "Observation", "subject.name co \"etr\"") == "b");
  BOOST_TEST(filter(world, "Observation", "patient[gender eq male].birthdate ge 2000") == "a");
  BOOST_TEST(filter(world, "Observation", "patient[gender eq female].birthdate ge 2000") == "");
  BOOST_TEST(filter(world, "Observation",
                    "patient[gender eq male or name sw pet].birthdate lt 2000 and status eq preliminary") == "b");
}

BOOST_AUTO_TEST_CASE(it_stands_beside_other_parameters) {
  World world = people();
  BOOST_TEST(world.find("Patient", "name=pet&_filter=gender%20eq%20female") == "petra");
}

BOOST_AUTO_TEST_CASE(what_is_malformed_or_unknown_is_refused) {
  World world = people();
  for (const char* text : {"gender", "gender eq", "eq male", "gender is male", "gender eq male and", "(gender eq male",
                           "gender eq male)", "not gender eq male", "nosuch eq 1", "given eq \"pet", "given ew ter",
                           "subject[gender eq male", "gender[x eq y] eq z", "birthdate gt soon", "gender pr maybe",
                           "gender eq \"\"", "[]", "\"\" eq 1", "name eq male gender"})
    BOOST_TEST(is_error(filter(world, "Patient", text), "_filter: "), text);
  BOOST_TEST(is_error(filter(world, "Patient", std::string(10'000, '(')), "_filter: "));
  std::string many = "gender eq other";
  for (int i = 0; i < 200; ++i) many += " or gender eq male";
  BOOST_TEST(filter(world, "Patient", many) == "peter kim");
  for (int i = 0; i < 100'000; ++i) many += " or gender eq male";
  BOOST_TEST(is_error(filter(world, "Patient", many), "_filter: "));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_known_is_an_error_when_lenient_too_never_no_filter) {
  World world = people();
  for (const char* text : {"nosuch eq 1", "nosuch.name eq x", "subject.nosuch eq x", "nosuch[status eq final].name eq x",
                           "status eq final and nosuch.name eq x"})
    BOOST_TEST(is_error(world.find("Observation", "_filter=" + search::encode(text), context(search::Handling::lenient)), "_filter: "), text);
}

BOOST_AUTO_TEST_CASE(a_value_may_hold_brackets) {
  World world{R"({"resourceType":"Observation","id":"a","valueQuantity":{"value":120,"system":"http://unitsofmeasure.org","code":"mm[Hg]"},"subject":{"reference":"Patient/p"}})",
              R"({"resourceType":"Patient","id":"p","name":[{"family":"Berg"}],"identifier":[{"value":"x[1]"}]})"};
  BOOST_TEST(filter(world, "Observation", "value-quantity gt 110|http://unitsofmeasure.org|mm[Hg]") == "a");
  BOOST_TEST(filter(world, "Observation", "(value-quantity gt 110|http://unitsofmeasure.org|mm[Hg])") == "a");
  BOOST_TEST(filter(world, "Observation", "value-quantity gt 130|http://unitsofmeasure.org|mm[Hg] or subject re Patient/p") == "a");
  BOOST_TEST(filter(world, "Observation", "subject[identifier eq x[1]].name eq Berg") == "a");
  BOOST_TEST(filter(world, "Observation", "subject[identifier eq x[2]].name eq Berg") == "");
}

BOOST_AUTO_TEST_SUITE_END()
