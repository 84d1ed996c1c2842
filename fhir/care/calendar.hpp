// The calendar of surveillance: for each person the first day on which a decision, and the first on which a tier, may change by the
// mere passing of time. Four bytes a person; a new day looks only at those whose day has come.
// Never: decides. Threads: one writer at a time.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/population/population.hpp"

namespace fhir::care {

class Calendar {
 public:
  void clear() { days_.clear(); }
  void set(core::population::PersonId person, core::Day decisions, core::Day tiers) {
    if (days_.size() <= person) days_.resize(person + 1);
    days_[person] = {code(decisions), code(tiers)};
  }
  // Calls each(person, decisions due, tiers due) for everyone whose day has come. Who was never entered is due for certain.
  template <class Each>
  void each_due(core::Day today, core::population::PersonId end, Each&& each) const {
    const auto now = core::population::code_of_day(today);
    for (core::population::PersonId person = 0; person < end; ++person) {
      const Entry entry = person < days_.size() ? days_[person] : Entry{};
      if (entry.decisions <= now || entry.tiers <= now) each(person, entry.decisions <= now, entry.tiers <= now);
    }
  }
  std::size_t bytes() const { return days_.capacity() * sizeof(Entry); }

 private:
  struct Entry {
    std::uint16_t decisions = 0, tiers = 0;  // days as the population counts them; 0: not entered
  };
  static constexpr std::uint16_t never = 0xffff;
  static std::uint16_t code(core::Day day) {
    if (day == core::population::open_end) return never;
    const auto known = core::population::code_of_day(day);
    return known == 0 ? never : known;  // beyond 2079
  }
  std::vector<Entry> days_;
};

}  // namespace fhir::care
