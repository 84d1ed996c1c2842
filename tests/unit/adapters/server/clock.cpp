// "Today" is the day where the practice is, not the day in Greenwich.
#include "adapters/server/clock.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

using adapters::server::MachineClock;

core::Instant at(const char* text) { return core::moment_from(text)->low; }
std::string day(const MachineClock& clock, const char* instant) { return core::text(clock.day_at(at(instant))); }

// The zone of the process, for the length of a test.
class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    if (before_.empty()) ::unsetenv("TZ");
    else ::setenv("TZ", before_.c_str(), 1);
    ::tzset();
  }

 private:
  std::string before_;
};

BOOST_AUTO_TEST_SUITE(server_clock)

BOOST_AUTO_TEST_CASE(at_half_past_eleven_in_greenwich_it_is_the_new_year_in_amsterdam) {
  const Zone zone("Europe/Amsterdam");
  const MachineClock clock;
  BOOST_TEST(day(clock, "2026-12-31T22:59:59Z") == "2026-12-31");
  BOOST_TEST(day(clock, "2026-12-31T23:30:00Z") == "2027-01-01");
  BOOST_TEST(core::age_on(*core::day_from("2009-01-01"), clock.day_at(at("2026-12-31T23:30:00Z"))) == 18);  // an adult, by the programmes for adults
  BOOST_TEST(day(clock, "2026-06-30T21:59:00Z") == "2026-06-30");  // two hours in summer
  BOOST_TEST(day(clock, "2026-06-30T22:00:00Z") == "2026-07-01");
}

BOOST_AUTO_TEST_CASE(a_zone_in_minutes_needs_no_name) {
  BOOST_TEST(day(MachineClock(60), "2026-12-31T23:30:00Z") == "2027-01-01");
  BOOST_TEST(day(MachineClock(0), "2026-12-31T23:30:00Z") == "2026-12-31");
  BOOST_TEST(day(MachineClock(-300), "2027-01-01T04:59:00Z") == "2026-12-31");
}

BOOST_AUTO_TEST_CASE(a_day_that_the_operator_fixed_stays) {
  BOOST_TEST(MachineClock(60, *core::day_from("2020-02-29")).today() == *core::day_from("2020-02-29"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
