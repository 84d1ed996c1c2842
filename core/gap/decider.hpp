// The inside of Decider. Never: seen outside core/gap. Threads: one thread's.
#pragma once
#include <span>
#include <vector>

#include "core/gap/decide.hpp"
#include "core/gap/machine.hpp"

namespace core::gap {

struct Decider::State {
  State(const Plan& a_plan, const Population& people) : plan(a_plan), population(people), own_reading(a_plan, people), machine(own_reading) {}
  void look_at(Reading& other) {  // from now on decides about another person
    reading = &other;
    machine.look_at(other);
  }

  struct Excluded {
    std::int32_t number = -1;  // -1: by none
    bool holds = false;        // false with a number: could not be evaluated
  };

  void decide(PersonId person, Day as_of);
  void decide_item(std::uint16_t number, const Value& cohort, const Value& applies, Decision& decision);
  // Given whether the person is known to be in the cohort, the item known to apply, what excludes, and, when that is already known,
  // what the item's `met` gives.
  void decide_known(std::uint16_t number, bool in_cohort, bool applies, const Excluded& excluded, Decision& decision, const Value* met = nullptr);
  Cause barred();
  std::string source(std::int32_t row) const;

  bool untouched(const Program& program) const { return reading->untouched(plan.masks(program), program.masks); }
  Value run(const Program& program) {
    if (program.untouched != Untouched::unknown && untouched(program))
      return program.untouched == Untouched::empty ? Value{} : of(program.untouched == Untouched::yes);
    return machine.run(plan.steps(program));
  }
  Excluded excluded_by(std::span<const PlannedExclusion> exclusions);
  Day refused_after(const PlannedItem& item, Day last);
  Value evidence_of(const PlannedItem& item);
  Day day_of(const Value& value);
  Status status_at(const PlannedItem& item, Day due);
  Day start_of(const PlannedItem& item, Day& stated);
  Day own_start_of(const PlannedItem& item, Day& stated);
  void decide_date(const PlannedItem& item, Decision& decision);
  void dated(const PlannedItem& item, const Value& found, Decision& decision);
  bool any_doubtful(const PlannedItem& item) const;
  void decide_met(const PlannedItem& item, const Value& met, Decision& decision);
  void collect_days(const PlannedItem& item);
  bool met_on(const PlannedItem& item, Day day);
  Day failing_since(const PlannedItem& item, Day held, Day now);
  Day last_met(const PlannedItem& item, bool met_now, Day& unmet_since);

  void describe(const PlannedItem& item, const std::vector<TracedCall>& trace, Explanation& result);

  const Plan& plan;
  const Population& population;
  Reading own_reading;
  Reading* reading = &own_reading;
  Machine machine;
  std::vector<Decision> decisions;
  std::vector<std::uint16_t> days;
  Excluded shared_exclusion;
};

}  // namespace core::gap
