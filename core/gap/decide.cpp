#include "core/gap/decide.hpp"

#include <array>

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
      decide_item(number, cohort, applies, decisions.emplace_back());
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

void Decider::State::decide_item(std::uint16_t number, const Value& cohort, const Value& applies, Decision& decision) {
  const auto& item = plan.items()[number];
  auto excluded = shared_exclusion;
  if (!excluded.holds && !item.exclusions.empty()) {
    const auto own = excluded_by(item.exclusions);
    const auto before = static_cast<std::int32_t>(plan.programmes()[item.programme].exclusions.size());
    if (own.holds || excluded.number < 0) excluded = {own.number < 0 ? -1 : own.number + before, own.holds};
  }
  decision.item = number;
  if (!excluded.holds) {
    if (item.met) {
      const auto met = run(item.met);
      decide_met(item, met, start_of(item), decision);
    } else {
      decide_date(item, decision);
    }
  }
  conclude(item, cohort.present, applies.present, excluded, decision);
}

void Decider::State::conclude(const PlannedItem& item, bool in_cohort, bool applies, const Excluded& excluded, Decision& decision) {
  if (excluded.holds) {  // also when it is not known whether it applies: nothing is asked either way
    decision.status = Status::excluded;
    decision.cause = Cause::exclusion;
    decision.exclusion = static_cast<std::uint16_t>(excluded.number);
    return;
  }
  if (reading->anything_means(population::refusal)) decision.declined = refused_after(item, decision.last);
  const bool known = in_cohort && applies;
  if (known && excluded.number < 0) return;
  decision.status = Status::not_evaluable;
  decision.cause = !in_cohort ? Cause::cohort : !applies ? Cause::applies : Cause::exclusion;
  if (known) decision.exclusion = static_cast<std::uint16_t>(excluded.number);
}

}  // namespace core::gap
