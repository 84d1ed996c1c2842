// Time as numbers: Instant (UTC milliseconds), Day (days since 1970-01-01), and the span a FHIR date of any precision covers.
// Proleptic Gregorian calendar. Never: reads the machine's clock (Clock is handed in). Threads: plain values, pure functions.
// Source: FHIR R4 datatypes date, dateTime, instant, time (section 2.24.0.1) and search on dates (3.1.1.4.9).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

struct Instant {
  std::int64_t ms = 0;  // milliseconds since 1970-01-01T00:00:00Z
  auto operator<=>(const Instant&) const = default;
};

using Day = std::int32_t;  // days since 1970-01-01

struct Civil {
  int year = 1970, month = 1, day = 1;
};

enum class Precision : unsigned char { year, month, day, minute, second, millisecond };

// A date or dateTime as written: the half-open span [low, high) of instants it may mean, and how precise it was.
struct Moment {
  Instant low, high;
  Precision precision = Precision::day;
  bool has_zone = false;
  Day day() const;  // the first day of the span, in the zone it was written in (UTC when none)
  Day local_day = 0;
};

Day day_from(Civil date);
Civil civil_from(Day day);
bool exists(Civil date);                                   // 30 February does not
Day day_of(Instant instant);                               // UTC
Instant start_of(Day day);                                 // 00:00Z
std::string text(Day day);                                 // "2024-01-31"
std::string text(Instant instant);                         // "2024-01-31T12:00:00.000Z"
std::optional<Day> day_from(std::string_view text);        // exactly YYYY-MM-DD, existing day
// Parses FHIR date / dateTime / instant text of any precision; a text without zone is taken at `zone_minutes` from UTC.
std::optional<Moment> moment_from(std::string_view text, int zone_minutes = 0);
int age_on(Day birth, Day on);                             // completed years; 29 February counts from 1 March in common years
Day plus_months(Day day, int months);                      // same day of month, or the month's last

// The machine's clock, handed in so that tests and --today can fix it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual Day today() const = 0;
};

}  // namespace core
