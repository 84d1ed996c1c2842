#include "fhir/path/temporal.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/time.hpp"

using namespace fhir::path;

namespace {

std::string moved(std::string_view start, std::int64_t count, std::string_view unit) {
  const auto value = start.find(':') == 2 ? time_from(start) : datetime_from(start);
  BOOST_REQUIRE_MESSAGE(value, start);
  const auto result = plus(*value, count, unit);
  return result ? text(*result) : "none";
}

std::string order(std::string_view a, std::string_view b) {
  const auto ordering = compare(*datetime_from(a), *datetime_from(b));
  return !ordering ? "?" : *ordering < 0 ? "<" : *ordering > 0 ? ">" : "=";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(temporal)

BOOST_AUTO_TEST_CASE(text_of_any_precision_comes_back) {
  for (const char* one :
       {"2024", "2024-02", "2024-02-29", "2024-02-29T10", "2024-02-29T10:05", "2024-02-29T10:05:09",
        "2024-02-29T10:05:09.120", "2024-02-29T10:05Z", "2024-02-29T10:05:09+05:30", "2024-02-29T10-11:00"})
    BOOST_TEST(text(*datetime_from(one)) == one);
  for (const char* one : {"10", "10:05", "10:05:09", "10:05:09.120"}) BOOST_TEST(text(*time_from(one)) == one);
}

BOOST_AUTO_TEST_CASE(what_does_not_exist_is_no_date) {
  for (const char* one : {"", "24", "2024-13", "2024-00", "2023-02-29", "2024-2-1", "2024-02-30", "2024-02-01T24",
                          "2024-02-01T10:60", "2024-02-01T10:00:61", "2024-02T10:00", "2024-02-01T10:00+14:30",
                          "2024-02-01T10:00z", "2024-02-01 10:00", "0000", "2024-02-01T10:00:00.", "2024-02-01T10:0"})
    BOOST_TEST(!datetime_from(one).has_value(), one);
  for (const char* one : {"", "24", "1", "10:60", "10:00Z", "T10"}) BOOST_TEST(!time_from(one).has_value(), one);
}

BOOST_AUTO_TEST_CASE(less_precise_values_leave_the_order_open) {
  BOOST_TEST(order("2024", "2024-02") == "?");
  BOOST_TEST(order("2023", "2024-02") == "<");
  BOOST_TEST(order("2024-02-01T10:00Z", "2024-02-01T11:00+01:00") == "=");
  BOOST_TEST(order("2024-02-01T00:30+01:00", "2024-01-31T23:45Z") == "<");
  BOOST_TEST(order("2024-02-01T10:00:00", "2024-02-01T10:00:00.000") == "=");
  BOOST_TEST(order("2024-02-01T10:00:00", "2024-02-01T10:00:00.001") == "<");
  BOOST_TEST(order("2024-02-01", "2024-02-01T00:00") == "?");
}

BOOST_AUTO_TEST_CASE(calendar_arithmetic_keeps_the_day_or_takes_the_last) {
  BOOST_TEST(moved("2024-02-29", 1, "year") == "2025-02-28");
  BOOST_TEST(moved("2024-01-31", 1, "month") == "2024-02-29");
  BOOST_TEST(moved("2024-01-31", -2, "month") == "2023-11-30");
  BOOST_TEST(moved("2024-12-31", 1, "day") == "2025-01-01");
  BOOST_TEST(moved("2024-01-01T00:00Z", -1, "minute") == "2023-12-31T23:59Z");
  BOOST_TEST(moved("23:59:59", 2, "second") == "00:00:01");
  BOOST_TEST(moved("00:00", -1, "minute") == "23:59");
}

BOOST_AUTO_TEST_CASE(finer_units_are_taken_to_the_precision_of_the_value) {
  BOOST_TEST(moved("2024", 364, "day") == "2024");
  BOOST_TEST(moved("2024", 365, "day") == "2025");
  BOOST_TEST(moved("2024", 11, "month") == "2024");
  BOOST_TEST(moved("2024-01", 59, "day") == "2024-02");
  BOOST_TEST(moved("2024-01-01", 47, "hour") == "2024-01-02");
  BOOST_TEST(moved("2024-01-01", 2, "week") == "2024-01-15");
  BOOST_TEST(moved("2024-01-01T10", 119, "minute") == "2024-01-01T11");
}

BOOST_AUTO_TEST_CASE(what_leaves_the_calendar_has_no_result) {
  BOOST_TEST(moved("9999-12-31", 1, "day") == "none");
  BOOST_TEST(moved("0001-01-01", -1, "day") == "none");
  BOOST_TEST(moved("0001-01", -1, "month") == "none");
  BOOST_TEST(moved("9999", 1, "year") == "none");
  BOOST_TEST(moved("2024-01-01", INT64_MAX, "day") == "none");
  BOOST_TEST(moved("2024-01-01T00:00:00", INT64_MIN, "millisecond") == "none");
  BOOST_TEST(moved("2024-01-01", 400'000'000'000'000, "week") == "none");
}

BOOST_AUTO_TEST_CASE(days_agree_with_the_calendar_of_the_core) {
  for (core::Day day = -719'000; day < 2'900'000; day += 9'973)
    BOOST_TEST(moved(core::text(day), 1'000, "day") == core::text(day + 1'000));
}

BOOST_AUTO_TEST_CASE(boundaries_are_the_first_and_the_last_that_is_meant) {
  BOOST_TEST(text(*boundary(*datetime_from("2024-02"), false, 8)) == "2024-02-29");
  BOOST_TEST(text(*boundary(*datetime_from("2024"), true, 17)) == "2024-01-01T00:00:00.000+14:00");
  BOOST_TEST(text(*boundary(*datetime_from("2024-02-01T10Z"), false, 17)) == "2024-02-01T10:59:59.999Z");
  BOOST_TEST(text(*boundary(*time_from("10:30"), false, 9)) == "10:30:59.999");
  BOOST_TEST(!boundary(*time_from("10:30"), false, 8).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
