#include "adapters/server/clock.hpp"

#include <chrono>
#include <ctime>

namespace adapters::server {

core::Instant MachineClock::now() const {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

int MachineClock::zone_minutes() const {
  if (zone_minutes_) return *zone_minutes_;
  const std::time_t second = std::time(nullptr);
  std::tm local{};
  localtime_r(&second, &local);
  return static_cast<int>(local.tm_gmtoff / 60);
}

core::Day MachineClock::today() const {
  if (today_) return *today_;
  return core::day_of({now().ms + zone_minutes() * 60'000LL});
}

}  // namespace adapters::server
