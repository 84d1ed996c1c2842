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

// When the need began: the item's own rule; else the first fact of the cohort's sets, not before the birthday that it asks for
// (nor, then, before anything is known of the person); else the first day anything is known; else today. Nothing is due before its
// programme was in force.
Decider::State::Start Decider::State::start_from(const PlannedItem& item, const Value& stated) {
  if (!stated.present) return {std::max(usual_start(item), item.covers_from), no_day};
  const auto day = day_of(stated);
  return {std::max(day, item.covers_from), day};
}

Day Decider::State::usual_start(const PlannedItem& item) {
  auto start = no_day;
  for (const auto set : item.start_sets)
    if (const auto day = reading->first_day(set); day != no_day && (start == no_day || day < start)) start = day;
  if (item.start_age > 0 && reading->view().birth != no_day)  // nobody could have asked before anything was known
    start = std::max({start, reading->birthday(item.start_age), reading->first_known_day()});
  if (start == no_day) start = reading->first_known_day();
  if (start != no_day) return start;
  reading->note(reading->today() + 1);
  return reading->today();
}

Value Decider::State::evidence_of(const PlannedItem& item) {
  return item.newest_of.empty() || machine.trace ? run(item.evidence) : newest_of(item, *reading);
}

void Decider::State::decide_date(const PlannedItem& item, Decision& decision) {
  decide_dated(item, decision);
  reconsider(item, decision);
}

// What waits although something that could not be used might close it cannot be evaluated.
void Decider::State::reconsider(const PlannedItem& item, Decision& decision) {
  const bool waits = decision.status == Status::open || decision.status == Status::overdue;
  if (!waits || decision.cause == Cause::every_unknown || !reading->anything_doubtful() || !any_doubtful(item)) return;
  reading->set_lenient(true);
  Decision possible;
  decide_dated(item, possible);
  reading->set_lenient(false);
  if (possible.status != Status::satisfied && possible.status != Status::due_soon) return;
  decision.status = Status::not_evaluable;
  decision.cause = Cause::unusable;
}

void Decider::State::decide_dated(const PlannedItem& item, Decision& decision) {
  const auto found = evidence_of(item);
  if (!found.present) return decide_undone(item, start_of(item), decision);
  const bool fixed = item.every_days >= 0;
  decide_done(item, found, fixed ? of(static_cast<double>(item.every_days)) : item.every ? run(item.every) : Value{}, decision);
}

void Decider::State::decide_undone(const PlannedItem& item, const Start& start, Decision& decision) {
  decision.cause = Cause::no_evidence;
  decision.due = start.day + item.delay;
  decision.interval = start.stated;
  decision.status = status_at(item, decision.due);
  decision.since = decision.status == Status::due_soon ? decision.due - item.soon : decision.due;
}

void Decider::State::decide_done(const PlannedItem& item, const Value& found, const Value& every, Decision& decision) {
  const auto day = day_of(found);
  decision.cause = Cause::evidence;
  decision.last = decision.interval = decision.since = day;
  decision.row = found.row;
  decision.status = Status::satisfied;
  if (!item.every) return;
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
