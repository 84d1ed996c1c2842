#include "fhir/rest/outcome.hpp"

#include <boost/test/unit_test.hpp>

#include "core/store/no_room.hpp"

using namespace fhir::rest;

BOOST_AUTO_TEST_SUITE(rest_outcome)

BOOST_AUTO_TEST_CASE(what_failed_inside_is_for_the_log_and_not_for_the_caller) {
  const Response response = refusal(core::fault("the disk failed; nothing of this was stored", "step: disk I/O error (10)"));
  BOOST_TEST(response.status == 500);
  BOOST_TEST(response.bytes().find("the disk failed") != std::string_view::npos);
  BOOST_TEST(response.bytes().find("step") == std::string_view::npos);
  BOOST_TEST(response.fault.find("step: disk I/O error (10)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_507_no_store_and_stands_in_the_log) {
  const Response response = refusal(core::store::no_room("the disk is full; nothing of this was stored"));
  BOOST_TEST(response.status == 507);
  BOOST_TEST(response.bytes().find("\"no-store\"") != std::string_view::npos);
  BOOST_TEST(response.bytes().find("store.room") == std::string_view::npos);
  BOOST_TEST(response.fault == "the disk is full; nothing of this was stored");
  BOOST_TEST(refusal({core::Kind::busy, "try again", {}}).status == 503);
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
