// Items that a rule about the person meets: targets, medicines to be on or off, support under way. On which day it last held, and
// since when it has not, is asked of the past.
#include <algorithm>
#include <functional>
#include <utility>

#include "core/gap/decider.hpp"

namespace core::gap {

// `touched`: the person may have facts of the item's sets.
void Decider::State::decide_met(const PlannedItem& item, const Value& met, const Start& start, Decision& decision, bool touched) {
  days.clear();
  if (touched) collect_days(item, decision);
  const auto stated = start.stated;
  Day unmet_since = no_day;
  if (!days.empty()) decision.interval = last_met(item, met.is_true(), unmet_since);
  if (decision.interval == no_day || (stated != no_day && stated > decision.interval)) decision.interval = stated;
  if (met.is_true()) {
    decision.status = Status::satisfied;
    decision.cause = Cause::met;
    decision.since = decision.last;
    if (decision.row < 0 && item.source->kind == ItemKind::support) decision.row = met.row;  // a referral that runs is no evidence by date
    return;
  }
  decision.cause = met.present ? Cause::not_met : Cause::met_unknown;
  const auto since = unmet_since == no_day ? start.day : std::max(start.day, unmet_since);
  decision.due = since + item.delay;
  decision.status = met.present ? status_at(item, decision.due) : Status::not_evaluable;
  if (decision.status == Status::satisfied) decision.row = -1;  // not due yet; nothing is evidence for it
  decision.since = decision.status == Status::due_soon ? decision.due - item.soon : decision.due;
}

// The days on which the item's sets have evidence, newest first, each once; and the newest of it.
void Decider::State::collect_days(const PlannedItem& item, Decision& decision) {
  for (const auto set : item.sets) {
    if (reading->lacks(set)) continue;
    reading->each_evidence_day(set, days);
    const auto newest = reading->newest(set);
    if (newest.present && static_cast<Day>(newest.number) > decision.last) decision.last = static_cast<Day>(newest.number), decision.row = newest.row;
  }
  if (days.size() < 2) return;
  std::sort(days.begin(), days.end(), std::greater<>());
  days.erase(std::unique(days.begin(), days.end()), days.end());
}

// The newest of those days on which the rule held, or no_day; and since when it has not held, if that can be told.
Day Decider::State::last_met(const PlannedItem& item, bool met_now, Day& unmet_since) {
  constexpr std::size_t most = 64;  // a run of failures longer than this began before
  const auto now = reading->today();
  const auto tracked = std::exchange(reading->tracking, false);
  const auto horizon = reading->horizon;
  auto* const traced = std::exchange(machine.trace, nullptr);
  auto found = no_day, oldest_failure = now;
  for (std::size_t i = 0; i < days.size() && i < most && found == no_day; ++i) {
    const auto day = population::day_of_code(days[i]);
    if (day == now ? met_now : met_on(item, day)) found = day;
    else oldest_failure = day;
  }
  unmet_since = oldest_failure;
  if (found != no_day && !met_now) unmet_since = failing_since(item, found, now);
  reading->tracking = tracked;
  reading->set_today(now);
  reading->horizon = horizon;
  machine.trace = traced;
  return found;
}

bool Decider::State::met_on(const PlannedItem& item, Day day) {
  reading->set_today(day);
  return run(item.met).is_true();
}

// From a day on which the rule held, forward over every day on which a fact or the time may change its answer: the first of the failures that last
// until today.
Day Decider::State::failing_since(const PlannedItem& item, Day held, Day now) {
  constexpr int most = 1'000;
  reading->tracking = true;
  auto failing = no_day;
  auto day = held;
  for (int i = 0; i < most && day <= now; ++i) {
    reading->horizon = now + 1;
    const bool met = met_on(item, day);
    if (item.met_by_any) reading->note_next_fact();
    else reading->note_next_fact_of(item.met_sets);
    if (met) failing = no_day;
    else if (failing == no_day) failing = day;
    day = reading->horizon;
  }
  return failing == no_day ? now : failing;
}

}  // namespace core::gap
