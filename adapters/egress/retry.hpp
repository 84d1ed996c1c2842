// When to try again: exponential back-off with full jitter, Retry-After, and a circuit breaker. Pure: time and chance
// come from outside. Threads: plain values. Source: "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015); RFC
// 9110 10.2.3.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.hpp"

namespace adapters::egress {

using Milliseconds = std::chrono::milliseconds;

// Somewhere in (0, least * 2^failures], never above most. `chance` is a number in [0, 1).
Milliseconds pause_after(unsigned failures, double chance, Milliseconds least = Milliseconds(500),
                         Milliseconds most = Milliseconds(300'000));

// "Sun, 06 Nov 1994 08:49:37 GMT"; nothing: anything else.
std::optional<core::Instant> http_date(std::string_view text);

// Retry-After in seconds or as an HTTP date; nothing when it is neither. Never above an hour. `now`: of the clock that
// said it, or a clock that is ahead makes seconds an hour.
std::optional<Milliseconds> retry_after(std::string_view header, core::Instant now);

// Closed until `threshold` failures in a row; then open for a time; then one call may try. A partner that says how long
// to leave it alone (hold) opens it at once.
class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit Breaker(unsigned threshold = 5, Milliseconds first_pause = Milliseconds(1'000),
                   Milliseconds most = Milliseconds(60'000))
      : threshold_(threshold), first_(first_pause), most_(most) {}
  bool allows(Time now);  // true: make the call and say how it went
  void succeeded();
  void failed(Time now);
  void spared();  // the call was not made, or says nothing about the partner
  void hold(Time until);
  bool open(Time now) const { return (failures_ >= threshold_ || held_) && now < until_; }
  Time until() const { return until_; }

 private:
  unsigned threshold_, failures_ = 0;
  bool held_ = false;
  Milliseconds first_, most_;
  Time until_{};
};

}  // namespace adapters::egress
