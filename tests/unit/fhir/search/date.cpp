#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;

BOOST_AUTO_TEST_SUITE(search_date)

namespace {
World days() {
  return World{R"({"resourceType":"Observation","id":"d2011","effectiveDateTime":"2011-12-31"})",
               R"({"resourceType":"Observation","id":"d2012","effectiveDateTime":"2012-05-04"})",
               R"({"resourceType":"Observation","id":"y2012","effectiveDateTime":"2012"})",
               R"({"resourceType":"Observation","id":"d2013","effectiveDateTime":"2013-01-01T00:00:00Z"})",
               R"({"resourceType":"Observation","id":"p","effectivePeriod":{"start":"2011-06-01","end":"2012-06-01"}})",
               R"({"resourceType":"Observation","id":"open","effectivePeriod":{"start":"2012-03-01"}})",
               R"({"resourceType":"Observation","id":"none","status":"final"})"};
}
}  // namespace

// Each line: what R4's table of prefixes says, word by word.
BOOST_AUTO_TEST_CASE(all_nine_prefixes_against_days_years_and_periods) {
  World world = days();
  BOOST_TEST(world.find("Observation", "date=2012") == "d2012 y2012");
  BOOST_TEST(world.find("Observation", "date=eq2012") == "d2012 y2012");
  BOOST_TEST(world.find("Observation", "date=ne2012") == "d2011 d2013 p open");
  BOOST_TEST(world.find("Observation", "date=gt2012") == "d2013 open");
  BOOST_TEST(world.find("Observation", "date=lt2012") == "d2011 p");
  BOOST_TEST(world.find("Observation", "date=ge2012") == "d2012 y2012 d2013 open");
  BOOST_TEST(world.find("Observation", "date=le2012") == "d2011 d2012 y2012 p");
  BOOST_TEST(world.find("Observation", "date=sa2012") == "d2013");
  BOOST_TEST(world.find("Observation", "date=eb2012") == "d2011");
  BOOST_TEST(world.find("Observation", "date=sa2011-12-31") == "d2012 y2012 d2013 open");
}

BOOST_AUTO_TEST_CASE(a_day_lies_in_its_month_and_year_and_not_the_other_way_round) {
  World world = days();
  BOOST_TEST(world.find("Observation", "date=2012-05") == "d2012");
  BOOST_TEST(world.find("Observation", "date=2012-05-04") == "d2012");
  BOOST_TEST(world.find("Observation", "date=2012-05-04T10:00Z") == "");
  BOOST_TEST(world.find("Observation", "date=ge2012-05-04T10:00Z") == "d2012 y2012 d2013 p open");
}

BOOST_AUTO_TEST_CASE(two_dates_make_a_range) {
  World world = days();
  BOOST_TEST(world.find("Observation", "date=ge2012-01-01&date=lt2013-01-01") == "d2012 y2012 p open");
  BOOST_TEST(world.find("Observation", "date=2011-12-31,2013-01-01") == "d2011 d2013");
}

BOOST_AUTO_TEST_CASE(approximately_grows_with_the_distance_from_now) {
  World world{R"({"resourceType":"Patient","id":"a","birthDate":"1974-06-15"})",
              R"({"resourceType":"Patient","id":"b","birthDate":"1978-06-15"})",
              R"({"resourceType":"Patient","id":"c","birthDate":"1990-06-15"})"};
  BOOST_TEST(world.find("Patient", "birthdate=ap1974-06-15") == "a b");  // fifty years ago: five years on each side
}

BOOST_AUTO_TEST_CASE(parts_of_a_second_count) {
  World world{R"({"resourceType":"Observation","id":"a","effectiveInstant":"2020-01-01T00:00:00.250Z"})",
              R"({"resourceType":"Observation","id":"b","effectiveInstant":"2020-01-01T00:00:00.750Z"})"};
  BOOST_TEST(world.find("Observation", "date=2020-01-01T00:00:00.250Z") == "a");
  BOOST_TEST(world.find("Observation", "date=gt2020-01-01T00:00:00.250Z") == "b");
  BOOST_TEST(world.find("Observation", "date=lt2020-01-01T00:00:00.5Z") == "a");
  BOOST_TEST(world.find("Observation", "date=2020-01-01T00:00:00Z") == "a b");
}

BOOST_AUTO_TEST_CASE(zones_are_respected_and_a_plus_read_as_a_space_is_a_plus) {
  World world{R"({"resourceType":"Observation","id":"a","effectiveDateTime":"2020-01-01T00:30:00+02:00"})"};
  BOOST_TEST(world.find("Observation", "date=2019-12-31T22:30:00Z") == "a");
  BOOST_TEST(world.find("Observation", "date=2020-01-01T00:30:00%2B02:00") == "a");
  BOOST_TEST(world.find("Observation", "date=2020-01-01T00:30:00+02:00") == "a");
  BOOST_TEST(world.find("Observation", "date=2020-01-01") == "");
}

BOOST_AUTO_TEST_CASE(dates_without_zone_take_the_zone_of_the_index_on_both_sides) {
  const search::Index amsterdam(definitions(), {base_url, 120, false});
  const auto parameters = *search::parameters_from("date=2020-01-01&birthdate=2020-01-01");
  const auto observation = search::parse(amsterdam, "Observation", {parameters[0]}, context());
  const auto patient = search::parse(amsterdam, "Patient", {parameters[1]}, context());
  const auto rows = [&](std::string_view text) { return amsterdam.rows(json::parse(text)->root()); };
  const auto matches = [](const search::Search& search, const Rows& in) {
    for (const Row& row : in)
      if (row.param == search.query.all[0].param && core::store::matches(search.query.all[0].any[0], row)) return true;
    return false;
  };
  BOOST_TEST(
      matches(*observation, rows(R"({"resourceType":"Observation","effectiveDateTime":"2020-01-01T00:30:00+02:00"})")));
  BOOST_TEST(
      !matches(*observation, rows(R"({"resourceType":"Observation","effectiveDateTime":"2020-01-01T23:30:00Z"})")));
  BOOST_TEST(matches(*observation, rows(R"({"resourceType":"Observation","effectiveDateTime":"2020-01-01"})")));
  BOOST_TEST(matches(*patient, rows(R"({"resourceType":"Patient","birthDate":"2020-01-01"})")));
}

BOOST_AUTO_TEST_CASE(of_a_timing_the_outer_limits_count) {
  World world{
      R"({"resourceType":"ServiceRequest","id":"a","occurrenceTiming":{"event":["2020-01-05","2020-03-01"]}})",
      R"({"resourceType":"ServiceRequest","id":"b","occurrenceTiming":{"repeat":{"boundsPeriod":{"start":"2020-02-01","end":"2020-02-20"}}}})"};
  BOOST_TEST(world.find("ServiceRequest", "occurrence=ge2020-01-01&occurrence=le2020-03-01") == "a b");
  BOOST_TEST(world.find("ServiceRequest", "occurrence=2020-02") == "b");
  BOOST_TEST(world.find("ServiceRequest", "occurrence=ap2024-06-15") == "");
}

BOOST_AUTO_TEST_CASE(last_updated_is_a_date_too) {
  World world{R"({"resourceType":"Basic","id":"a","meta":{"lastUpdated":"2024-01-01T10:00:00.000Z"}})",
              R"({"resourceType":"Basic","id":"b","meta":{"lastUpdated":"2024-02-01T10:00:00.000Z"}})"};
  BOOST_TEST(world.find("Basic", "_lastUpdated=2024-01") == "a");
  BOOST_TEST(world.find("Basic", "_lastUpdated=gt2024-01-01T10:00:00Z") == "b");
  BOOST_TEST(world.find("Basic", "_lastUpdated:missing=false") == "a b");
  BOOST_TEST(world.find("Basic", "_lastUpdated:missing=true") == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_date_is_refused_by_name) {
  World world;
  for (const char* value : {"2012-13", "2012-02-30", "xx2012", "12", "today", "2012-01-01T25:00Z", "2012-1-1"})
    BOOST_TEST(is_error(world.find("Observation", std::string("date=") + value), "date: '"), value);
  BOOST_TEST(is_error(world.find("Observation", "date:exact=2012"), "date:exact: "));
}

BOOST_AUTO_TEST_SUITE_END()
