#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_uri)

BOOST_AUTO_TEST_CASE(uris_are_compared_whole_below_and_above) {
  World world{R"({"resourceType":"ValueSet","id":"a","url":"http://acme.org/fhir/ValueSet/1"})",
              R"({"resourceType":"ValueSet","id":"b","url":"http://acme.org/fhir/ValueSet/1/x"})",
              R"({"resourceType":"ValueSet","id":"c","url":"urn:oid:1.2.3"})",
              R"({"resourceType":"ValueSet","id":"d"})"};
  BOOST_TEST(world.find("ValueSet", "url=http://acme.org/fhir/ValueSet/1") == "a");
  BOOST_TEST(world.find("ValueSet", "url=http://ACME.org/fhir/ValueSet/1") == "");
  BOOST_TEST(world.find("ValueSet", "url=urn:oid:1.2.3") == "c");
  BOOST_TEST(world.find("ValueSet", "url:below=http://acme.org/fhir/") == "a b");
  BOOST_TEST(world.find("ValueSet", "url:above=http://acme.org/fhir/ValueSet/1/x/y") == "a b");
  BOOST_TEST(world.find("ValueSet", "url:missing=true") == "d");
  BOOST_TEST(is_error(world.find("ValueSet", "url:contains=acme"), "url:contains: "));
}

BOOST_AUTO_TEST_SUITE_END()
