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

double chance(const Likeness& a, const Likeness& b, std::size_t records = 100'000) { return probability(compare(a, b), records); }

Likeness unnumbered() {
  Likeness like = anna();
  like.identifiers.clear();
  return like;
}

BOOST_AUTO_TEST_CASE(a_twin_is_not_certain_in_a_village_nor_in_a_country) {
  Likeness sister = unnumbered(), brother = unnumbered();
  sister.given = "Maria";
  brother.given = "Pieter";
  brother.sex = 'm';
  for (const std::size_t records : {1'000u, 100'000u, 17'000'000u}) {
    BOOST_TEST(chance(unnumbered(), sister, records) < 0.9, records);
    BOOST_TEST(chance(unnumbered(), brother, records) < 0.05, records);
  }
}

BOOST_AUTO_TEST_CASE(members_of_a_family_at_one_address_are_not_even_possible) {
  Likeness sister = unnumbered(), son = unnumbered(), partner = unnumbered();
  sister.given = "Maria";
  sister.birth = *core::day_from("1963-11-20");
  son.given = "Pieter";
  son.sex = 'm';
  son.birth = *core::day_from("1988-01-02");
  partner.family = "Bakker";
  partner.given = "Jan";
  partner.sex = 'm';
  partner.birth = *core::day_from("1958-08-30");
  for (const Likeness& other : {sister, son, partner}) BOOST_TEST(chance(unnumbered(), other) < 0.01);
}

BOOST_AUTO_TEST_CASE(father_and_son_of_one_name_at_one_address_stay_below_likely) {
  Likeness father = unnumbered(), son = unnumbered();
  father.sex = son.sex = 'm';
  father.given = son.given = "Jan";
  son.birth = *core::day_from("1988-01-02");
  BOOST_TEST(chance(father, son) < 0.5);
}

BOOST_AUTO_TEST_CASE(a_swapped_day_and_month_is_a_slip_of_the_pen) {
  Likeness a = unnumbered(), b = unnumbered();
  a.birth = *core::day_from("1960-05-11");
  b.birth = *core::day_from("1960-11-05");
  BOOST_TEST(chance(a, b) > 0.95);
  b.birth = *core::day_from("1967-12-05");  // just another day
  BOOST_TEST(chance(a, b) < 0.9);
}

BOOST_AUTO_TEST_CASE(a_name_taken_on_marriage_is_found_by_the_old_one_and_by_the_double_one) {
  Likeness before = unnumbered(), after = unnumbered();
  after.postal_code = "9712 XX";
  after.house_number = "3";
  after.family = "Bakker";
  const double unknown = chance(before, after);
  BOOST_TEST(unknown < 0.5);  // another name, another address: nothing to go by
  after.family = "Bakker-de Wit";
  const double doubled = chance(before, after);
  BOOST_TEST(doubled > unknown);
  after.family = "Bakker";
  after.other_families = {"de Wit"};
  BOOST_TEST(chance(before, after) > doubled);
  BOOST_TEST(chance(before, after) > 0.95);
  BOOST_TEST((chance(before, after) == chance(after, before)));
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
