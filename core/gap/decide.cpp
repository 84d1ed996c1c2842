#include "core/gap/decide.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/gap/decider.hpp"

namespace core::gap {

std::string_view code_of(Status status) {
  constexpr std::array<std::string_view, 7> codes{"satisfied", "due-soon", "open", "overdue", "excluded", "not-applicable", "not-evaluable"};
  return codes[static_cast<std::size_t>(status)];
}

Decider::Decider(const Plan& plan, const Population& population) : state_(std::make_unique<State>(plan, population)) {}
Decider::~Decider() = default;
Decider::Decider(Decider&&) noexcept = default;

std::span<const Decision> Decider::decide(PersonId person, Day as_of) {
  state_->reading->tracking = false;
  state_->decide(person, as_of);
  return state_->decisions;
}

Cause Decider::barred(PersonId person, Day as_of) {
  state_->reading->open(person, as_of);
  return state_->barred();
}

std::span<const Decision> Decider::decide(PersonId person, Day as_of, Day& next) {
  state_->reading->tracking = true;
  state_->decide(person, as_of);
  state_->reading->tracking = false;
  next = state_->reading->horizon;
  return state_->decisions;
}

Day Decider::next_change(PersonId person, Day as_of) {
  Day next = open_end;
  decide(person, as_of, next);
  return next;
}

std::optional<bool> Decider::holds(std::span<const Step> rule, PersonId person, Day as_of) {
  state_->reading->tracking = false;
  state_->reading->open(person, as_of, true);
  const auto value = state_->machine.run(rule);
  return value.present ? std::optional(value.is_true()) : std::nullopt;
}

Day Decider::holds(std::span<const std::vector<Step>> rules, PersonId person, Day as_of, std::vector<std::optional<bool>>& answers) {
  state_->reading->tracking = true;
  state_->reading->open(person, as_of, true);
  answers.clear();
  for (const auto& rule : rules) {
    const auto value = state_->machine.run(rule);
    answers.push_back(value.present ? std::optional(value.is_true()) : std::nullopt);
  }
  state_->reading->tracking = false;
  return state_->reading->horizon;
}

std::string Decider::State::source(std::int32_t row) const {
  if (row < 0) return {};
  return population.source(reading->view(), reading->buffer(), static_cast<std::size_t>(row));
}

std::string Decider::source(const Decision& decision) const { return state_->source(decision.row); }
std::string Decider::source(const Need& need) const { return state_->source(need.row); }

std::string Decider::condition(std::uint16_t item) const {
  std::int32_t row = -1;
  Day start = no_day;
  for (const auto set : state_->plan.items()[item].reason_sets) {
    Day day = no_day;
    const auto found = state_->reading->open_condition(set, day);
    if (found >= 0 && (row < 0 || day < start)) row = found, start = day;
  }
  return state_->source(row);
}

Cause Decider::State::barred() {
  const auto& view = reading->view();
  const auto today = reading->today();
  if (view.dead && view.deceased == no_day) return Cause::dead;
  if (view.deceased != no_day) {
    if (view.deceased <= today) return Cause::dead;
    reading->note(view.deceased);
  }
  if (!view.active) return Cause::inactive;
  if (view.birth != no_day && view.birth > today) {
    reading->note(view.birth);
    return Cause::unborn;
  }
  return Cause::applies;
}

void Decider::State::decide(PersonId person, Day as_of) {
  decisions.clear();
  reading->open(person, as_of);
  if (barred() != Cause::applies) return;
  for (const auto& programme : plan.programmes()) {
    const auto cohort = run(programme.cohort);
    if (cohort.is_false()) continue;
    shared_exclusion = {};
    bool looked = programme.exclusion_guard.untouched == Untouched::no && untouched(programme.exclusion_guard);
    for (std::uint16_t i = 0; i < programme.items; ++i) {
      const auto number = static_cast<std::uint16_t>(programme.first_item + i);
      const auto& item = plan.items()[number];
      const auto applies = item.for_all ? of(true) : run(item.applies);
      if (applies.is_false()) continue;
      if (!looked) shared_exclusion = excluded_by(programme.exclusions), looked = true;
      decisions.push_back(decide_item(number, cohort, applies));
    }
  }
}

// The first exclusion that holds; else the first that could not be evaluated.
Decider::State::Excluded Decider::State::excluded_by(std::span<const PlannedExclusion> exclusions) {
  Excluded result;
  for (std::size_t i = 0; i < exclusions.size(); ++i) {
    const auto value = run(exclusions[i].when);
    if (value.is_true()) return {static_cast<std::int32_t>(i), true};
    if (!value.present && result.number < 0) result.number = static_cast<std::int32_t>(i);
  }
  return result;
}

Decision Decider::State::decide_item(std::uint16_t number, const Value& cohort, const Value& applies) {
  const auto& item = plan.items()[number];
  auto excluded = shared_exclusion;
  if (!excluded.holds && !item.exclusions.empty()) {
    const auto own = excluded_by(item.exclusions);
    const auto before = static_cast<std::int32_t>(plan.programmes()[item.programme].exclusions.size());
    if (own.holds || excluded.number < 0) excluded = {own.number < 0 ? -1 : own.number + before, own.holds};
  }
  return decide_known(number, cohort.present, applies.present, excluded);
}

Decision Decider::State::decide_known(std::uint16_t number, bool in_cohort, bool applies, const Excluded& excluded) {
  const auto& item = plan.items()[number];
  Decision decision;
  decision.item = number;
  const bool known = in_cohort && applies;
  if (excluded.holds) {  // also when it is not known whether it applies: nothing is asked either way
    decision.status = Status::excluded;
    decision.cause = Cause::exclusion;
    decision.exclusion = static_cast<std::uint16_t>(excluded.number);
    return decision;
  }
  if (item.met) decide_met(item, decision);
  else decide_date(item, decision);
  decision.declined = refused_after(item, decision.last);
  if (known && excluded.number < 0) return decision;
  decision.status = Status::not_evaluable;
  decision.cause = !in_cohort ? Cause::cohort : !applies ? Cause::applies : Cause::exclusion;
  if (known) decision.exclusion = static_cast<std::uint16_t>(excluded.number);
  return decision;
}

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
  const auto steps = {std::pair{due - item.soon, Status::satisfied}, std::pair{due, Status::due_soon}, std::pair{due + item.grace + 1, Status::open}};
  for (const auto& [day, status] : steps)
    if (today < day) {
      reading->note(day);
      return status;
    }
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
  Value newest;
  for (const auto set : item.newest_of) {
    if (reading->lacks(set)) continue;
    const auto each = reading->newest(set);
    if (each.present && (!newest.present || each.number > newest.number)) newest = each;
  }
  return newest;
}

void Decider::State::decide_date(const PlannedItem& item, Decision& decision) {
  dated(item, evidence_of(item), decision);
  const bool waits = decision.status == Status::open || decision.status == Status::overdue;
  if (!waits || decision.cause == Cause::every_unknown || !any_doubtful(item)) return;
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
  for (const auto& step : plan.steps(item.evidence))
    if (step.code == Step::Code::call && step.op == Rule::Op::last && reading->has_doubtful(step.set)) return true;
  return false;
}

void Decider::State::decide_met(const PlannedItem& item, Decision& decision) {
  const auto met = run(item.met);
  collect_days(item);
  for (const auto set : item.sets)
    if (const auto row = reading->newest_row(set); row >= 0) {
      const auto day = population::day_of_code(reading->view().rows[static_cast<std::size_t>(row)].day);
      if (day > decision.last) decision.last = day, decision.row = row;
    }
  Day stated = no_day;
  const auto start = start_of(item, stated);
  Day unmet_since = no_day;
  decision.interval = last_met(item, met.is_true(), unmet_since);
  if (decision.interval == no_day || (stated != no_day && stated > decision.interval)) decision.interval = stated;
  if (met.is_true()) {
    decision.status = Status::satisfied;
    decision.cause = Cause::met;
    decision.since = decision.last;
    if (decision.row < 0 && item.source->kind == ItemKind::support) decision.row = met.row;  // a referral that runs is no evidence by date
    return;
  }
  decision.cause = met.present ? Cause::not_met : Cause::met_unknown;
  const auto since = unmet_since == no_day ? start : std::max(start, unmet_since);
  decision.due = since + item.delay;
  decision.status = met.present ? status_at(item, decision.due) : Status::not_evaluable;
  if (decision.status == Status::satisfied) decision.row = -1;  // not due yet; nothing is evidence for it
  decision.since = decision.status == Status::due_soon ? decision.due - item.soon : decision.due;
}

// The days on which the item's sets have evidence, newest first, each once.
void Decider::State::collect_days(const PlannedItem& item) {
  days.clear();
  for (const auto set : item.sets) reading->each_evidence_day(set, days);
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
  unmet_since = days.empty() ? no_day : oldest_failure;
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

// From a day on which the rule held, forward over every day on which its answer may change: the first of the failures that last
// until today.
Day Decider::State::failing_since(const PlannedItem& item, Day held, Day now) {
  constexpr int most = 1'000;
  reading->tracking = true;
  auto failing = no_day;
  auto day = held;
  for (int i = 0; i < most && day <= now; ++i) {
    reading->horizon = now + 1;
    const bool met = met_on(item, day);
    reading->note_next_fact();
    if (met) failing = no_day;
    else if (failing == no_day) failing = day;
    day = reading->horizon;
  }
  return failing == no_day ? now : failing;
}

}  // namespace core::gap
