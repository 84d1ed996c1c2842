#include "fhir/partner/needs.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(partner_needs)

BOOST_AUTO_TEST_CASE(a_code_of_anybodys_words_finds_its_need) {
  const auto needs = fhir::partner::Needs::load(PANELBRIDGE_SOURCE "/profiles");
  BOOST_REQUIRE(needs.ok());
  const auto of = [&](const std::string& system, const std::string& code) {
    const auto parsed = fhir::json::parse(R"([{"coding":[{"system":")" + system + R"(","code":")" + code + R"("}]}])");
    return needs->of(parsed->root());
  };
  BOOST_TEST(of("http://snomed.info/sct", "105531004") == "housing");
  BOOST_TEST(of("http://hl7.org/fhir/sid/icd-10-cm", "Z59.01") == "housing");
  BOOST_TEST(of("http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes",
                "homelessness") == "housing");
  BOOST_TEST(of("https://w3id.org/panelbridge/fhir/CodeSystem/need", "food") == "food");
  BOOST_TEST(of("http://snomed.info/sct", "44054006") == "");
  BOOST_TEST(needs->knows("violence"));
  BOOST_TEST(!needs->knows("hosing"));
}

BOOST_AUTO_TEST_SUITE_END()
