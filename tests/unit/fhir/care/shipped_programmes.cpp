#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "core/gap/plan.hpp"
#include "fhir/care/programme.hpp"

namespace {

core::Result<core::gap::Programmes> shipped() { return fhir::care::programmes_in(PANELBRIDGE_SOURCE "/profiles/programmes"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(shipped_programmes)

BOOST_AUTO_TEST_CASE(every_programme_and_set_loads_without_a_fault) {
  const auto programmes = shipped();
  BOOST_REQUIRE_MESSAGE(programmes.ok(), (programmes.ok() ? "" : programmes.error().message));
  BOOST_TEST(programmes->programmes.size() == 25u);
  std::size_t items = 0;
  for (const auto& programme : programmes->programmes) items += programme.items.size();
  BOOST_TEST(items >= 100u);
}

BOOST_AUTO_TEST_CASE(every_rule_compiles) {
  auto programmes = shipped();
  BOOST_REQUIRE(programmes.ok());
  const auto plan = core::gap::Plan::compile(std::move(*programmes));
  BOOST_REQUIRE_MESSAGE(plan.ok(), (plan.ok() ? "" : plan.error().where + ": " + plan.error().message));
  BOOST_TEST(plan->items().size() >= 100u);
}

BOOST_AUTO_TEST_CASE(what_several_programmes_ask_has_one_family) {
  const auto programmes = shipped();
  BOOST_REQUIRE(programmes.ok());
  std::map<std::string, std::set<std::string>> programmes_by_family;
  for (const auto& programme : programmes->programmes) {
    for (const auto& item : programme.items) programmes_by_family[item.family].insert(programme.id);
  }
  const std::map<std::string, std::size_t> asked_by{{"bp", 4u}, {"kidney-function", 2u}, {"acr", 2u}, {"statin", 3u}, {"a1c", 2u}, {"smoking-asked", 3u}, {"nsaid-review", 3u}};
  for (const auto& [family, count] : asked_by) BOOST_TEST(programmes_by_family[family].size() == count, family);
}

BOOST_AUTO_TEST_CASE(every_item_says_what_is_missing_and_what_would_close_it) {
  const auto programmes = shipped();
  BOOST_REQUIRE(programmes.ok());
  for (const auto& programme : programmes->programmes) {
    for (const auto& item : programme.items) {
      BOOST_TEST(!item.title.empty(), item.code);
      BOOST_TEST(!item.closes.empty(), item.code);
      BOOST_TEST(!item.activity.empty(), item.code);
      BOOST_TEST(!item.clinical.code.empty(), item.code);
      BOOST_TEST(!item.evidence_sets.empty(), item.code);
    }
  }
}

BOOST_AUTO_TEST_CASE(social_needs_have_answers_and_support) {
  const auto programmes = shipped();
  BOOST_REQUIRE(programmes.ok());
  for (const char* need : {"housing", "food", "money", "transport", "isolation", "safety", "violence", "work", "education"}) {
    for (const char* name : {"NEED-%-answers", "NEED-%-about", "SUPPORT-%"}) {
      std::string set = name;
      set.replace(set.find('%'), 1, need);
      BOOST_TEST(programmes->sets.contains(set), set);
    }
    BOOST_TEST(programmes->needs.contains(need), need);
  }
}

BOOST_AUTO_TEST_SUITE_END()
