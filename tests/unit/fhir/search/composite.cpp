#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_composite)

namespace {
constexpr std::string_view pressure =
    R"({"resourceType":"Observation","id":"bp","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},
 "component":[
  {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":150,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
  {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":90,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]})";
}

BOOST_AUTO_TEST_CASE(the_values_of_one_component_belong_together) {
  World world{pressure};
  BOOST_TEST(world.find("Observation", "component-code-value-quantity=8480-6$gt140") == "bp");
  BOOST_TEST(world.find("Observation", "component-code-value-quantity=8462-4$gt140") == "");
  BOOST_TEST(
      world.find(
          "Observation",
          "component-code-value-quantity=http://loinc.org%7C8462-4$90%7Chttp://unitsofmeasure.org%7Cmm%5BHg%5D") ==
      "bp");
  BOOST_TEST(world.find("Observation", "component-code-value-quantity=8462-4$gt140,8480-6$gt140") == "bp");
  BOOST_TEST(world.find("Observation", "code-value-quantity=85354-9$gt140") == "");
}

BOOST_AUTO_TEST_CASE(combo_looks_at_the_observation_and_its_components) {
  World world{
      pressure,
      R"({"resourceType":"Observation","id":"w","code":{"coding":[{"code":"29463-7"}]},"valueQuantity":{"value":80,"code":"kg","system":"http://unitsofmeasure.org"}})"};
  BOOST_TEST(world.find("Observation", "combo-code-value-quantity=29463-7$gt70") == "w");
  BOOST_TEST(world.find("Observation", "combo-code-value-quantity=8480-6$lt160") == "bp");
  BOOST_TEST(world.find("Observation", "code-value-quantity:missing=true") == "bp");
}

BOOST_AUTO_TEST_CASE(concepts_dates_and_strings_in_pairs) {
  World world{
      R"({"resourceType":"Observation","id":"c","code":{"coding":[{"code":"smoke"}]},"valueCodeableConcept":{"coding":[{"code":"never"}]}})",
      R"({"resourceType":"Observation","id":"d","code":{"coding":[{"code":"when"}]},"valueDateTime":"2020-02-01"})",
      R"({"resourceType":"Observation","id":"s","code":{"coding":[{"code":"says"}]},"valueString":"Fijn, dank u"})"};
  BOOST_TEST(world.find("Observation", "code-value-concept=smoke$never") == "c");
  BOOST_TEST(world.find("Observation", "code-value-date=when$ge2020") == "d");
  BOOST_TEST(world.find("Observation", "code-value-date=when$lt2020") == "");
  BOOST_TEST(world.find("Observation", "code-value-string=says$fijn%5C,") == "s");
}

BOOST_AUTO_TEST_CASE(components_may_look_at_the_whole_resource) {
  World world{
      R"({"resourceType":"MolecularSequence","id":"m","referenceSeq":{"chromosome":{"coding":[{"code":"7"}]}},"variant":[{"start":100,"end":101},{"start":200,"end":201}]})"};
  BOOST_TEST(world.find("MolecularSequence", "chromosome-variant-coordinate=7$lt150$gt90") == "m");
  BOOST_TEST(world.find("MolecularSequence", "chromosome-variant-coordinate=7$150$150") == "");
}

BOOST_AUTO_TEST_CASE(parts_swapped_in_r4_work_as_meant) {
  World world{
      R"({"resourceType":"DocumentReference","id":"d","relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/1"}}]})"};
  BOOST_TEST(world.find("DocumentReference", "relationship=replaces$DocumentReference/1") == "d");
  BOOST_TEST(world.find("DocumentReference", "relationship=appends$DocumentReference/1") == "");
}

BOOST_AUTO_TEST_CASE(a_part_too_few_or_empty_is_refused) {
  World world;
  for (const char* value : {"a", "a$", "$1", "a$1$2", "a$x"})
    BOOST_TEST(
        is_error(world.find("Observation", std::string("code-value-quantity=") + value), "code-value-quantity: "),
        value);
}

BOOST_AUTO_TEST_SUITE_END()
