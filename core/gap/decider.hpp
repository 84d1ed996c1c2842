// The inside of Decider. Never: seen outside core/gap. Threads: one thread's.
#pragma once
#include <span>
#include <vector>

#include "core/gap/decide.hpp"
#include "core/gap/machine.hpp"

namespace core::gap {

// The newest of its sets; where all are asked for, the oldest of their newest.
inline Value newest_of(const PlannedItem& item, Reading& reading) {
  Value found;
  for (const auto set : item.newest_of) {
    const auto each = reading.newest(set);
    if (!each.present) {
      if (item.all_of_them) return {};
      continue;
    }
    if (!found.present || (item.all_of_them ? each.number < found.number : each.number > found.number)) found = each;
  }
  return found;
}

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
  // What the decision comes to, given whether the person is known to be in the cohort, the item known to apply, and what excludes.
  void conclude(const PlannedItem& item, bool in_cohort, bool applies, const Excluded& excluded, Decision& decision);
  Cause barred();
  std::string source(std::int32_t row) const;

  bool untouched(const Program& program) const { return reading->untouched(plan.guards(program)); }
  Value run(const Program& program) {
    if (program.untouched != Untouched::unknown && untouched(program))
      return program.untouched == Untouched::empty ? Value{} : of(program.untouched == Untouched::yes);
    return machine.run(plan.steps(program));
  }
  Excluded excluded_by(std::span<const PlannedExclusion> exclusions);
  Day refused_after(const PlannedItem& item, Day last);
  Value evidence_of(const PlannedItem& item);
  Day day_of(const Value& value) {
    if (value.slope != 0) reading->note(reading->today() + 1);
    return static_cast<Day>(value.number);
  }
  // Satisfied before the days in which it is due soon, then due soon, open, and overdue after the grace.
  Status status_at(const PlannedItem& item, Day due) {
    const auto left = due - reading->today();
    if (left > item.soon) return reading->note(due - item.soon), Status::satisfied;
    if (left > 0) return reading->note(due), Status::due_soon;
    if (left + item.grace >= 0) return reading->note(due + item.grace + 1), Status::open;
    return Status::overdue;
  }
  struct Start {
    Day day = no_day, stated = no_day;  // stated: by the item's own rule
  };
  Start start_of(const PlannedItem& item) { return start_from(item, item.start ? run(item.start) : Value{}); }
  Start start_from(const PlannedItem& item, const Value& stated);
  Day usual_start(const PlannedItem& item);
  void decide_date(const PlannedItem& item, Decision& decision);
  void decide_dated(const PlannedItem& item, Decision& decision);
  void decide_done(const PlannedItem& item, const Value& found, const Value& every, Decision& decision);
  void decide_undone(const PlannedItem& item, const Start& start, Decision& decision);
  void reconsider(const PlannedItem& item, Decision& decision);
  bool any_doubtful(const PlannedItem& item) const;
  void decide_met(const PlannedItem& item, const Value& met, const Start& start, Decision& decision, bool touched = true);
  void collect_days(const PlannedItem& item, Decision& decision);
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
