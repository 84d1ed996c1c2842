// The cases of the reference validator, where they lie beside the checkout: error or no error must agree in every run
// but those listed here, each with the reason.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "fhir/json/json.hpp"
#include "fhir/model/xml_form.hpp"
#include "fhir/validate/validator.hpp"

namespace fs = std::filesystem;
namespace json = fhir::json;
using fhir::validate::Known;

namespace {

const fs::path suite = PANELBRIDGE_SHARED "/suites/validator";

// Runs that end otherwise than in the reference, and why.
const std::map<std::string, std::string> other{
    {"mr-covid-m5 plain", "needs the code systems of the measure module and of LOINC"},
    {"mr-covid-bnd1 plain", "needs the code systems of the measure module and of LOINC"},
    {"bundle-duplicate-ids-not plain", "needs LOINC's displays"},
    {"ab-list-slicing plain",
     "a link within a narrative that leads nowhere is a warning: official resources have hundreds"},
    {"StructureDefinition-Slice23 plain", "StructureDefinitions are checked as resources only, not against their base"},
    {"res-inv-example-good profile", "the profile of an Endpoint within the Bundle is not loaded: a warning here"},
};

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const fhir::model::Definitions& definitions() {
  static const auto loaded = fhir::model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  if (!loaded) throw std::runtime_error(loaded.error().message);
  return **loaded;
}

struct Tally {
  std::size_t runs = 0, agree = 0;
};

core::Result<json::Document> document_of(std::string_view name) {
  const std::string text = read(suite / "files" / name);
  return name.ends_with(".xml") ? fhir::model::from_xml(definitions(), text) : json::parse(text);
}

void add(Known& known, const json::Value& names) {
  for (const json::Value& name : names.elements()) {
    auto document = document_of(name.text());
    BOOST_REQUIRE_MESSAGE(document, name.text() << (document ? "" : ": " + document.error().message));
    known.add(std::move(*document));
  }
}

void run(const json::Value& one, std::string_view kind, const json::Value& expected, Known& known,
         std::vector<std::string> profiles, Tally& tally) {
  const std::string name = std::string(one.text("name")) + ' ' + std::string(kind);
  const auto document = document_of(one.text("file"));
  const auto issues =
      document
          ? fhir::validate::validate(known, document->root(), {std::move(profiles), core::Instant{1'763'964'000'000}})
          : fhir::validate::Issues{{fhir::validate::Severity::fatal, "invalid", "", document.error().message, ""}};
  const bool agrees = fhir::validate::has_error(issues) == (expected.text() != "0");
  ++tally.runs;
  tally.agree += agrees;
  std::string found;
  for (const auto& issue : issues)
    if (issue.severity <= fhir::validate::Severity::error) found += "\n  " + issue.expression + ": " + issue.text;
  if (other.contains(name)) BOOST_TEST(!agrees, name << " agrees now: take it off the list");
  else BOOST_TEST(agrees, name << ": the reference finds " << expected.text() << " errors" << found);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(validator)

BOOST_AUTO_TEST_CASE(errors_agree_with_the_reference_validator) {
  if (!fs::exists(suite / "cases.json")) {
    BOOST_TEST_MESSAGE("not run: " << suite << " is absent");
    return;
  }
  const auto cases = json::parse(read(suite / "cases.json"));
  BOOST_REQUIRE(cases);
  Tally tally;
  for (const json::Value& one : cases->root()["cases"].elements()) {
    Known known(definitions());
    add(known, one["supporting"]);
    add(known, one["profiles"]);
    run(one, "plain", one["expected_errors"], known, {}, tally);
    const json::Value& profile = one["profile"];
    if (profile.is_null()) continue;
    add(known, profile["supporting"]);
    auto source = document_of(profile.text("source"));
    BOOST_REQUIRE_MESSAGE(source, profile.text("source") << (source ? "" : ": " + source.error().message));
    const std::string url(source->root().text("url"));
    known.add(std::move(*source));
    run(one, "profile", profile["expected_errors"], known, {url}, tally);
  }
  BOOST_TEST_MESSAGE(tally.agree << " of " << tally.runs << " runs agree");
  BOOST_TEST(tally.runs - tally.agree == other.size());
  BOOST_TEST(tally.runs > 120U);
}

BOOST_AUTO_TEST_SUITE_END()
