#include "fhir/care/contact.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/json/json.hpp"

namespace {

bool prohibited(const std::string& text) {
  const auto parsed = fhir::json::parse(text);
  BOOST_REQUIRE(parsed.ok());
  return fhir::care::contact_prohibited(parsed->root());
}

const std::string flag = R"("extension":[{"url":"https://w3id.org/panelbridge/fhir/StructureDefinition/contact-prohibited","valueBoolean":)";

BOOST_AUTO_TEST_SUITE(contact)

BOOST_AUTO_TEST_CASE(the_extension_on_a_patient_or_task_prohibits_contact) {
  BOOST_TEST(prohibited(R"({"resourceType":"Patient",)" + flag + "true}]}"));
  BOOST_TEST(prohibited(R"({"resourceType":"Task",)" + flag + "true}]}"));
  BOOST_TEST(!prohibited(R"({"resourceType":"Task",)" + flag + "false}]}"));
  BOOST_TEST(!prohibited(R"({"resourceType":"Task"})"));
}

BOOST_AUTO_TEST_CASE(the_order_detail_of_a_service_request_prohibits_contact) {
  BOOST_TEST(prohibited(R"({"resourceType":"ServiceRequest","orderDetail":[{"coding":[{"code":"contacting-subject-prohibited"}]}]})"));
  BOOST_TEST(!prohibited(R"({"resourceType":"ServiceRequest","orderDetail":[{"coding":[{"code":"contacting-subject-requested"}]}]})"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
