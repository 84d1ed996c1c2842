#include "fhir/care/facts.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/care/ledger.hpp"

namespace {

using namespace core::population;

Digest digest_of(const char* text) {
  const auto document = fhir::json::parse(text);
  BOOST_REQUIRE(document.ok());
  return fhir::care::digest_from(document->root());
}

const Fact& only_fact(const Digest& digest) {
  BOOST_REQUIRE(digest.facts.size() == 1);
  return digest.facts.front();
}

BOOST_AUTO_TEST_SUITE(care_facts)

BOOST_AUTO_TEST_CASE(a_result_carries_code_day_value_and_unit) {
  const Digest digest = digest_of(R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},
    "subject":{"reference":"Patient/p"},"effectiveDateTime":"2024-03-01T09:00:00+01:00","valueQuantity":{"value":7.10,"code":"%","system":"http://unitsofmeasure.org"}})");
  const Fact& fact = only_fact(digest);
  BOOST_TEST(digest.subject == "Patient/p");
  BOOST_TEST((fact.kind == FactKind::observation && fact.state == State::valid));
  BOOST_TEST(fact.codes.at(0).code == "4548-4");
  BOOST_TEST(fact.value.value() == 7.1);
  BOOST_TEST(fact.unit == "%");
  BOOST_TEST(core::text(fact.start) == "2024-03-01");
}

BOOST_AUTO_TEST_CASE(a_form_with_every_answer_refused_is_declined) {
  const auto form = [](const std::string& second) {
    const std::string text = R"({"resourceType":"Observation","status":"final","code":{"coding":[{"code":"93025-5"}]},"subject":{"reference":"Patient/p"},
      "component":[{"code":{"coding":[{"code":"93031-3"}]},"valueCodeableConcept":{"coding":[{"code":"LA30122-8"}]}},
                   {"code":{"coding":[{"code":"93030-5"}]},"valueCodeableConcept":{"coding":[{"code":")" + second + R"("}]}}]})";
    return digest_of(text.c_str());
  };
  BOOST_TEST((form("LA30122-8").facts.front().state == State::declined));
  BOOST_TEST((form("LA32-8").facts.front().state == State::valid));
}

BOOST_AUTO_TEST_CASE(components_are_facts_of_their_own) {
  const Digest digest = digest_of(R"({"resourceType":"Observation","status":"final","code":{"coding":[{"code":"85354-9"}]},"subject":{"reference":"Patient/p"},
    "component":[{"code":{"coding":[{"code":"8480-6"}]},"valueQuantity":{"value":128,"code":"mm[Hg]"}},{"code":{"coding":[{"code":"8462-4"}]},"valueQuantity":{"value":82,"code":"mm[Hg]"}}]})");
  BOOST_REQUIRE(digest.facts.size() == 3);
  BOOST_TEST(digest.facts[1].codes.at(0).code == "8480-6");
  BOOST_TEST(digest.facts[2].value.value() == 82);
  BOOST_TEST(!digest.facts[0].value.has_value());
}

BOOST_AUTO_TEST_CASE(withdrawn_preliminary_and_refuted_are_told_apart) {
  const auto observation = [](const std::string& status) {
    return only_fact(digest_of((R"({"resourceType":"Observation","code":{"coding":[{"code":"x"}]},"subject":{"reference":"Patient/p"},"status":")" + status + "\"}").c_str())).state;
  };
  BOOST_TEST((observation("final") == State::valid));
  BOOST_TEST((observation("preliminary") == State::preliminary));
  BOOST_TEST((observation("entered-in-error") == State::refuted));
  BOOST_TEST((observation("cancelled") == State::not_done));
  BOOST_TEST((only_fact(digest_of(R"({"resourceType":"Condition","code":{"coding":[{"code":"x"}]},"subject":{"reference":"Patient/p"},
    "verificationStatus":{"coding":[{"code":"refuted"}]}})")).state == State::refuted));
}

BOOST_AUTO_TEST_CASE(a_resolved_condition_without_a_date_is_not_open) {
  const Digest digest = digest_of(R"({"resourceType":"Condition","code":{"coding":[{"code":"x"}]},"subject":{"reference":"Patient/p"},"onsetDateTime":"2020-05-01",
    "clinicalStatus":{"coding":[{"code":"resolved"}]}})");
  BOOST_TEST(only_fact(digest).end == only_fact(digest).start);
}

BOOST_AUTO_TEST_CASE(a_year_is_kept_as_not_exact) {
  const Digest digest = digest_of(R"({"resourceType":"Procedure","status":"completed","code":{"coding":[{"code":"x"}]},"subject":{"reference":"Patient/p"},"performedDateTime":"2019"})");
  BOOST_TEST(!only_fact(digest).day_exact);
  BOOST_TEST(core::text(only_fact(digest).start) == "2019-01-01");
}

BOOST_AUTO_TEST_CASE(a_medication_reference_is_a_link_and_a_contained_one_is_read) {
  const Digest linked = digest_of(R"({"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"reference":"Patient/p"},"medicationReference":{"reference":"Medication/m"}})");
  BOOST_TEST(only_fact(linked).links.at(0) == "Medication/m");
  const Digest contained = digest_of(R"({"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"reference":"Patient/p"},"medicationReference":{"reference":"#m"},
    "contained":[{"resourceType":"Medication","id":"m","code":{"coding":[{"code":"259255"}]}}]})");
  BOOST_TEST(only_fact(contained).codes.at(0).code == "259255");
}

BOOST_AUTO_TEST_CASE(answers_of_a_questionnaire_are_facts_by_their_loinc_question) {
  const Digest digest = digest_of(R"({"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"http://example.org/prapare","subject":{"reference":"Patient/p"},"authored":"2024-01-02",
    "item":[{"linkId":"/93025-5","item":[{"linkId":"/93025-5/93031-3","answer":[{"valueCoding":{"system":"http://loinc.org","code":"LA30125-1"}},{"valueCoding":{"code":"LA30124-4"}}]}]}]})");
  BOOST_REQUIRE(digest.facts.size() == 1);
  BOOST_TEST(digest.facts[0].codes[0].code == "93031-3");
  BOOST_TEST(digest.facts[0].answers.size() == 2);
}

BOOST_AUTO_TEST_CASE(a_gap_task_is_for_the_ledger_and_a_referral_is_a_fact) {
  fhir::care::GapLedger ledger;
  BOOST_TEST(ledger.take("gap-1", digest_of(R"({"resourceType":"Task","status":"accepted","intent":"proposal","for":{"reference":"Patient/p"},
    "identifier":[{"system":"https://w3id.org/panelbridge/fhir/gap","value":"p|a1c|2024-01-01"}]})"), 3));
  BOOST_REQUIRE(ledger.gap("gap-1"));
  BOOST_TEST(ledger.gap("gap-1")->family == "a1c");
  BOOST_TEST(ledger.gap("gap-1")->interval == "2024-01-01");
  BOOST_TEST(ledger.gap("gap-1")->decided);
  BOOST_TEST(*ledger.patient_of("gap-1") == "Patient/p");
  BOOST_TEST(ledger.forget("gap-1"));
  BOOST_TEST(!ledger.gap("gap-1"));
  BOOST_TEST((only_fact(digest_of(R"({"resourceType":"Task","status":"accepted","intent":"order","for":{"reference":"Patient/p"},"code":{"coding":[{"code":"fulfill"}]}})")).state == State::active));
}

BOOST_AUTO_TEST_CASE(references_are_reduced_to_type_and_id) {
  const auto link = [](const char* text) { return fhir::care::link_from(fhir::json::parse(text)->root()); };
  BOOST_TEST(link(R"({"reference":"Patient/1"})") == "Patient/1");
  BOOST_TEST(link(R"({"reference":"https://a.example/fhir/Patient/1/_history/3"})") == "Patient/1");
  BOOST_TEST(link(R"({"reference":"urn:uuid:0000"})").empty());
  BOOST_TEST(link(R"({"identifier":{"system":"s","value":"v"}})") == "urn:identifier:s|v");
}

BOOST_AUTO_TEST_CASE(a_reduced_reference_leads_back_to_the_same) {
  for (const char* text : {R"({"reference":"Patient/1"})", R"({"identifier":{"system":"http://s","value":"v|1"}})", R"({"identifier":{"value":"v"}})"}) {
    fhir::json::Document doc;
    const auto value = fhir::care::reference_from(doc, fhir::care::link_from(fhir::json::parse(text)->root()));
    BOOST_TEST(fhir::json::write(value) == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
