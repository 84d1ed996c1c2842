#include "adapters/egress/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace adapters::egress {
namespace {

constexpr Milliseconds an_hour(3'600'000);

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<core::Instant> http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(25) != " GMT" || text[19] != ':' || text[22] != ':') return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4)), hour = number(text.substr(17, 2)),
             minute = number(text.substr(20, 2)), second = number(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second || *hour > 23 || *minute > 59 ||
      *second > 60)
    return std::nullopt;
  const core::Civil date{*year, static_cast<int>(month - months.begin()) + 1, *day};
  if (!core::exists(date)) return std::nullopt;
  return core::Instant{core::start_of(core::day_from(date)).ms + ((*hour * 60LL + *minute) * 60 + *second) * 1000};
}

Milliseconds pause_after(unsigned failures, double chance, Milliseconds least, Milliseconds most) {
  auto bound = least;
  for (unsigned i = 0; i < failures && bound < most; ++i) bound *= 2;
  bound = std::min(bound, most);
  return Milliseconds(1 + static_cast<std::int64_t>(chance * static_cast<double>(bound.count() - 1)));
}

std::optional<Milliseconds> retry_after(std::string_view header, core::Instant now) {
  if (const auto seconds = number(header)) return std::min(an_hour, Milliseconds(std::int64_t{*seconds} * 1000));
  if (const auto at = http_date(header)) return std::clamp(Milliseconds(at->ms - now.ms), Milliseconds(0), an_hour);
  return std::nullopt;
}

bool Breaker::allows(Time now) {
  if (failures_ < threshold_ && !held_) return true;
  if (now < until_) return false;
  until_ = now + first_;  // half open: others wait for this one
  return true;
}

void Breaker::succeeded() {
  failures_ = 0;
  held_ = false;
}

void Breaker::spared() { until_ = {}; }

void Breaker::hold(Time until) {
  held_ = true;
  until_ = std::max(until_, until);
}

void Breaker::failed(Time now) {
  ++failures_;
  held_ = false;
  if (failures_ < threshold_) return;
  auto pause = first_;
  for (unsigned i = threshold_; i < failures_ && pause < most_; ++i) pause *= 2;
  until_ = now + std::min(pause, most_);
}

}  // namespace adapters::egress
