#include "fhir/rest/outcome.hpp"

#include <boost/test/unit_test.hpp>

using namespace fhir::rest;

BOOST_AUTO_TEST_SUITE(rest_outcome)

BOOST_AUTO_TEST_CASE(what_failed_inside_is_for_the_log_and_not_for_the_caller) {
  const Response response = refusal(core::fault("the disk is full; nothing of this was stored", "step: database or disk is full (13)"));
  BOOST_TEST(response.status == 500);
  BOOST_TEST(response.bytes().find("the disk is full") != std::string_view::npos);
  BOOST_TEST(response.bytes().find("step") == std::string_view::npos);
  BOOST_TEST(response.fault.find("step: database or disk is full (13)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_the_request_names_its_place) {
  const Response parameter = refusal(core::invalid("not a date", "birthdate"));
  BOOST_TEST(parameter.status == 400);
  BOOST_TEST(parameter.bytes().find("\"http.birthdate\"") != std::string_view::npos);
  BOOST_TEST(parameter.fault.empty());
  const Response path = refusal(core::invalid("not a date", "Patient.birthDate"));
  BOOST_TEST(path.bytes().find("\"Patient.birthDate\"") != std::string_view::npos);
}

BOOST_AUTO_TEST_SUITE_END()
