// Items that evidence closes: its day, when the next is due, when the need began without any.
#include <algorithm>

#include "core/gap/decider.hpp"

namespace core::gap {

Day Decider::State::refused_after(const PlannedItem& item, Day last) {
  Day newest = no_day;
  for (const auto set : item.sets)
    if (const auto day = reading->refused(set); day != no_day && (last == no_day || day > last)) newest = std::max(newest, day);
  return newest;
}

Day Decider::State::day_of(const Value& value) {
  if (value.slope != 0) reading->note(reading->today() + 1);
  return static_cast<Day>(value.number);
}

// Satisfied before the days in which it is due soon, then due soon, open, and overdue after the grace.
Status Decider::State::status_at(const PlannedItem& item, Day due) {
  const auto today = reading->today();
  const auto until = [&](Day day, Status status) {
    reading->note(day);
    return status;
  };
  if (today < due - item.soon) return until(due - item.soon, Status::satisfied);
  if (today < due) return until(due, Status::due_soon);
  if (today <= due + item.grace) return until(due + item.grace + 1, Status::open);
  return Status::overdue;
}

// When the need began: the item's own rule; else the first fact of the cohort's sets, not before the birthday that it asks for
// (nor, then, before anything is known of the person); else the first day anything is known; else today. Nothing is due before its
// programme was in force.
Day Decider::State::start_of(const PlannedItem& item, Day& stated) {
  return std::max(own_start_of(item, stated), item.covers_from);
}

Day Decider::State::own_start_of(const PlannedItem& item, Day& stated) {
  stated = no_day;
  if (item.start)
    if (const auto value = run(item.start); value.present) return stated = day_of(value);
  std::optional<Day> start;
  for (const auto set : item.start_sets)
    if (const auto day = reading->first_day(set); day && (!start || *day < *start)) start = day;
  if (item.start_age > 0 && reading->view().birth != no_day) {
    const auto birthday = reading->birthday(item.start_age);
    start = start ? std::max(*start, birthday) : birthday;
    if (const auto known = reading->first_known_day()) start = std::max(*start, *known);  // nobody could have asked before
  }
  if (!start) start = reading->first_known_day();
  if (start) return *start;
  reading->note(reading->today() + 1);
  return reading->today();
}

Value Decider::State::evidence_of(const PlannedItem& item) {
  if (item.newest_of.empty() || machine.trace) return run(item.evidence);
  Value found;
  for (const auto set : item.newest_of) {
    const auto each = reading->lacks(set) ? Value{} : reading->newest(set);
    if (!each.present) {
      if (item.all_of_them) return {};
      continue;
    }
    if (!found.present || (item.all_of_them ? each.number < found.number : each.number > found.number)) found = each;
  }
  return found;
}

void Decider::State::decide_date(const PlannedItem& item, Decision& decision) {
  dated(item, evidence_of(item), decision);
  const bool waits = decision.status == Status::open || decision.status == Status::overdue;
  if (!waits || decision.cause == Cause::every_unknown || !reading->anything_doubtful() || !any_doubtful(item)) return;
  reading->set_lenient(true);
  Decision possible;
  dated(item, evidence_of(item), possible);
  reading->set_lenient(false);
  if (possible.status != Status::satisfied && possible.status != Status::due_soon) return;
  decision.status = Status::not_evaluable;
  decision.cause = Cause::unusable;
}

void Decider::State::dated(const PlannedItem& item, const Value& found, Decision& decision) {
  if (!found.present) {
    Day stated = no_day;
    decision.cause = Cause::no_evidence;
    decision.due = start_of(item, stated) + item.delay;
    decision.interval = stated;
    decision.status = status_at(item, decision.due);
    decision.since = decision.status == Status::due_soon ? decision.due - item.soon : decision.due;
    return;
  }
  const auto day = day_of(found);
  decision.cause = Cause::evidence;
  decision.last = decision.interval = decision.since = day;
  decision.row = found.row;
  decision.status = Status::satisfied;
  if (!item.every) return;
  const auto every = item.every_days >= 0 ? of(static_cast<double>(item.every_days)) : run(item.every);
  if (!every.present) {
    decision.status = Status::not_evaluable;
    decision.cause = Cause::every_unknown;
    return;
  }
  if (every.slope != 0) reading->note(reading->today() + 1);
  decision.due = day + static_cast<Day>(std::clamp(every.number, 0.0, 200'000.0));
  decision.status = status_at(item, decision.due);
  if (decision.status != Status::satisfied) decision.since = decision.status == Status::due_soon ? decision.due - item.soon : decision.due;
}

bool Decider::State::any_doubtful(const PlannedItem& item) const {
  return std::any_of(item.looked_for.begin(), item.looked_for.end(), [this](SetId set) { return reading->has_doubtful(set); });
}

}  // namespace core::gap
