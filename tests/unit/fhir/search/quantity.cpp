#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_quantity)

namespace {
std::string observation(std::string_view id, std::string_view value, std::string_view code,
                        std::string_view more = "") {
  return R"({"resourceType":"Observation","id":")" + std::string(id) + R"(","valueQuantity":{"value":)" +
         std::string(value) + R"(,"system":"http://unitsofmeasure.org","unit":")" + std::string(code) +
         R"(","code":")" + std::string(code) + "\"" + std::string(more) + "}}";
}
constexpr std::string_view ucum = "%7Chttp://unitsofmeasure.org%7C";

World weights() {
  World world;
  world.add(observation("g", "1", "g"));
  world.add(observation("mg", "1000", "mg"));
  world.add(observation("kg", "0.001", "kg"));
  world.add(observation("less", "5", "g", R"(,"comparator":"<")"));
  world.add(R"({"resourceType":"Observation","id":"plain","valueQuantity":{"value":1,"unit":"g"}})");
  world.add(R"({"resourceType":"Observation","id":"none"})");
  return world;
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_number_alone_is_compared_whatever_the_unit) {
  World world = weights();
  BOOST_TEST(world.find("Observation", "value-quantity=1") == "g plain");
  BOOST_TEST(world.find("Observation", "value-quantity=1000") == "mg");
  BOOST_TEST(world.find("Observation", "value-quantity=gt999") == "mg");
  BOOST_TEST(world.find("Observation", "value-quantity:missing=true") == "none");
}

BOOST_AUTO_TEST_CASE(units_of_one_kind_are_compared_in_base_units) {
  World world = weights();
  BOOST_TEST(world.find("Observation", "value-quantity=1" + std::string(ucum) + "g") == "g mg kg");
  BOOST_TEST(world.find("Observation", "value-quantity=1000" + std::string(ucum) + "mg") == "g mg kg");
  BOOST_TEST(world.find("Observation", "value-quantity=ge1" + std::string(ucum) + "g") == "g mg kg less");
  BOOST_TEST(world.find("Observation", "value-quantity=sa1" + std::string(ucum) + "g") == "");
  BOOST_TEST(world.find("Observation", "value-quantity=sa999" + std::string(ucum) + "mg") == "g mg kg");
  BOOST_TEST(world.find("Observation", "value-quantity=1" + std::string(ucum) + "m") == "");
  BOOST_TEST(world.find("Observation", "value-quantity=ne1" + std::string(ucum) + "g") == "less");
}

BOOST_AUTO_TEST_CASE(a_unit_without_system_is_compared_as_written) {
  World world = weights();
  BOOST_TEST(world.find("Observation", "value-quantity=1%7C%7Cg") == "g plain");
  BOOST_TEST(world.find("Observation", "value-quantity=1000%7C%7Cg") == "");
}

BOOST_AUTO_TEST_CASE(a_comparator_makes_a_range) {
  World world = weights();
  BOOST_TEST(world.find("Observation", "value-quantity=lt5" + std::string(ucum) + "g") == "g mg kg less");
  BOOST_TEST(world.find("Observation", "value-quantity=5" + std::string(ucum) + "g") == "");
}

BOOST_AUTO_TEST_CASE(implicit_precision_and_approximation) {
  World world;
  world.add(observation("a", "5.35", "mmol/L"));
  world.add(observation("b", "5.44", "mmol/L"));
  world.add(observation("c", "5.45", "mmol/L"));
  world.add(observation("d", "5.9", "mmol/L"));
  BOOST_TEST(world.find("Observation", "value-quantity=5.4" + std::string(ucum) + "mmol/L") == "a b");
  BOOST_TEST(world.find("Observation", "value-quantity=5.44" + std::string(ucum) + "mmol/L") == "b");
  BOOST_TEST(world.find("Observation", "value-quantity=ap5.4" + std::string(ucum) + "mmol/L") == "a b c d");
  BOOST_TEST(world.find("Observation", "value-quantity=gt5.44" + std::string(ucum) + "mmol/L") == "c d");
}

BOOST_AUTO_TEST_CASE(equal_amounts_in_other_units_are_neither_more_nor_less) {
  for (int i = 1; i < 400; ++i) {
    World world;
    world.add(observation("x", std::to_string(i), "mg"));
    const std::string same = std::to_string(i) + "e-3" + std::string(ucum) + "g";
    BOOST_TEST(world.find("Observation", "value-quantity=gt" + same) == "", i);
    BOOST_TEST(world.find("Observation", "value-quantity=lt" + same) == "", i);
    BOOST_TEST(world.find("Observation", "value-quantity=ge" + same) == "x", i);
  }
}

BOOST_AUTO_TEST_CASE(money_ranges_ages_and_samples) {
  World world{
      R"({"resourceType":"Invoice","id":"i","totalNet":{"value":12.50,"currency":"EUR"}})",
      R"({"resourceType":"Condition","id":"age","onsetAge":{"value":52,"unit":"years","system":"http://unitsofmeasure.org","code":"a"}})",
      R"({"resourceType":"Condition","id":"range","onsetRange":{"low":{"value":50,"unit":"years","system":"http://unitsofmeasure.org","code":"a"},"high":{"value":60,"unit":"years","system":"http://unitsofmeasure.org","code":"a"}}})",
      R"({"resourceType":"Observation","id":"s","valueSampledData":{"origin":{"value":10,"unit":"mV"},"period":1,"factor":2,"dimensions":1,"data":"1 E 5 -1"}})"};
  BOOST_TEST(world.find("Invoice", "totalnet=12.50%7Curn:iso:std:iso:4217%7CEUR") == "i");
  BOOST_TEST(world.find("Invoice", "totalnet=12.50%7Curn:iso:std:iso:4217%7CUSD") == "");
  BOOST_TEST(world.find("Condition", "onset-age=gt51" + std::string(ucum) + "a") == "age range");
  BOOST_TEST(world.find("Condition", "onset-age=sa51" + std::string(ucum) + "a") == "age");
  BOOST_TEST(world.find("Condition", "onset-age=lt52") == "range");
  BOOST_TEST(world.find("Observation", "value-quantity=ge19") == "s");
  BOOST_TEST(world.find("Observation", "value-quantity=gt20") == "");
  BOOST_TEST(world.find("Observation", "value-quantity=lt9") == "s");
}

BOOST_AUTO_TEST_CASE(what_is_no_quantity_is_refused) {
  World world;
  for (const char* value : {"x", "1%7Cg", "1%7Ca%7Cb%7Cc", "xx1", "%7C%7Cg"})
    BOOST_TEST(is_error(world.find("Observation", std::string("value-quantity=") + value), "value-quantity: "), value);
  BOOST_TEST(is_error(world.find("Observation", "value-quantity:exact=1"), "value-quantity:exact: "));
}

BOOST_AUTO_TEST_SUITE_END()
