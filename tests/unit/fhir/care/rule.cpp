#include <boost/test/unit_test.hpp>

#include "fhir/care/programme.hpp"

namespace {

using core::gap::Rule;
using fhir::care::rule_from;

BOOST_AUTO_TEST_SUITE(care_rule)

BOOST_AUTO_TEST_CASE(fhirpath_syntax_becomes_a_rule) {
  const auto rule = rule_from("open('DM') and age() >= 18");
  BOOST_REQUIRE(rule.ok());
  BOOST_TEST((rule->op == Rule::Op::and_));
  BOOST_TEST((rule->arguments.at(0).op == Rule::Op::open));
  BOOST_TEST(rule->arguments[0].arguments.at(0).text == "DM");
  BOOST_TEST(rule->arguments[1].arguments.at(1).number == 18);
}

BOOST_AUTO_TEST_CASE(not_and_empty_follow_a_value) {
  BOOST_TEST((rule_from("open('DM').not()")->op == Rule::Op::not_));
  BOOST_TEST((rule_from("last('A1C').empty()")->op == Rule::Op::not_));
  BOOST_TEST((rule_from("last('A1C').exists()")->op == Rule::Op::exists));
}

BOOST_AUTO_TEST_CASE(faults_name_the_place) {
  for (const char* text : {"opened('DM')", "open()", "Patient.name", "age() >=", "open('DM') in 3", "last('A1C').foo()"}) {
    const auto rule = rule_from(text);
    BOOST_TEST(!rule.ok(), text);
    if (!rule.ok()) BOOST_TEST(!rule.error().message.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_plan_becomes_a_programme_and_every_fault_is_named) {
  const auto good = fhir::json::parse(R"j({"resourceType":"PlanDefinition","id":"d","url":"u","version":"1","status":"active",
    "extension":[{"url":"https://w3id.org/panelbridge/fhir/StructureDefinition/cohort","valueExpression":{"language":"text/fhirpath","expression":"age() >= 18"}}],
    "action":[{"id":"x","title":"X","code":[{"coding":[{"system":"http://loinc.org","code":"1-8"},{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/item","code":"x"}]}],
      "extension":[{"url":"https://w3id.org/panelbridge/fhir/StructureDefinition/item-rule","extension":[{"url":"name","valueCode":"met"},{"url":"value","valueExpression":{"expression":"on('S')"}}]},
                   {"url":"https://w3id.org/panelbridge/fhir/StructureDefinition/item-number","extension":[{"url":"name","valueCode":"grace"},{"url":"value","valueInteger":30}]}]}]})j");
  fhir::validate::Issues issues;
  const auto programme = fhir::care::programme_from(good->root(), issues);
  BOOST_TEST(issues.empty());
  BOOST_TEST(programme.items.at(0).grace_days == 30);
  BOOST_TEST(programme.items[0].family == "x");
  BOOST_TEST(programme.items[0].met.has_value());
  const auto bad = fhir::json::parse(R"j({"resourceType":"PlanDefinition","id":"d","status":"active","action":[{"id":"x"}]})j");
  fhir::care::programme_from(bad->root(), issues);
  BOOST_TEST(issues.size() >= 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
