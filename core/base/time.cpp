#include "core/base/time.hpp"

#include <array>
#include <cstdio>

namespace core {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;

// Days from civil and back: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
constexpr Day days_from_civil(int y, int m, int d) {
  y -= m <= 2;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int yoe = y - era * 400;
  const int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

constexpr bool leap(int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }

constexpr int days_in(int year, int month) {
  constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// Reads exactly `count` digits at `at`; false leaves everything as it was.
bool digits(std::string_view text, std::size_t& at, int count, int& value) {
  if (at + static_cast<std::size_t>(count) > text.size()) return false;
  int result = 0;
  for (int i = 0; i < count; ++i) {
    const char c = text[at + static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') return false;
    result = result * 10 + (c - '0');
  }
  at += static_cast<std::size_t>(count);
  value = result;
  return true;
}

bool take(std::string_view text, std::size_t& at, char c) {
  if (at >= text.size() || text[at] != c) return false;
  ++at;
  return true;
}

struct Time {
  int hour = 0, minute = 0, second = 0, millisecond = 0;
  Precision precision = Precision::minute;
};

std::optional<Time> time_from(std::string_view text, std::size_t& at) {
  Time t;
  if (!digits(text, at, 2, t.hour) || !take(text, at, ':') || !digits(text, at, 2, t.minute)) return std::nullopt;
  if (t.hour > 23 || t.minute > 59) return std::nullopt;
  if (!take(text, at, ':')) return t;
  if (!digits(text, at, 2, t.second) || t.second > 60) return std::nullopt;
  t.precision = Precision::second;
  if (!take(text, at, '.')) return t;
  int scale = 100;
  const std::size_t first = at;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) t.millisecond += (text[at] - '0') * scale;
  if (at == first) return std::nullopt;
  t.precision = Precision::millisecond;
  return t;
}

std::optional<int> zone_from(std::string_view text, std::size_t& at) {  // minutes east of UTC
  if (take(text, at, 'Z')) return 0;
  const int sign = take(text, at, '+') ? 1 : take(text, at, '-') ? -1 : 0;
  int hours = 0, minutes = 0;
  if (sign == 0 || !digits(text, at, 2, hours) || !take(text, at, ':') || !digits(text, at, 2, minutes)) return std::nullopt;
  if (hours > 14 || minutes > 59) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

}  // namespace

Day Moment::day() const { return local_day; }

Day day_from(Civil date) { return days_from_civil(date.year, date.month, date.day); }

Civil civil_from(Day day) {
  const int z = day + 719468;
  const int era = (z >= 0 ? z : z - 146096) / 146097;
  const int doe = z - era * 146097;
  const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int mp = (5 * doy + 2) / 153;
  const int month = mp < 10 ? mp + 3 : mp - 9;
  return {yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1};
}

bool exists(Civil date) {
  return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
         date.day <= days_in(date.year, date.month);
}

Day day_of(Instant instant) {
  return static_cast<Day>(instant.ms >= 0 ? instant.ms / ms_per_day : (instant.ms - ms_per_day + 1) / ms_per_day);
}

Instant start_of(Day day) { return {day * ms_per_day}; }

std::string text(Day day) {
  const Civil c = civil_from(day);
  char out[16];
  std::snprintf(out, sizeof out, "%04d-%02d-%02d", c.year % 10000, c.month % 100, c.day % 100);
  return out;
}

std::string text(Instant instant) {
  const Day day = day_of(instant);
  const auto rest = static_cast<int>(instant.ms - start_of(day).ms);
  char out[32];
  std::snprintf(out, sizeof out, "T%02d:%02d:%02d.%03dZ", rest / 3'600'000, rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
  return text(day) + out;
}

std::optional<Day> day_from(std::string_view text) {
  Civil c;
  std::size_t at = 0;
  if (!digits(text, at, 4, c.year) || !take(text, at, '-') || !digits(text, at, 2, c.month) || !take(text, at, '-') ||
      !digits(text, at, 2, c.day) || at != text.size() || !exists(c))
    return std::nullopt;
  return day_from(c);
}

std::optional<Moment> moment_from(std::string_view text, int zone_minutes) {
  Civil c;
  std::size_t at = 0;
  Moment m;
  const auto spanning = [&](Day first, Day after) {
    m.local_day = first;
    m.low = {start_of(first).ms - zone_minutes * 60'000LL};
    m.high = {start_of(after).ms - zone_minutes * 60'000LL};
    return m;
  };
  if (!digits(text, at, 4, c.year) || c.year == 0) return std::nullopt;
  if (at == text.size()) {
    m.precision = Precision::year;
    return spanning(days_from_civil(c.year, 1, 1), days_from_civil(c.year + 1, 1, 1));
  }
  if (!take(text, at, '-') || !digits(text, at, 2, c.month) || c.month < 1 || c.month > 12) return std::nullopt;
  if (at == text.size()) {
    m.precision = Precision::month;
    return spanning(days_from_civil(c.year, c.month, 1), days_from_civil(c.year + c.month / 12, c.month % 12 + 1, 1));
  }
  if (!take(text, at, '-') || !digits(text, at, 2, c.day) || !exists(c)) return std::nullopt;
  const Day day = day_from(c);
  if (at == text.size()) return spanning(day, day + 1);
  if (!take(text, at, 'T')) return std::nullopt;
  const auto time = time_from(text, at);
  if (!time) return std::nullopt;
  int zone = zone_minutes;
  if (at != text.size()) {
    const auto given = zone_from(text, at);
    if (!given || at != text.size()) return std::nullopt;
    zone = *given;
    m.has_zone = true;
  }
  m.precision = time->precision;
  m.local_day = day;
  m.low = {start_of(day).ms + time->hour * 3'600'000LL + time->minute * 60'000LL + time->second * 1000LL + time->millisecond -
           zone * 60'000LL};
  const std::int64_t width = m.precision == Precision::minute ? 60'000 : m.precision == Precision::second ? 1000 : 1;
  m.high = {m.low.ms + width};
  return m;
}

int age_on(Day birth, Day on) {
  const Civil b = civil_from(birth), o = civil_from(on);
  return o.year - b.year - (o.month < b.month || (o.month == b.month && o.day < b.day));
}

Day plus_months(Day day, int months) {
  Civil c = civil_from(day);
  const int total = c.year * 12 + (c.month - 1) + months;
  c.year = total / 12;
  c.month = total % 12 + 1;
  if (c.day > days_in(c.year, c.month)) c.day = days_in(c.year, c.month);
  return day_from(c);
}

}  // namespace core
