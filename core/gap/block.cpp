#include "core/gap/block.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace core::gap {
namespace {

using Kind = Formula::Kind;

template <class Each>
void each_of(People people, Each&& each) {
  for (; people != 0; people &= people - 1) each(static_cast<std::size_t>(std::countr_zero(people)));
}

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

People bit(std::size_t i) { return People{1} << i; }

}  // namespace

Block::Block(const Plan& plan, const Population& population) : plan_(plan), population_(population), state_(plan, population) {
  readings_.reserve(most);
  const auto slots = std::make_shared<Reading::Slots>();
  for (std::size_t i = 0; i < most; ++i) readings_.emplace_back(plan, population, slots);
  having_.resize(population.vocabulary().sets().size());
  remembered_.resize(plan.formulas().leaves.size());
  for (const auto& leaf : plan.formulas().leaves) leaf_kinds_.push_back(kind_of(leaf));
  for (const auto& item : plan.items())
    plain_.push_back(!item.met && !item.newest_of.empty() && !item.start && (item.every_days >= 0 || !item.every));
  for (auto& each : decisions_) each.resize(plan.items().size());
}

Block::LeafKind Block::kind_of(const Leaf& leaf) const {
  const auto steps = plan_.steps(leaf.program);
  if (steps.size() != 1 || steps[0].code != Step::Code::call || steps[0].arguments != 0 || steps[0].op == Rule::Op::age) return LeafKind::program;
  if (steps[0].op == Rule::Op::need && steps[0].test == Rule::Op::empty) return LeafKind::need;
  if (steps[0].op == Rule::Op::answer && steps[0].test == Rule::Op::empty) return LeafKind::answer;
  return steps[0].op == Rule::Op::value && steps[0].test != Rule::Op::empty ? LeafKind::compared_value : LeafKind::call;
}

void Block::open(Day as_of) {
  std::fill(having_.begin(), having_.end(), 0);
  std::fill(remembered_.begin(), remembered_.end(), Remembered{});
  here_ = women_ = men_ = born_ = 0;
  aged_.fill(0);
  for (std::size_t i = 0; i < count_; ++i) {
    counts_[i] = 0;
    auto& reading = readings_[i];
    state_.look_at(reading);
    reading.open(persons_[i], as_of);
    if (state_.barred() != Cause::applies) continue;
    here_ |= bit(i);
    if (const auto age = reading.age(); age >= 0) {
      born_ |= bit(i);
      aged_[static_cast<std::size_t>(std::min(age, oldest))] |= bit(i);
    }
    if (reading.view().sex == 'f') women_ |= bit(i);
    if (reading.view().sex == 'm') men_ |= bit(i);
    reading.each_set([&](SetId set) { having_[set] |= bit(i); });
  }
  for (int years = oldest; years > 0; --years) aged_[static_cast<std::size_t>(years - 1)] |= aged_[static_cast<std::size_t>(years)];
}

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
  each_of(among, [&](std::size_t i) {
    auto& reading = readings_[i];
    if (kind == LeafKind::need || kind == LeafKind::answer) {
      const auto plain = kind == LeafKind::need ? reading.plain_need(plan_.needs()[step.set]) : reading.plain_answer(step.set, step.other);
      if (plain == Reading::Plain::unknown) return;
      if (plain != Reading::Plain::walk) return known.enter(i, plain == Reading::Plain::yes);
    } else if (kind == LeafKind::compared_value) {
      double found = 0;
      const auto plain = reading.plain_value(step, found);
      if (plain == Reading::Plain::unknown) return;
      if (plain != Reading::Plain::walk) return known.enter(i, holds(step.test, static_cast<float>(found), static_cast<float>(step.limit)));
    }
    state_.machine.look_at(reading);
    const auto value = kind == LeafKind::program ? state_.machine.run(steps) : state_.machine.call(step);
    if (value.present) known.enter(i, value.number != 0);
  });
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

bool Block::untouched(const PlannedProgramme& programme) const {
  const auto& guard = programme.exclusion_guard;
  if (guard.untouched != Untouched::no) return false;
  People touched = 0;
  for (std::size_t i = 0; i < guard.masks; ++i) {
    const auto& mask = plan_.masks(guard)[i];
    for (auto bits = mask.bits; bits != 0; bits &= bits - 1) touched |= having_[mask.word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits))];
  }
  return touched == 0;
}

// The usual item, with the usual facts: newest evidence, and so long after it; without evidence, so long after the start. False
// when it takes more than that.
bool Block::decide_plainly(const PlannedItem& item, Reading& reading, Decision& decision) {
  std::int32_t row = -1;
  std::uint16_t code = 0;
  const auto* const rows = reading.view().rows.data();
  for (const auto set : item.newest_of) {
    std::int32_t each = -1;
    if (!reading.plain_newest(set, each)) return false;
    if (each < 0) {
      if (item.all_of_them) {
        row = -1;
        break;
      }
      continue;
    }
    const auto day = rows[each].day;
    if (row < 0 || (item.all_of_them ? day < code : day > code)) row = each, code = day;
  }
  if (row >= 0) {
    const auto day = population::day_of_code(code);
    decision.cause = Cause::evidence;
    decision.last = decision.interval = decision.since = day;
    decision.row = row;
    decision.status = Status::satisfied;
    if (!item.every) return true;
    decision.due = day + item.every_days;
  } else {
    Day stated = no_day;
    decision.cause = Cause::no_evidence;
    decision.due = state_.start_of(item, stated) + item.delay;
  }
  const auto left = decision.due - reading.today();
  decision.status = left > item.soon ? Status::satisfied : left > 0 ? Status::due_soon : left + item.grace >= 0 ? Status::open : Status::overdue;
  if (decision.status == Status::due_soon) decision.since = decision.due - item.soon;
  else if (row < 0 || decision.status != Status::satisfied) decision.since = decision.due;
  return left > 0 || !reading.anything_doubtful();
}

// Adds to what is known: the first exclusion of the list that holds, else the first that could not be evaluated.
void Block::exclude(std::span<const PlannedExclusion> list, People among, std::int32_t first_number, Exclusions& result) {
  for (std::size_t i = 0; i < list.size() && among != 0; ++i) {
    const auto truth = evaluate(list[i].formula, among);
    const auto unknown = among & ~(truth.yes | truth.no | result.unknown);
    each_of(truth.yes | unknown, [&](std::size_t person) { result.number[person] = first_number + static_cast<std::int32_t>(i); });
    result.out |= truth.yes;
    result.unknown |= unknown;
    among &= ~truth.yes;
  }
}

void Block::decide_item(std::uint16_t number, People among, const Truth& cohort, const Truth& applies, const Exclusions& shared) {
  const auto& item = plan_.items()[number];
  const auto* exclusions = &shared;
  if (!item.exclusions.empty()) {
    // The programme's unknown exclusion is named before the item's, but one of the item's that holds wins over it.
    const auto before = static_cast<std::int32_t>(plan_.programmes()[item.programme].exclusions.size());
    own_.out = shared.out;
    own_.unknown = shared.unknown;
    own_.number = shared.number;
    exclude(item.exclusions, among & ~shared.out, before, own_);
    exclusions = &own_;
  }
  Truth met;
  if (item.met_formula != 0) met = evaluate(item.met_formula, among & ~exclusions->out);
  const bool plain = plain_[number];
  const auto certain = cohort.yes & applies.yes & ~exclusions->unknown & ~exclusions->out;
  each_of(among, [&](std::size_t i) {
    auto& reading = readings_[i];
    auto& decision = decisions_[i][counts_[i]++];
    decision = {};
    decision.item = number;
    state_.look_at(reading);
    if (plain && (certain & bit(i)) && !reading.anything_means(population::refusal)) {
      if (decide_plainly(item, reading, decision)) return;
      decision = {};
    }
    Decider::State::Excluded excluded;
    excluded.holds = exclusions->out & bit(i);
    if (excluded.holds || (exclusions->unknown & bit(i))) excluded.number = exclusions->number[i];
    const Value is_met = (met.yes | met.no) & bit(i) ? of((met.yes & bit(i)) != 0) : Value{};
    state_.decide_known(number, cohort.yes & bit(i), applies.yes & bit(i), excluded, decision, item.met_formula != 0 ? &is_met : nullptr);
  });
}

void Block::decide(Day as_of) {
  open(as_of);
  for (const auto& programme : plan_.programmes()) {
    const auto cohort = evaluate(programme.cohort_formula, here_);
    const auto members = here_ & ~cohort.no;
    if (members == 0) continue;
    shared_.out = shared_.unknown = 0;
    if (!untouched(programme)) exclude(programme.exclusions, members, 0, shared_);
    for (std::uint16_t i = 0; i < programme.items; ++i) {
      const auto number = static_cast<std::uint16_t>(programme.first_item + i);
      const auto& item = plan_.items()[number];
      const auto applies = item.for_all ? Truth{members, 0} : evaluate(item.applies_formula, members);
      if (const auto among = members & ~applies.no; among != 0) decide_item(number, among, cohort, applies, shared_);
    }
  }
}

void sweep_blocks(const Plan& plan, const Population& population, PersonId first, PersonId last, Day as_of,
                  const std::function<void(PersonId, std::span<const Decision>)>& sink) {
  Block block(plan, population);
  const auto finish = [&] {
    block.decide(as_of);
    for (std::size_t i = 0; i < block.size(); ++i) sink(block.person(i), block.decisions(i));
    block.clear();
  };
  constexpr PersonId ahead = 8;
  for (auto person = first; person < std::min(last, population.end()); ++person) {
    population.fetch(person + ahead);
    if (!population.is_person(person)) continue;
    block.add(person);
    if (block.full()) finish();
  }
  finish();
}

}  // namespace core::gap
