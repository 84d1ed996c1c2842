// The machine's clock, with "today" in the configured zone, or on a day that the operator fixed.
// Threads: safe from all.
#pragma once
#include <optional>

#include "core/base/time.hpp"

namespace adapters::server {

class MachineClock final : public core::Clock {
 public:
  // `zone_minutes` east of UTC; nothing: the zone of the environment (TZ). `today`: fixed.
  explicit MachineClock(std::optional<int> zone_minutes = {}, std::optional<core::Day> today = {})
      : zone_minutes_(zone_minutes), today_(today) {}
  core::Instant now() const override;
  core::Day today() const override;
  core::Day day_at(core::Instant instant) const;  // the calendar day in the zone, summer time and all

 private:
  int zone_minutes_at(core::Instant instant) const;
  std::optional<int> zone_minutes_;
  std::optional<core::Day> today_;
};

}  // namespace adapters::server
