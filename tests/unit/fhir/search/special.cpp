#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_special)

BOOST_AUTO_TEST_CASE(near_finds_places_within_a_distance) {
  World world{R"({"resourceType":"Location","id":"utrecht","position":{"latitude":52.0907,"longitude":5.1214}})",
              R"({"resourceType":"Location","id":"amsterdam","position":{"latitude":52.3676,"longitude":4.9041}})",
              R"({"resourceType":"Location","id":"groningen","position":{"latitude":53.2194,"longitude":6.5665}})",
              R"({"resourceType":"Location","id":"nowhere"})"};
  const auto near = [&](std::string_view value) { return world.find("Location", "near=" + search::encode(value)); };
  BOOST_TEST(near("52.09|5.12|10|km") == "utrecht");
  BOOST_TEST(near("52.0907|5.1214|34|km") == "utrecht");  // it is 34.2 km from one to the other
  BOOST_TEST(near("52.0907|5.1214|35|km") == "utrecht amsterdam");
  BOOST_TEST(near("52.0907|5.1214|35") == "utrecht amsterdam");
  BOOST_TEST(near("52.0907|5.1214|35000|m") == "utrecht amsterdam");
  BOOST_TEST(near("52.0907|5.1214|22|[mi_i]") == "utrecht amsterdam");
  BOOST_TEST(near("52.0907|5.1214") == "utrecht amsterdam");
  BOOST_TEST(near("52.09|5.12|10|km,53.2|6.5|10|km") == "utrecht groningen");
  BOOST_TEST(world.find("Location", "near:missing=true") == "nowhere");
  for (const char* value : {"52", "a|b", "100|5", "52|200", "52|5|x", "52|5|-1", "52|5|1|kg", "52|5|1|km|x"})
    BOOST_TEST(is_error(near(value), "near: "), value);
}

BOOST_AUTO_TEST_SUITE_END()
