#include "adapters/server/clock.hpp"

#include <chrono>
#include <ctime>

namespace adapters::server {

core::Instant MachineClock::now() const {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

int MachineClock::zone_minutes_at(core::Instant instant) const {
  if (zone_minutes_) return *zone_minutes_;
  const std::time_t second = static_cast<std::time_t>(instant.ms / 1000);
  std::tm local{};
  localtime_r(&second, &local);
  return static_cast<int>(local.tm_gmtoff / 60);
}

core::Day MachineClock::day_at(core::Instant instant) const { return core::day_of({instant.ms + zone_minutes_at(instant) * 60'000LL}); }

core::Day MachineClock::today() const { return today_ ? *today_ : day_at(now()); }

}  // namespace adapters::server
