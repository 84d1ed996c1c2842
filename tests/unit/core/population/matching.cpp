#include "core/population/matching.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace core::population;

Likeness anna() { return {"de Wit", "Anna", *core::day_from("1960-05-05"), true, 'f', "3511 AB", "12", {{"bsn", "1"}}}; }

BOOST_AUTO_TEST_SUITE(population_matching)

BOOST_AUTO_TEST_CASE(names_are_compared_as_jaro_and_winkler_do) {
  BOOST_TEST(name_likeness("MARTHA", "MARHTA") == 0.961, boost::test_tools::tolerance(0.001));  // the textbook's pairs
  BOOST_TEST(name_likeness("DIXON", "DICKSONX") == 0.813, boost::test_tools::tolerance(0.001));
  BOOST_TEST(name_likeness("", "X") == 0.0);
}

BOOST_AUTO_TEST_CASE(the_same_trusted_identifier_is_certain_and_another_one_rules_out) {
  Likeness other = anna();
  BOOST_TEST((grade(compare(anna(), other), 1'000'000) == MatchGrade::certain));
  other.identifiers[0].code = "2";
  BOOST_TEST((grade(compare(anna(), other), 1'000'000) == MatchGrade::certainly_not));
}

BOOST_AUTO_TEST_CASE(without_identifiers_agreement_in_all_fields_is_certain_and_less_is_less) {
  Likeness a = anna(), b = anna();
  a.identifiers.clear();
  b.identifiers.clear();
  BOOST_TEST((grade(compare(a, b), 1'000'000) == MatchGrade::certain));
  b.given = "A";
  b.postal_code = "9712 XX";  // moved
  b.house_number.clear();
  BOOST_TEST((grade(compare(a, b), 1'000'000) == MatchGrade::possible || grade(compare(a, b), 1'000'000) == MatchGrade::probable));
  b.birth = *core::day_from("1971-09-12");
  BOOST_TEST((grade(compare(a, b), 1'000'000) == MatchGrade::certainly_not));
}

BOOST_AUTO_TEST_CASE(a_twin_is_not_certain) {
  Likeness a = anna(), b = anna();
  a.identifiers.clear();
  b.identifiers.clear();
  b.given = "Maria";
  BOOST_TEST((grade(compare(a, b), 10'000) != MatchGrade::certain || compare(a, b).weight < compare(a, a).weight - 9));
  BOOST_TEST(compare(a, b).weight < compare(a, a).weight - 9);
}

BOOST_AUTO_TEST_CASE(what_is_not_known_weighs_nothing) {
  Likeness a = anna(), b;
  b.family = "de Wit";
  const MatchScore score = compare(a, b);
  BOOST_TEST(score.fields.size() == 1u);
  BOOST_TEST(score.weight > 8);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
