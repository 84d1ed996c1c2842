#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_string)

namespace {
World people() {
  return World{
      R"({"resourceType":"Patient","id":"jan","name":[{"family":"de Vries","given":["Jan","Piet"]}],"address":[{"line":["Kerkstraat 1"],"city":"Gouda","postalCode":"2801 AB"}]})",
      R"({"resourceType":"Patient","id":"adan","name":[{"text":"Dr. Adán Pulido","family":"Pulido","given":["Adán"],"prefix":["Dr."]}]})",
      R"({"resourceType":"Patient","id":"none","gender":"female"})"};
}
}  // namespace

BOOST_AUTO_TEST_CASE(names_are_found_by_how_they_begin_whatever_case_and_accents) {
  World world = people();
  BOOST_TEST(world.find("Patient", "name=JA") == "jan");
  BOOST_TEST(world.find("Patient", "name=adan") == "adan");
  BOOST_TEST(world.find("Patient", "name=AD%C3%81N") == "adan");
  BOOST_TEST(world.find("Patient", "name=dr.+ad") == "adan");
  BOOST_TEST(world.find("Patient", "name=vries") == "");
  BOOST_TEST(world.find("Patient", "family=de+v") == "jan");
  BOOST_TEST(world.find("Patient", "family=de%20%20%20v") == "jan");
  BOOST_TEST(world.find("Patient", "given=piet") == "jan");
  BOOST_TEST(world.find("Patient", "name=jan,adan") == "jan adan");
  BOOST_TEST(world.find("Patient", "given=jan&given=piet") == "jan");
  BOOST_TEST(world.find("Patient", "given=jan&family=pulido") == "");
}

BOOST_AUTO_TEST_CASE(a_whole_name_or_address_is_found) {
  World world = people();
  BOOST_TEST(world.find("Patient", "name=Jan+Piet+de+Vries") == "jan");
  BOOST_TEST(world.find("Patient", "name=Adan+Pulido") == "adan");
  BOOST_TEST(world.find("Patient", "address=kerkstraat+1+2801+ab+gouda") == "jan");
  BOOST_TEST(world.find("Patient", "address=gouda") == "jan");
  BOOST_TEST(world.find("Patient", "address-city=Gou") == "jan");
}

BOOST_AUTO_TEST_CASE(exact_means_every_letter) {
  World world = people();
  BOOST_TEST(world.find("Patient", "given:exact=Jan") == "jan");
  BOOST_TEST(world.find("Patient", "given:exact=jan") == "");
  BOOST_TEST(world.find("Patient", "given:exact=Ja") == "");
  BOOST_TEST(world.find("Patient", "given:exact=Adan") == "");
  BOOST_TEST(world.find("Patient", "given:exact=Ad%C3%A1n") == "adan");
}

BOOST_AUTO_TEST_CASE(contains_means_anywhere) {
  World world = people();
  BOOST_TEST(world.find("Patient", "family:contains=RI") == "jan");
  BOOST_TEST(world.find("Patient", "family:contains=id") == "adan");
  BOOST_TEST(world.find("Patient", "family:contains=x") == "");
}

BOOST_AUTO_TEST_CASE(missing_tells_who_has_none) {
  World world = people();
  BOOST_TEST(world.find("Patient", "name:missing=true") == "none");
  BOOST_TEST(world.find("Patient", "name:missing=false") == "jan adan");
  BOOST_TEST(is_error(world.find("Patient", "name:missing=maybe"), "name:missing: "));
}

BOOST_AUTO_TEST_CASE(commas_in_a_value_are_escaped) {
  World world{R"({"resourceType":"Organization","id":"a","name":"Care, Inc"})",
              R"({"resourceType":"Organization","id":"b","name":"Inc"})"};
  BOOST_TEST(world.find("Organization", "name=Care%5C,%20Inc") == "a");
  BOOST_TEST(world.find("Organization", "name=Nothing,%20Inc") == "b");
}

BOOST_AUTO_TEST_CASE(modifiers_of_other_types_are_refused) {
  World world = people();
  for (const char* modifier : {"not", "text", "in", "below", "above", "identifier", "of-type", "Patient", "foo", ""})
    BOOST_TEST(
        is_error(world.find("Patient", std::string("name:") + modifier + "=x"), std::string("name:") + modifier + ": "),
        modifier);
  BOOST_TEST(is_error(world.find("Patient", "name=%20"), "name: "));
}

BOOST_AUTO_TEST_SUITE_END()
