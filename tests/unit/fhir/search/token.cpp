#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_token)

namespace {
World conditions() {
  return World{
      R"({"resourceType":"Condition","id":"snomed","code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006","display":"Diabetes mellitus type 2"},{"system":"http://hl7.org/fhir/sid/icd-10","code":"E11"}],"text":"Suikerziekte"}})",
      R"({"resourceType":"Condition","id":"local","code":{"coding":[{"code":"E11","display":"Diabète"}]}})",
      R"({"resourceType":"Condition","id":"text","code":{"text":"Diabetes, said the neighbour"}})",
      R"({"resourceType":"Condition","id":"none"})"};
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_code_is_found_with_any_one_or_no_system) {
  World world = conditions();
  BOOST_TEST(world.find("Condition", "code=E11") == "snomed local");
  BOOST_TEST(world.find("Condition", "code=http://hl7.org/fhir/sid/icd-10%7CE11") == "snomed");
  BOOST_TEST(world.find("Condition", "code=%7CE11") == "local");
  BOOST_TEST(world.find("Condition", "code=http://snomed.info/sct%7C") == "snomed");
  BOOST_TEST(world.find("Condition", "code=http://snomed.info/sct%7CE11") == "");
  BOOST_TEST(world.find("Condition", "code=e11") == "");
  BOOST_TEST(world.find("Condition", "code=44054006,E11") == "snomed local");
  BOOST_TEST(world.find("Condition", "code=44054006&code=E11") == "snomed");
}

BOOST_AUTO_TEST_CASE(not_includes_those_that_have_no_value) {
  World world = conditions();
  BOOST_TEST(world.find("Condition", "code:not=44054006") == "local text none");
  BOOST_TEST(world.find("Condition", "code:not=44054006,E11") == "text none");
}

BOOST_AUTO_TEST_CASE(text_searches_display_and_text) {
  World world = conditions();
  BOOST_TEST(world.find("Condition", "code:text=diabet") == "snomed local text");
  BOOST_TEST(world.find("Condition", "code:text=SUIKER") == "snomed");
  BOOST_TEST(world.find("Condition", "code:text=neighbour") == "text");
}

BOOST_AUTO_TEST_CASE(a_code_without_coding_is_not_missing) {
  World world = conditions();
  BOOST_TEST(world.find("Condition", "code:missing=true") == "none");
  BOOST_TEST(world.find("Condition", "code:missing=false") == "snomed local text");
}

BOOST_AUTO_TEST_CASE(a_code_element_has_the_system_of_its_required_binding) {
  World world{
      R"({"resourceType":"Patient","id":"m","gender":"male","active":true})",
      R"({"resourceType":"Patient","id":"f","gender":"female","active":false,"deceasedDateTime":"2020-01-01"})"};
  BOOST_TEST(world.find("Patient", "gender=male") == "m");
  BOOST_TEST(world.find("Patient", "gender=http://hl7.org/fhir/administrative-gender%7Cmale") == "m");
  BOOST_TEST(world.find("Patient", "gender=http://example.org%7Cmale") == "");
  BOOST_TEST(world.find("Patient", "gender:not=male") == "f");
  BOOST_TEST(world.find("Patient", "active=true") == "m");
  BOOST_TEST(world.find("Patient", "active=http://terminology.hl7.org/CodeSystem/special-values%7Cfalse") == "f");
}

BOOST_AUTO_TEST_CASE(identifiers_by_value_system_and_type) {
  World world{
      R"({"resourceType":"Patient","id":"a","identifier":[{"system":"urn:x","value":"1","type":{"coding":[{"system":"http://v2","code":"MR"}],"text":"Medical record"}}]})",
      R"({"resourceType":"Patient","id":"b","identifier":[{"system":"urn:y","value":"1"},{"value":"a|b"}]})"};
  BOOST_TEST(world.find("Patient", "identifier=1") == "a b");
  BOOST_TEST(world.find("Patient", "identifier=urn:x%7C1") == "a");
  BOOST_TEST(world.find("Patient", "identifier=urn:y%7C") == "b");
  BOOST_TEST(world.find("Patient", "identifier=a%5C%7Cb") == "b");
  BOOST_TEST(world.find("Patient", "identifier:of-type=http://v2%7CMR%7C1") == "a");
  BOOST_TEST(world.find("Patient", "identifier:of-type=http://v2%7CSS%7C1") == "");
  BOOST_TEST(is_error(world.find("Patient", "identifier:of-type=MR%7C1"), "identifier:of-type: "));
  BOOST_TEST(world.find("Patient", "identifier:text=medical") == "a");
}

BOOST_AUTO_TEST_CASE(contact_points_by_value_and_kind) {
  World world{
      R"({"resourceType":"Patient","id":"a","telecom":[{"system":"phone","value":"06-1"},{"system":"email","value":"a@b.c"}]})"};
  BOOST_TEST(world.find("Patient", "telecom=06-1") == "a");
  BOOST_TEST(world.find("Patient", "phone=06-1") == "a");
  BOOST_TEST(world.find("Patient", "email=06-1") == "");
  BOOST_TEST(world.find("Patient", "email=a@b.c") == "a");
}

BOOST_AUTO_TEST_CASE(value_sets_of_the_base_are_known_and_others_are_asked_for) {
  World world{R"({"resourceType":"Patient","id":"m","gender":"male"})", R"({"resourceType":"Patient","id":"n"})"};
  BOOST_TEST(world.find("Patient", "gender:in=http://hl7.org/fhir/ValueSet/administrative-gender") == "m");
  BOOST_TEST(world.find("Patient", "gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender") == "n");
  BOOST_TEST(is_error(world.find("Patient", "gender:in=http://example.org/vs"), "gender:in: 'http://example.org/vs'"));
  search::Context knowing = context();
  knowing.expand = [](std::string_view url) -> std::optional<search::Codes> {
    if (url == "http://example.org/none") return search::Codes{};
    return search::Codes{{"http://hl7.org/fhir/administrative-gender", "male"}};
  };
  BOOST_TEST(world.find("Patient", "gender:in=http://example.org/vs", knowing) == "m");
  BOOST_TEST(world.find("Patient", "gender:in=http://example.org/none", knowing) == "");
  BOOST_TEST(world.find("Patient", "gender:not-in=http://example.org/none", knowing) == "m n");
}

BOOST_AUTO_TEST_CASE(above_and_below_need_a_hierarchy) {
  World world = conditions();
  BOOST_TEST(is_error(world.find("Condition", "code:below=http://snomed.info/sct%7C73211009"), "code:below: "));
  search::Context knowing = context();
  knowing.hierarchy = [](std::string_view system, std::string_view code, bool above) -> std::optional<search::Codes> {
    BOOST_TEST(!above);
    return search::Codes{{std::string(system), std::string(code)}, {std::string(system), "44054006"}};
  };
  BOOST_TEST(world.find("Condition", "code:below=http://snomed.info/sct%7C73211009", knowing) == "snomed");
}

BOOST_AUTO_TEST_CASE(modifiers_of_other_types_are_refused) {
  World world;
  BOOST_TEST(is_error(world.find("Patient", "gender:contains=male"), "gender:contains: "));
  BOOST_TEST(is_error(world.find("Patient", "gender:exact=male"), "gender:exact: "));
  BOOST_TEST(is_error(world.find("Patient", "gender=a%7Cb%7Cc"), "gender: "));
  BOOST_TEST(is_error(world.find("Patient", "gender=%7C"), "gender: "));
}

BOOST_AUTO_TEST_CASE(tags_profiles_security_and_source) {
  World world{
      R"({"resourceType":"Basic","id":"a","meta":{"tag":[{"system":"urn:t","code":"x"}],"profile":["http://p/a|1.0"],"security":[{"system":"urn:s","code":"R"}],"source":"urn:src"}})",
      R"({"resourceType":"Basic","id":"b"})"};
  BOOST_TEST(world.find("Basic", "_tag=urn:t%7Cx") == "a");
  BOOST_TEST(world.find("Basic", "_tag:missing=true") == "b");
  BOOST_TEST(world.find("Basic", "_profile=http://p/a") == "a");
  BOOST_TEST(world.find("Basic", "_profile=http://p/a%7C1.0") == "a");
  BOOST_TEST(world.find("Basic", "_profile=http://p/a%7C2.0") == "");
  BOOST_TEST(world.find("Basic", "_security=R") == "a");
  BOOST_TEST(world.find("Basic", "_source=urn:src") == "a");
  BOOST_TEST(world.find("Basic", "_id=a,c") == "a");
  BOOST_TEST(world.find("Basic", "_id:not=a") == "b");
  BOOST_TEST(is_error(world.find("Basic", "_id:exact=a"), "_id:exact: "));
}

BOOST_AUTO_TEST_SUITE_END()
