// Formulas and cases over the people of a block.
#include <algorithm>
#include <bit>
#include <cmath>

#include "core/gap/block.hpp"

namespace core::gap {
namespace {

using Kind = Formula::Kind;

bool holds(Rule::Op op, float left, float right) {
  switch (op) {
    case Rule::Op::equal: return left == right;
    case Rule::Op::not_equal: return left != right;
    case Rule::Op::less: return left < right;
    case Rule::Op::less_or_equal: return left <= right;
    case Rule::Op::greater: return left > right;
    default: return left >= right;
  }
}

}  // namespace

Block::Truth Block::leaf(std::uint32_t number, People among) {
  const auto& leaf = plan_.formulas().leaves[number];
  auto& known = remembered_[number];
  auto todo = among & ~known.done;
  known.done |= todo;
  if (todo != 0 && leaf.program.untouched != Untouched::unknown) {
    People touched = 0;
    for (const auto set : leaf.sets) touched |= having_[set];
    if (leaf.program.untouched == Untouched::no) known.no |= todo & ~touched;
    if (leaf.program.untouched == Untouched::yes) known.yes |= todo & ~touched;
    todo &= touched;
  }
  if (todo != 0) run_leaf(number, todo);
  return {known.yes & among, known.no & among};
}

void Block::run_leaf(std::uint32_t number, People among) {
  auto& known = remembered_[number];
  const auto steps = plan_.steps(plan_.formulas().leaves[number].program);
  const auto& step = steps[0];
  const auto kind = leaf_kinds_[number];
  if (kind == LeafKind::unknown) return;
  if (kind == LeafKind::compared_value) return compare_results(step, among, known);
  if (kind == LeafKind::within) among = find_within(step, among, known);
  if (kind == LeafKind::need) among = find_needs(plan_.needs()[step.set], among, known);
  each_of(among, [&](std::size_t i) {
    auto& reading = readings_[i];
    if (kind == LeafKind::answer) {
      const auto plain = reading.plain_answer(step.set, step.other);
      if (plain == Reading::Plain::unknown) return;
      if (plain != Reading::Plain::walk) return known.enter(i, plain == Reading::Plain::yes);
    }
    state_.machine.look_at(reading);
    const auto value = kind == LeafKind::program ? state_.machine.run(steps) : state_.machine.call(step);
    if (value.present) known.enter(i, value.number != 0);
  });
}

// The first row day that lies within so many days.
int Block::first_within(double days) const {
  return as_of_ - population::first_row_day + 1 - static_cast<int>(days) + 1;
}

void Block::compare_results(const Step& step, People among, Remembered& known) {
  const auto from = step.has_constant ? first_within(step.number) : 1;
  const auto limit = static_cast<float>(step.limit);
  each_of(among & having_[step.set], [&](std::size_t i) {
    Reading::Result result;
    if (readings_[i].newest_result(step.set, result) && result.code >= from) known.enter(i, holds(step.test, result.number, limit));
  });
}

// Whose newest evidence tells; returns those who have facts that might count, and must be asked.
People Block::find_within(const Step& step, People among, Remembered& known) {
  const auto from = first_within(step.number);
  const auto clear = among & ~doubtful_;
  People yes = 0;
  each_of(clear & having_[step.set], [&](std::size_t i) {
    std::uint32_t row = 0;
    if (readings_[i].newest_row(step.set, row) && readings_[i].day_code(row) >= from) yes |= bit(i);
  });
  known.yes |= yes;
  known.no |= clear & ~yes;
  return among & doubtful_;
}

// Whose runs tell; returns those who must be asked.
People Block::find_needs(const NeedSets& need, People among, Remembered& known) {
  const auto having = [this](const std::optional<SetId>& set) { return set ? having_[*set] : People{0}; };
  const auto recorded = having(need.conditions), answered = having(need.answers), denied = having(need.no);
  People yes = 0, no = 0, ask = 0;
  each_of(among, [&](std::size_t i) {
    switch (readings_[i].needs(need, recorded & bit(i), answered & bit(i), denied & bit(i))) {
      case Reading::Plain::yes: yes |= bit(i); break;
      case Reading::Plain::no: no |= bit(i); break;
      case Reading::Plain::walk: ask |= bit(i); break;
      case Reading::Plain::unknown: break;
    }
  });
  known.yes |= yes;
  known.no |= no;
  return ask;
}

// Ages are whole years, so every comparison is one with the next whole number.
Block::Truth Block::age(const Formula& formula, People among) const {
  const auto from = [&](double years) { return aged_[static_cast<std::size_t>(std::clamp(years, 0.0, oldest + 1.0))]; };
  const auto low = std::ceil(formula.limit), above = std::floor(formula.limit) + 1;  // at least the limit; above it
  const auto at_least = from(low), more = from(above);
  People yes = 0;
  switch (formula.test) {
    case Rule::Op::equal: yes = at_least & ~more; break;
    case Rule::Op::not_equal: yes = ~(at_least & ~more); break;
    case Rule::Op::less: yes = ~at_least; break;
    case Rule::Op::less_or_equal: yes = ~more; break;
    case Rule::Op::greater: yes = more; break;
    default: yes = at_least;
  }
  return {among & born_ & yes, among & born_ & ~yes};
}

Block::Truth Block::sum(const Formula& formula, People among) {
  std::array<double, most> sums{};
  for (std::size_t t = 0; t < formula.terms; ++t) {
    const auto& term = plan_.formulas().terms[formula.a + t];
    const auto truth = evaluate(term.when, among);
    if (term.then != 0) each_of(truth.yes, [&](std::size_t i) { sums[i] += term.then; });
    if (term.otherwise != 0) each_of(among & ~truth.yes, [&](std::size_t i) { sums[i] += term.otherwise; });
  }
  Truth result;
  each_of(among, [&](std::size_t i) {
    (holds(formula.test, static_cast<float>(sums[i]), static_cast<float>(formula.limit)) ? result.yes : result.no) |= bit(i);
  });
  return result;
}

Block::Truth Block::evaluate(FormulaId id, People among) {
  const auto& formula = plan_.formulas().all[id];
  if (among == 0) return {};
  switch (formula.kind) {
    case Kind::nothing: return {};
    case Kind::never: return {0, among};
    case Kind::always: return {among, 0};
    case Kind::leaf: return leaf(formula.a, among);
    case Kind::age: return age(formula, among);
    case Kind::sum: return sum(formula, among);
    case Kind::female: return {among & women_, among & men_};
    case Kind::male: return {among & men_, among & women_};
    case Kind::and_: {
      const auto a = evaluate(formula.a, among);
      const auto b = evaluate(formula.b, among & ~a.no);
      return {a.yes & b.yes, a.no | b.no};
    }
    case Kind::or_: {
      const auto a = evaluate(formula.a, among);
      const auto b = evaluate(formula.b, among & ~a.yes);
      return {a.yes | b.yes, a.no & b.no};
    }
    case Kind::xor_: {
      const auto a = evaluate(formula.a, among);
      const auto b = evaluate(formula.b, a.yes | a.no);
      return {(a.yes & b.no) | (a.no & b.yes), (a.yes & b.yes) | (a.no & b.no)};
    }
    case Kind::not_: {
      const auto a = evaluate(formula.a, among);
      return {a.no, a.yes};
    }
    case Kind::settle: {
      const auto a = evaluate(formula.a, among);
      return {a.yes, among & ~a.yes};
    }
    case Kind::choose: {
      const auto a = evaluate(formula.a, among);
      const auto b = evaluate(formula.b, a.yes), c = evaluate(formula.c, among & ~a.yes);
      return {b.yes | c.yes, b.no | c.no};
    }
    case Kind::first_of: {
      const auto a = evaluate(formula.a, among);
      const auto b = evaluate(formula.b, among & ~(a.yes | a.no));
      return {a.yes | b.yes, a.no | b.no};
    }
  }
  return {};
}

// For each of them what the first case gives whose condition holds.
void Block::choose(const Cases& cases, People among, Values& values) {
  for (const auto& each : cases) {
    if (among == 0) return;
    const auto chosen = each.always ? among : evaluate(each.when, among).yes;
    among &= ~chosen;
    if (chosen != 0) give(each, chosen, values);
  }
  each_of(among, [&](std::size_t i) { values[i] = {}; });
}

void Block::give(const Case& each, People among, Values& values) {
  const auto run = [&](std::size_t i) {
    state_.look_at(readings_[i]);
    return state_.run(each.program);
  };
  const Value shared = each.same_for_all ? run(static_cast<std::size_t>(std::countr_zero(among))) : Value{};
  each_of(among, [&](std::size_t i) {
    auto& value = values[i];
    switch (each.gives) {
      case Case::Gives::nothing: value = {}; break;
      case Case::Gives::number: value = of(each.number); break;
      case Case::Gives::newest: value = readings_[i].newest(each.set); break;
      case Case::Gives::newest_since: {
        value = readings_[i].newest(each.set);
        if (!value.present) break;
        const auto from = each.same_for_all ? shared : run(i);
        if (!from.present || value.number < from.number) value = {};
        break;
      }
      case Case::Gives::program: value = each.same_for_all ? shared : run(i);
    }
  });
}

}  // namespace core::gap
