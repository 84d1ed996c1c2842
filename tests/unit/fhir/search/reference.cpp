#include "fhir/search/reference.hpp"

#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_reference)

namespace {
World observations() {
  return World{
      R"({"resourceType":"Observation","id":"patient","subject":{"reference":"Patient/1"}})",
      R"({"resourceType":"Observation","id":"group","subject":{"reference":"Group/1"}})",
      R"({"resourceType":"Observation","id":"absolute","subject":{"reference":"http://here.example/fhir/Patient/1"}})",
      R"({"resourceType":"Observation","id":"elsewhere","subject":{"reference":"http://there.example/fhir/Patient/1"}})",
      R"({"resourceType":"Observation","id":"versioned","subject":{"reference":"Patient/1/_history/2"}})",
      R"({"resourceType":"Observation","id":"logical","subject":{"identifier":{"system":"urn:bsn","value":"123"}}})",
      R"({"resourceType":"Observation","id":"contained","subject":{"reference":"#p"}})",
      R"({"resourceType":"Observation","id":"display","subject":{"display":"somebody"}})",
      R"({"resourceType":"Observation","id":"none"})"};
}
}  // namespace

BOOST_AUTO_TEST_CASE(references_here_are_found_in_every_way_of_writing_them) {
  World world = observations();
  const std::string here = "patient absolute versioned";
  BOOST_TEST(world.find("Observation", "subject=Patient/1") == here);
  BOOST_TEST(world.find("Observation", "subject=http://here.example/fhir/Patient/1") == here);
  BOOST_TEST(world.find("Observation", "subject:Patient=1") == here);
  BOOST_TEST(world.find("Observation", "subject:Patient=Patient/1") == here);
  BOOST_TEST(world.find("Observation", "subject=1") == "patient group absolute versioned");
  BOOST_TEST(world.find("Observation", "subject=Group/1") == "group");
  BOOST_TEST(world.find("Observation", "subject=Patient/1/_history/2") == "versioned");
  BOOST_TEST(world.find("Observation", "subject=http://there.example/fhir/Patient/1") == "elsewhere");
  BOOST_TEST(world.find("Observation", "subject=Patient/2") == "");
}

BOOST_AUTO_TEST_CASE(patient_takes_only_references_to_patients) {
  World world = observations();
  BOOST_TEST(world.find("Observation", "patient=1") == "patient absolute versioned");
  BOOST_TEST(world.find("Observation", "patient=Patient/1") == "patient absolute versioned");
  BOOST_TEST(world.find("Observation", "patient=http://there.example/fhir/Patient/1") == "elsewhere");
  BOOST_TEST(is_error(world.find("Observation", "patient:Group=1"), "patient:Group: "));
}

BOOST_AUTO_TEST_CASE(an_identifier_finds_a_logical_reference) {
  World world = observations();
  BOOST_TEST(world.find("Observation", "subject:identifier=urn:bsn%7C123") == "logical");
  BOOST_TEST(world.find("Observation", "subject:identifier=123") == "logical");
  BOOST_TEST(world.find("Observation", "subject:identifier=urn:bsn%7C") == "logical");
  BOOST_TEST(world.find("Observation", "subject:identifier=%7C123") == "");
  BOOST_TEST(world.find("Observation", "subject:identifier=urn:bsn%7C12") == "");
}

BOOST_AUTO_TEST_CASE(missing_means_that_the_element_is_absent) {
  World world = observations();
  BOOST_TEST(world.find("Observation", "subject:missing=true") == "none");
  BOOST_TEST(world.find("Observation", "subject:missing=false&_id=contained,display,logical") ==
             "logical contained display");
}

BOOST_AUTO_TEST_CASE(canonicals_with_and_without_version) {
  World world{R"({"resourceType":"Task","id":"a","instantiatesCanonical":"http://x/A|2"})",
              R"({"resourceType":"QuestionnaireResponse","id":"q1","questionnaire":"http://x/Q|1"})",
              R"({"resourceType":"QuestionnaireResponse","id":"q2","questionnaire":"http://x/Q"})"};
  BOOST_TEST(world.find("QuestionnaireResponse", "questionnaire=http://x/Q") == "q1 q2");
  BOOST_TEST(world.find("QuestionnaireResponse", "questionnaire=http://x/Q%7C1") == "q1");
  BOOST_TEST(world.find("QuestionnaireResponse", "questionnaire=http://x/Q%7C2") == "");
}

BOOST_AUTO_TEST_CASE(the_first_resource_of_a_bundle_is_a_reference) {
  World world{
      R"({"resourceType":"Bundle","id":"b","type":"document","entry":[{"resource":{"resourceType":"Composition","id":"c"}},{"resource":{"resourceType":"Composition","id":"d"}}]})"};
  BOOST_TEST(world.find("Bundle", "composition=Composition/c") == "b");
  BOOST_TEST(world.find("Bundle", "composition=Composition/d") == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_reference_is_refused) {
  World world;
  BOOST_TEST(is_error(world.find("Observation", "subject=Patient/1/x"), "subject: "));
  BOOST_TEST(is_error(world.find("Observation", "subject=Foo/1"), "subject: "));
  BOOST_TEST(is_error(world.find("Observation", "subject:Foo=1"), "subject:Foo: "));
  BOOST_TEST(is_error(world.find("Observation", "subject:Practitioner=1"), "subject:Practitioner: "));
  BOOST_TEST(is_error(world.find("Observation", "subject:Patient=Group/1"), "subject:Patient: "));
  BOOST_TEST(is_error(world.find("Observation", "subject:exact=1"), "subject:exact: "));
  BOOST_TEST(is_error(world.find("Observation", "subject=a%20b"), "subject: "));
}

BOOST_AUTO_TEST_CASE(links_are_taken_apart) {
  const auto link = [](std::string_view text) { return search::link_from(text, base_url, *definitions()); };
  BOOST_TEST(link("http://here.example/fhirx/Patient/1").type == "");
  BOOST_TEST(link("http://here.example/fhirx/Patient/1").id == "http://here.example/fhirx/Patient/1");
  BOOST_TEST(link("http://there/Patient/1/_history/3").id == "http://there/Patient/1");
  BOOST_TEST(link("http://there/Patient/1/_history/3").version == "3");
  BOOST_TEST(link("urn:uuid:1").id == "urn:uuid:1");
  BOOST_TEST(link("Patient/").type == "");
  BOOST_TEST(link("Patient/" + std::string(64, 'a')).type == "Patient");
  BOOST_TEST(link("Patient/" + std::string(65, 'a')).type == "");
}

BOOST_AUTO_TEST_SUITE_END()
