#include "core/base/time.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace core;

BOOST_AUTO_TEST_SUITE(base_time)

BOOST_AUTO_TEST_CASE(a_day_round_trips_through_text) {
  for (Day day = -800'000; day < 800'000; day += 97)
    if (civil_from(day).year >= 1 && civil_from(day).year <= 9999) BOOST_TEST(day_from(text(day)).value() == day);
}

BOOST_AUTO_TEST_CASE(thirty_february_does_not_exist) {
  BOOST_TEST(!day_from("2024-02-30"));
  BOOST_TEST(!moment_from("2023-02-29"));
  BOOST_TEST(moment_from("2024-02-29").has_value());
}

BOOST_AUTO_TEST_CASE(a_year_spans_the_whole_year) {
  const auto year = moment_from("2012");
  BOOST_TEST(text(year->low) == "2012-01-01T00:00:00.000Z");
  BOOST_TEST(text(year->high) == "2013-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_zone_moves_the_instant_but_not_the_local_day) {
  const auto moment = moment_from("2024-01-01T00:30:00+02:00");
  BOOST_TEST(text(moment->low) == "2023-12-31T22:30:00.000Z");
  BOOST_TEST(text(moment->day()) == "2024-01-01");
}

BOOST_AUTO_TEST_CASE(age_is_counted_in_completed_years) {
  BOOST_TEST(age_on(*day_from("2000-02-29"), *day_from("2001-02-28")) == 0);
  BOOST_TEST(age_on(*day_from("2000-02-29"), *day_from("2001-03-01")) == 1);
  BOOST_TEST(age_on(*day_from("1950-06-15"), *day_from("2024-06-15")) == 74);
}

BOOST_AUTO_TEST_CASE(months_added_stop_at_the_last_day) { BOOST_TEST(text(plus_months(*day_from("2024-01-31"), 1)) == "2024-02-29"); }

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
