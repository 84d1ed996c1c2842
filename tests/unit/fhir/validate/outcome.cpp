#include "fhir/validate/outcome.hpp"

#include <boost/test/unit_test.hpp>

namespace json = fhir::json;
using namespace fhir::validate;

BOOST_AUTO_TEST_SUITE(outcome_)

BOOST_AUTO_TEST_CASE(each_finding_becomes_an_issue) {
  const json::Document document = outcome({{Severity::error, "required", "Observation.status", "status is missing", ""},
                                           {Severity::warning, "invariant", "", "has no narrative", "dom-6"}});
  BOOST_TEST(
      json::write(document.root()) ==
      R"({"resourceType":"OperationOutcome","issue":[)"
      R"({"severity":"error","code":"required","diagnostics":"status is missing","expression":["Observation.status"]},)"
      R"({"severity":"warning","code":"invariant","diagnostics":"dom-6: has no narrative"}]})");
}

BOOST_AUTO_TEST_CASE(no_finding_is_said_so) {
  const json::Document document = outcome({});
  BOOST_TEST(document.root()["issue"].size() == 1U);
  BOOST_TEST(document.root()["issue"][0].text("severity") == "information");
}

BOOST_AUTO_TEST_CASE(an_outcome_reads_back) {
  const Issues issues{{Severity::fatal, "exception", "Patient", "broken", ""},
                      {Severity::information, "informational", "", "fine", ""}};
  const Issues again = issues_from(outcome(issues).root());
  BOOST_REQUIRE(again.size() == 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST((again[i].severity == issues[i].severity));
    BOOST_TEST(again[i].code == issues[i].code);
    BOOST_TEST(again[i].expression == issues[i].expression);
    BOOST_TEST(again[i].text == issues[i].text);
  }
  BOOST_TEST(!severity_from("Error"));
  BOOST_TEST((severity_from("warning") == Severity::warning));
}

BOOST_AUTO_TEST_SUITE_END()
