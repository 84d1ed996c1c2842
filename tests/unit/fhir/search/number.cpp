#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_number)

BOOST_AUTO_TEST_CASE(numbers_with_every_prefix) {
  World world{
      R"({"resourceType":"RiskAssessment","id":"low","prediction":[{"probabilityDecimal":0.1}]})",
      R"({"resourceType":"RiskAssessment","id":"mid","prediction":[{"probabilityDecimal":0.5}]})",
      R"({"resourceType":"RiskAssessment","id":"range","prediction":[{"probabilityRange":{"low":{"value":0.4},"high":{"value":0.9}}}]})",
      R"({"resourceType":"RiskAssessment","id":"none"})"};
  BOOST_TEST(world.find("RiskAssessment", "probability=0.5") == "mid");
  BOOST_TEST(world.find("RiskAssessment", "probability=0.50") == "mid");
  BOOST_TEST(world.find("RiskAssessment", "probability=ne0.5") == "low range");
  BOOST_TEST(world.find("RiskAssessment", "probability=gt0.5") == "range");
  BOOST_TEST(world.find("RiskAssessment", "probability=ge0.5") == "mid range");
  BOOST_TEST(world.find("RiskAssessment", "probability=lt0.5") == "low range");
  BOOST_TEST(world.find("RiskAssessment", "probability=le0.1") == "low");
  BOOST_TEST(world.find("RiskAssessment", "probability=sa0.3") == "mid range");
  BOOST_TEST(world.find("RiskAssessment", "probability=eb0.95") == "low mid range");
  BOOST_TEST(world.find("RiskAssessment", "probability=ap0.11") == "low");
  BOOST_TEST(world.find("RiskAssessment", "probability:missing=true") == "none");
  BOOST_TEST(is_error(world.find("RiskAssessment", "probability=half"), "probability: "));
  BOOST_TEST(is_error(world.find("RiskAssessment", "probability:below=1"), "probability:below: "));
}

BOOST_AUTO_TEST_CASE(a_task_of_the_house_is_ranked_by_number) {
  World world{
      R"({"resourceType":"Task","id":"a","extension":[{"url":"https://w3id.org/panelbridge/fhir/StructureDefinition/rank","valueInteger":9}]})",
      R"({"resourceType":"Task","id":"b","extension":[{"url":"https://w3id.org/panelbridge/fhir/StructureDefinition/rank","valueInteger":10}],"restriction":{"period":{"end":"2024-02-03"}}})"};
  if (!index().supports("Task", "rank")) {
    BOOST_TEST_MESSAGE("the house's search parameters are not there yet");
    return;
  }
  BOOST_TEST(world.find("Task", "rank=lt10") == "a");
  BOOST_TEST(world.find("Task", "due=lt2024-03-01") == "b");
}

BOOST_AUTO_TEST_SUITE_END()
