#include "fhir/path/temporal.hpp"

#include <array>
#include <cstdio>

#include "core/base/time.hpp"

namespace fhir::path {
namespace {

using Part = Temporal::Part;
constexpr std::int64_t ms_per_day = 86'400'000;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool done() const { return at_ == text_.size(); }
  bool take(char c) { return at_ < text_.size() && text_[at_] == c ? ++at_, true : false; }

  bool number(std::size_t count, int low, int high, int& value) {
    if (at_ + count > text_.size()) return false;
    int result = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = text_[at_ + i];
      if (c < '0' || c > '9') return false;
      result = result * 10 + (c - '0');
    }
    if (result < low || result > high) return false;
    at_ += count;
    value = result;
    return true;
  }

  bool fraction(int& milliseconds) {  // digits beyond the third are dropped
    const std::size_t first = at_;
    milliseconds = 0;
    int scale = 100;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, scale /= 10)
      milliseconds += (text_[at_] - '0') * scale;
    return at_ > first;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// hh, hh:mm, hh:mm:ss, hh:mm:ss.fff
bool read_time(Reader& in, Temporal& t) {
  if (!in.number(2, 0, 23, t.hour)) return false;
  t.precision = Part::hour;
  if (!in.take(':')) return true;
  if (!in.number(2, 0, 59, t.minute)) return false;
  t.precision = Part::minute;
  if (!in.take(':')) return true;
  if (!in.number(2, 0, 60, t.second)) return false;
  t.precision = Part::second;
  if (!in.take('.')) return true;
  t.precision = Part::millisecond;
  return in.fraction(t.millisecond);
}

bool read_zone(Reader& in, Temporal& t) {
  if (in.take('Z')) return t.zone = 0, true;
  const int sign = in.take('+') ? 1 : in.take('-') ? -1 : 0;
  int hours = 0, minutes = 0;
  if (sign == 0 || !in.number(2, 0, 14, hours) || !in.take(':') || !in.number(2, 0, hours == 14 ? 0 : 59, minutes))
    return false;
  t.zone = sign * (hours * 60 + minutes);
  return true;
}

std::int64_t time_of(const Temporal& t) {
  return t.hour * 3'600'000LL + t.minute * 60'000LL + (t.second == 60 ? 59 : t.second) * 1000LL + t.millisecond;
}

void set_time(Temporal& t, std::int64_t ms) {
  t.hour = static_cast<int>(ms / 3'600'000);
  t.minute = static_cast<int>(ms / 60'000 % 60);
  t.second = static_cast<int>(ms / 1000 % 60);
  t.millisecond = static_cast<int>(ms % 1000);
}

bool set_day(Temporal& t, std::int64_t day) {
  constexpr std::int64_t first = -719'162, last = 2'932'896;  // 0001-01-01, 9999-12-31
  if (day < first || day > last) return false;
  const core::Civil civil = core::civil_from(static_cast<core::Day>(day));
  t.year = civil.year, t.month = civil.month, t.day = civil.day;
  return true;
}

core::Day day_of(const Temporal& t) { return core::day_from(core::Civil{t.year, t.month, t.day}); }

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

Temporal in_utc(Temporal t) {  // a value with hours and a zone, moved to UTC; others as they are
  if (!t.zone || t.is_time || t.precision < Part::hour || *t.zone == 0) return t;
  const std::int64_t ms = time_of(t) - *t.zone * 60'000LL;
  const std::int64_t days = floor_div(ms, ms_per_day);
  set_day(t, day_of(t) + days);
  set_time(t, ms - days * ms_per_day);
  return t;
}

std::array<int, 6> parts(const Temporal& t) {
  return {t.year, t.month, t.day, t.hour, t.minute, t.second * 1000 + t.millisecond};
}

std::size_t last_part(Part precision) {  // index into parts(): seconds and milliseconds are one
  return precision >= Part::second ? 5 : static_cast<std::size_t>(precision);
}

// Units finer than the precision of the value, step by step: {unit, size in the next coarser one}.
struct Step {
  std::string_view unit, coarser;
  std::int64_t size;
  Part part;
};
constexpr std::array<Step, 6> steps{{{"millisecond", "second", 1000, Part::millisecond},
                                     {"second", "minute", 60, Part::second},
                                     {"minute", "hour", 60, Part::minute},
                                     {"hour", "day", 24, Part::hour},
                                     {"day", "month", 30, Part::day},
                                     {"month", "year", 12, Part::month}}};

// Turns count and unit into the precision of the value.
void coarsen(Part precision, std::int64_t& count, std::string_view& unit) {
  if (unit == "week") unit = "day", count *= 7;
  for (const Step& step : steps) {
    const bool seconds = step.part == Part::millisecond && precision == Part::second;
    if (unit != step.unit || step.part <= precision || seconds) continue;
    if (step.part == Part::day && precision == Part::year) {
      unit = "year", count /= 365;
    } else {
      unit = step.coarser, count /= step.size;
    }
  }
}

bool add_months(Temporal& t, std::int64_t months) {
  const std::int64_t total = t.year * 12LL + (t.month - 1) + months;
  if (total < 12 || total > 9999LL * 12 + 11) return false;
  t.year = static_cast<int>(total / 12);
  t.month = static_cast<int>(total % 12) + 1;
  while (t.day > 28 && !core::exists({t.year, t.month, t.day})) --t.day;
  return true;
}

bool add_clock(Temporal& t, std::int64_t ms) {  // hours and below
  const std::int64_t sum = time_of(t) + ms;
  const std::int64_t days = floor_div(sum, ms_per_day);
  set_time(t, sum - days * ms_per_day);
  return t.is_time || set_day(t, day_of(t) + days);
}

}  // namespace

std::optional<Temporal> datetime_from(std::string_view text) {
  Reader in(text);
  Temporal t;
  if (!in.number(4, 1, 9999, t.year)) return std::nullopt;
  if (in.take('-')) {
    if (!in.number(2, 1, 12, t.month)) return std::nullopt;
    t.precision = Part::month;
    if (in.take('-')) {
      if (!in.number(2, 1, 31, t.day) || !core::exists({t.year, t.month, t.day})) return std::nullopt;
      t.precision = Part::day;
    }
  }
  if (in.take('T') && !in.done()) {
    if (t.precision != Part::day || !read_time(in, t)) return std::nullopt;
    if (!in.done() && !read_zone(in, t)) return std::nullopt;
  }
  return in.done() ? std::optional(t) : std::nullopt;
}

std::optional<Temporal> time_from(std::string_view text) {
  Reader in(text);
  Temporal t;
  t.is_time = true;
  return read_time(in, t) && in.done() ? std::optional(t) : std::nullopt;
}

std::string text(const Temporal& t) {
  char out[40];
  std::size_t at = 0;
  const auto put = [&](const char* format, int value) {
    at += static_cast<std::size_t>(std::snprintf(out + at, sizeof out - at, format, value));
  };
  if (!t.is_time) {
    put("%04d", t.year);
    if (t.precision >= Part::month) put("-%02d", t.month);
    if (t.precision >= Part::day) put("-%02d", t.day);
    if (t.precision >= Part::hour) put("T%02d", t.hour);
  } else {
    put("%02d", t.hour);
  }
  if (t.precision >= Part::minute) put(":%02d", t.minute);
  if (t.precision >= Part::second) put(":%02d", t.second);
  if (t.precision >= Part::millisecond) put(".%03d", t.millisecond);
  if (t.zone && t.precision >= Part::hour) {
    const int zone = *t.zone < 0 ? -*t.zone : *t.zone;
    if (zone == 0) return std::string(out, at) + "Z";
    put(*t.zone < 0 ? "-%02d" : "+%02d", zone / 60);
    put(":%02d", zone % 60);
  }
  return std::string(out, at);
}

std::optional<std::strong_ordering> compare(const Temporal& left, const Temporal& right) {
  const bool zoned = left.zone.has_value() || right.zone.has_value();
  const Temporal a = zoned ? in_utc(left) : left, b = zoned ? in_utc(right) : right;
  const auto as = parts(a), bs = parts(b);
  const std::size_t last_a = last_part(a.precision), last_b = last_part(b.precision);
  for (std::size_t i = a.is_time ? 3 : 0; i < as.size(); ++i) {
    if (i > last_a || i > last_b) return last_a == last_b ? std::optional(std::strong_ordering::equal) : std::nullopt;
    if (as[i] != bs[i]) return as[i] < bs[i] ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return std::strong_ordering::equal;
}

std::optional<Temporal> plus(const Temporal& value, std::int64_t count, std::string_view unit) {
  constexpr std::int64_t most = 400'000'000'000'000;  // milliseconds; more than 9999 years
  if (count > most || count < -most) return std::nullopt;
  Temporal t = value;
  coarsen(t.precision, count, unit);
  bool good = true;
  if (unit == "year") {
    good = add_months(t, count * 12);
  } else if (unit == "month") {
    good = add_months(t, count);
  } else if (unit == "day") {
    good = set_day(t, day_of(t) + count);
  } else if (unit == "hour") {
    good = add_clock(t, count * 3'600'000);
  } else if (unit == "minute") {
    good = add_clock(t, count * 60'000);
  } else {
    const std::int64_t ms = unit == "second" ? count * 1000 : count;
    if (ms % 1000 != 0) t.precision = Part::millisecond;
    good = add_clock(t, ms);
  }
  return good ? std::optional(t) : std::nullopt;
}

int digits(const Temporal& t) {
  constexpr std::array<int, 7> date{4, 6, 8, 10, 12, 14, 17}, time{0, 0, 0, 2, 4, 6, 9};
  return (t.is_time ? time : date)[static_cast<std::size_t>(t.precision)];
}

std::optional<Temporal> boundary(const Temporal& value, bool low, int wanted) {
  Temporal t = value, probe = value;
  for (int part = t.is_time ? 3 : 0;; ++part) {
    if (part > 6) return std::nullopt;  // no precision of that many digits
    probe.precision = static_cast<Part>(part);
    if (digits(probe) == wanted) break;
  }
  if (t.precision < Part::month) t.month = low ? 1 : 12;
  if (t.precision < Part::day && !t.is_time) {
    t.day = low ? 1 : 31;
    while (t.day > 28 && !core::exists({t.year, t.month, t.day})) --t.day;
  }
  if (t.precision < Part::hour) t.hour = low ? 0 : 23;
  if (t.precision < Part::minute) t.minute = low ? 0 : 59;
  if (t.precision < Part::second) t.second = low ? 0 : 59;
  if (t.precision < Part::millisecond) t.millisecond = low ? 0 : 999;
  t.precision = probe.precision;
  if (!t.is_time && t.precision >= Part::hour && !t.zone)
    t.zone = low ? 14 * 60 : -12 * 60;  // the first and the last on Earth
  return t;
}

}  // namespace fhir::path
