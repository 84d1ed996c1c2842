#include "fhir/care/synthetic.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/care/facts.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/validate/structure.hpp"

namespace {

BOOST_AUTO_TEST_SUITE(care_synthetic)

BOOST_AUTO_TEST_CASE(a_synthetic_resource_is_legal_and_says_what_its_digest_says) {
  const auto definitions = fhir::model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  BOOST_REQUIRE(definitions.ok());
  for (std::uint64_t i = 0; i < 40; ++i)
    for (const auto& synthetic : core::population::synth_person(7, i, *core::day_from("2026-11-24"))) {
      const auto resource = fhir::care::resource_from(synthetic);
      const auto issues = fhir::validate::check(**definitions, resource.root());
      BOOST_REQUIRE_MESSAGE(!fhir::validate::has_error(issues), synthetic.key << ": " << (issues.empty() ? "" : issues[0].expression + " " + issues[0].text));
      const auto digest = fhir::care::digest_from(resource.root());
      BOOST_REQUIRE_MESSAGE(digest.facts.size() == synthetic.digest.facts.size(), synthetic.key);
      BOOST_TEST(digest.subject == synthetic.digest.subject);
      for (std::size_t f = 0; f < digest.facts.size(); ++f) {
        const auto &a = digest.facts[f], &b = synthetic.digest.facts[f];
        BOOST_TEST((a.kind == b.kind && a.codes == b.codes && a.start == b.start && a.value == b.value), synthetic.key << " fact " << f);
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
