// Why: one item decided again with every call written down. Slower than decide(), same answer.
#include <algorithm>
#include <array>
#include <cstdio>

#include "core/gap/compile.hpp"
#include "core/gap/decider.hpp"

namespace core::gap {
namespace {

using population::Meaning;
using population::State;
using Op = Rule::Op;

constexpr std::size_t most_facts = 50;

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", number);
  return text;
}

std::string value_text(const Value& value, Type type) {
  if (!value.present) return "empty";
  if (type == Type::boolean) return value.number != 0 ? "true" : "false";
  if (type == Type::day) return text(static_cast<Day>(value.number));
  return (value.at_least ? "at least " : "") + number_text(value.number);
}

std::string name_in(const Plan& plan, const Step& step) {
  if (step.op == Op::need || step.op == Op::need_since || step.op == Op::supported) return plan.needs()[step.set].name;
  if (step.op == Op::tier || step.op == Op::score) return step.set == composite ? std::string() : plan.algorithms()[step.set];
  return step.op == Op::drugs && step.set == every_drug ? std::string() : plan.set_name(step.set);
}

bool names_something(Op op) {
  constexpr std::array unnamed{Op::age, Op::age_days, Op::female, Op::male, Op::today, Op::born, Op::birthday, Op::season_start};
  return std::find(unnamed.begin(), unnamed.end(), op) == unnamed.end();
}

bool names_set(const Step& step) {
  constexpr std::array others{Op::need, Op::need_since, Op::supported, Op::tier, Op::score};
  if (step.op == Op::drugs && step.set == every_drug) return false;
  return names_something(step.op) && std::find(others.begin(), others.end(), step.op) == others.end();
}

std::string call_text(const Plan& plan, const TracedCall& call) {
  std::string arguments;
  const auto add = [&](const std::string& each) { arguments += (arguments.empty() ? "" : ", ") + each; };
  if (names_something(call.step.op))
    if (const auto name = name_in(plan, call.step); !name.empty()) add("'" + name + "'");
  if (call.step.op == Op::answer) add("'" + plan.set_name(call.step.other) + "'");
  const auto given = std::max<std::size_t>(call.step.arguments, call.step.has_constant ? 1 : 0);
  for (std::size_t i = 0; i < given && i < call.arguments.size(); ++i) add(value_text(call.arguments[i], call.step.op == Op::last ? Type::day : Type::number));
  return std::string(name_of(call.step.op)) + "(" + arguments + ")";
}

// Why a fact of the item's sets did not count; empty when it did.
std::string why_unused(State state, std::uint32_t meaning, bool dated) {
  switch (state) {
    case State::preliminary: return "preliminary";
    case State::planned: return "planned, not done yet";
    case State::not_done: return "not done";
    case State::declined: return "declined or not indicated";
    case State::refuted: return "refuted or withdrawn";
    case State::unconfirmed: return "unconfirmed";
    default: break;
  }
  if (meaning & Meaning::doubtful) return "no usable value or unit";
  if (!dated) return "no usable date";
  return {};
}

template <class T>
void add_once(std::vector<T>& list, T value) {
  if (list.size() < most_facts && std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

}  // namespace

std::string reason(const Plan& plan, const Decision& decision) {
  const auto& item = plan.items()[decision.item];
  const auto& programme = plan.programmes()[item.programme];
  const auto exclusion = [&]() -> std::string {
    const auto shared = programme.exclusions.size();
    const auto& found = decision.exclusion < shared ? programme.exclusions[decision.exclusion] : item.exclusions[decision.exclusion - shared];
    return found.source->reason;
  };
  switch (decision.cause) {
    case Cause::exclusion: return decision.status == Status::excluded ? exclusion() : "it cannot be told whether this holds: " + exclusion();
    case Cause::cohort:
      return decision.status == Status::not_evaluable ? "it cannot be told whether the person belongs to: " + programme.source->title
                                                      : "the person does not belong to: " + programme.source->title;
    case Cause::applies:
      return decision.status == Status::not_evaluable ? "it cannot be told whether this applies to the person" : "this does not apply to the person";
    case Cause::unusable: return "a newer fact has no usable date, value or unit";
    case Cause::met_unknown: return "what decides is missing, or has no usable date, value or unit";
    case Cause::every_unknown: return "it cannot be told how often this is due";
    case Cause::dead: return "the person has died";
    case Cause::inactive: return "the person's record is not active";
    case Cause::unborn: return "the person was not born yet";
    default: return {};
  }
}

Explanation Decider::explain(PersonId person, std::uint16_t number, Day as_of) {
  auto& state = *state_;
  auto* const reading = state.reading;
  const auto& item = state.plan.items()[number];
  std::vector<TracedCall> trace;
  Explanation result;
  result.decision.item = number;
  reading->tracking = true;  // the long way, that names the fact behind each answer
  reading->open(person, as_of);
  result.decision.cause = state.barred();
  if (result.decision.cause == Cause::applies) {
    state.machine.trace = &trace;
    const auto cohort = state.run(state.plan.programmes()[item.programme].cohort);
    const auto applies = cohort.is_false() ? Value{} : item.for_all ? of(true) : state.run(item.applies);
    if (cohort.is_false()) {
      result.decision.cause = Cause::cohort;
    } else if (!applies.is_false()) {
      state.shared_exclusion = state.excluded_by(state.plan.programmes()[item.programme].exclusions);
      result.decision = {};
      state.decide_item(number, cohort, applies, result.decision);
    }
    state.machine.trace = nullptr;
  }
  state.describe(item, trace, result);
  reading->tracking = false;
  result.reason = core::gap::reason(state.plan, result.decision);
  return result;
}

void Decider::State::describe(const PlannedItem& item, const std::vector<TracedCall>& trace, Explanation& result) {
  if (result.decision.row >= 0) add_once(result.used, source(result.decision.row));
  auto sets = item.sets;
  for (const auto& call : trace) {
    Explanation::Call line{call_text(plan, call), value_text(call.result, result_of(call.step.op))};
    const bool seen = std::any_of(result.calls.begin(), result.calls.end(), [&](const auto& each) { return each.text == line.text; });
    if (!seen) result.calls.push_back(std::move(line));
    if (call.result.row >= 0) add_once(result.used, source(call.result.row));
    if (names_set(call.step) && std::find(sets.begin(), sets.end(), call.step.set) == sets.end()) sets.push_back(call.step.set);
  }
  for (const auto set : sets) {
    bool found = false;
    reading->each_of(set, [&](std::uint32_t row, const population::Member& member) {
      if (!(member.meaning & Meaning::by_code)) return;
      found = true;
      auto why = why_unused(reading->class_of(row).state, member.meaning, reading->view().rows[row].day != 0);
      const bool unused = !why.empty() && result.unused.size() < most_facts;
      if (unused) result.unused.push_back({source(static_cast<std::int32_t>(row)), std::move(why)});
    });
    if (!found) result.missing.push_back(plan.set_name(set));
  }
}

}  // namespace core::gap
