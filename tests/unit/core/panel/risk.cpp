#include "core/panel/risk.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <set>

using namespace core::panel;

BOOST_AUTO_TEST_SUITE(risk)

BOOST_AUTO_TEST_CASE(the_registry_knows_each_algorithm_once) {
  std::set<std::string_view> codes;
  for (const Algorithm& algorithm : algorithms()) {
    BOOST_TEST(codes.insert(algorithm.code).second, algorithm.code);
    BOOST_TEST(find_algorithm(algorithm.code) == &algorithm);
  }
  BOOST_TEST(codes.size() == 8u);
  BOOST_TEST(find_algorithm("tarot") == nullptr);
}

BOOST_AUTO_TEST_CASE(tiers_have_names_and_names_have_tiers) {
  for (const Tier tier : {Tier::low, Tier::rising, Tier::high, Tier::very_high}) BOOST_TEST((tier_from(text(tier)) == tier));
  BOOST_TEST(!tier_from("middling"));
}

BOOST_AUTO_TEST_CASE(a_band_above_a_limit_leaves_out_the_limit_itself) {
  RiskTables tables;
  tables.bands["efi"] = {{0, false, "low", "fit"}, {0.12, true, "rising", "mild"}};
  BOOST_TEST((tier_of(tables, "efi", 0.12) == Tier::low));
  BOOST_TEST((tier_of(tables, "efi", 0.121) == Tier::rising));
  BOOST_TEST(!tier_of(tables, "efi", -1.0));
  BOOST_TEST(!tier_of(tables, "efi", std::string_view("spry")));
}

BOOST_AUTO_TEST_CASE(nothing_known_is_never_a_low_tier) {
  for (const Algorithm& algorithm : algorithms()) {
    const Assessment a = algorithm.assess({}, {});
    BOOST_TEST((a.status == RiskStatus::not_computable), algorithm.code);
    BOOST_TEST(!a.missing.empty(), algorithm.code);
    BOOST_TEST(!a.tier.has_value(), algorithm.code);
    BOOST_TEST(std::is_sorted(a.missing.begin(), a.missing.end()), algorithm.code);
  }
}

BOOST_AUTO_TEST_CASE(a_number_that_is_none_is_missing) {
  const std::vector<Input> inputs{{"length_of_stay_days", std::nan("")}, {"acute", true}, {"charlson_lace", 1.0},
                                  {"ed_visits_6mo", std::numeric_limits<double>::infinity()}};
  const Assessment a = find_algorithm("lace")->assess({}, inputs);
  BOOST_TEST(a.missing == (std::vector<std::string>{"ed_visits_6mo", "length_of_stay_days"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_basis_is_what_was_used_in_ascending_order) {
  RiskTables tables;
  const std::vector<Input> inputs{{"acute", true}, {"shoe_size", 44.0}, {"length_of_stay_days", 2.0}, {"charlson_lace", 0.0}, {"ed_visits_6mo", 0.0}};
  const Assessment a = find_algorithm("lace")->assess(tables, inputs);
  BOOST_TEST(a.score == 5);
  BOOST_TEST(a.basis == (std::vector<std::size_t>{0, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(codes_that_no_map_knows_are_named) {
  const std::vector<Input> inputs{{"record", true}, {"diagnosis", core::population::Coding{"http://snomed.info/sct", "12345"}}};
  const Assessment a = find_algorithm("charlson")->assess({}, inputs);
  BOOST_TEST(a.notes.back() == "not mapped: 12345");
}

BOOST_AUTO_TEST_SUITE_END()
