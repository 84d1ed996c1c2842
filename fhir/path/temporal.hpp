// Date, DateTime and Time of FHIRPath: any precision, three-valued comparison, arithmetic by calendar units,
// boundaries. Never: reads a clock or the machine's time zone; a value without zone is taken as UTC when it meets one
// with a zone. Threads: plain values, pure functions. Source: FHIRPath N1 sections 4.1.5-7, 6.1, 6.2, 6.7; 5.11
// (boundaries, draft).
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fhir::path {

struct Temporal {
  enum class Part : unsigned char { year, month, day, hour, minute, second, millisecond };  // precision, in this order
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0;
  Part precision = Part::year;
  bool is_time = false;     // no date: hour is the first part
  std::optional<int> zone;  // minutes east of UTC
};

// "2019", "2019-02", "2019-02-03", and with T: "2019T", "2019-02-03T", "...T10", "...T10:30", "...:00", "....123", then
// Z or +hh:mm.
std::optional<Temporal> datetime_from(std::string_view text);
std::optional<Temporal> time_from(std::string_view text);  // "10", "10:30", "10:30:00", "10:30:00.123"
std::string text(const Temporal& value);

// less, equal, greater; nullopt: undecided because one is less precise. Seconds and milliseconds are one precision.
std::optional<std::strong_ordering> compare(const Temporal& a, const Temporal& b);

// Adds `count` of a unit ("year" ... "millisecond", singular). A unit finer than the value's precision is first turned
// into that precision, and what remains is dropped. A time takes hours and finer, and wraps at midnight. nullopt:
// beyond years 1 to 9999.
std::optional<Temporal> plus(const Temporal& value, std::int64_t count, std::string_view unit);

// The earliest or latest value of `precision` digits that this one may mean (see digits); nullopt: there is no such
// precision.
std::optional<Temporal> boundary(const Temporal& value, bool low, int digits);
int digits(const Temporal& value);  // precision(): 4, 6, 8, 10, 12, 14, 17; a time: 2, 4, 6, 9

}  // namespace fhir::path
