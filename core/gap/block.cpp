#include "core/gap/block.hpp"

#include <algorithm>

namespace core::gap {

Block::Block(const Plan& plan, const Population& population) : plan_(plan), population_(population), state_(plan, population) {
  readings_.reserve(most);
  for (std::size_t i = 0; i < most; ++i) readings_.emplace_back(plan, population, scratch_, bit(i));
  remembered_.resize(plan.formulas().leaves.size());
  for (const auto& leaf : plan.formulas().leaves) leaf_kinds_.push_back(kind_of(leaf));
  for (auto& each : decisions_) each.resize(plan.items().size());
}

Block::LeafKind Block::kind_of(const Leaf& leaf) const {
  const auto steps = plan_.steps(leaf.program);
  if (steps.size() != 1 || steps[0].code != Step::Code::call || steps[0].arguments != 0 || steps[0].op == Rule::Op::age) return LeafKind::program;
  if (steps[0].op == Rule::Op::need && steps[0].test == Rule::Op::empty) return LeafKind::need;
  if (steps[0].op == Rule::Op::answer && steps[0].test == Rule::Op::empty) return LeafKind::answer;
  if (steps[0].op == Rule::Op::within && steps[0].has_constant) return LeafKind::within;
  const bool of_risk = (steps[0].op == Rule::Op::tier && steps[0].set != composite) || steps[0].op == Rule::Op::score;
  if (of_risk && !population_.algorithm(plan_.algorithms()[steps[0].set])) return LeafKind::unknown;  // nobody has been reckoned by it
  return steps[0].op == Rule::Op::value && steps[0].test != Rule::Op::empty ? LeafKind::compared_value : LeafKind::call;
}

void Block::open(Day as_of) {
  std::fill(having_.begin(), having_.end(), 0);
  std::fill(remembered_.begin(), remembered_.end(), Remembered{});
  here_ = women_ = men_ = born_ = refusing_ = doubtful_ = 0;
  aged_.fill(0);
  for (std::size_t i = 0; i < count_; ++i) {
    place_[i] = decisions_[i].data();
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
    if (reading.anything_means(population::refusal)) refusing_ |= bit(i);
    if (reading.anything_doubtful()) doubtful_ |= bit(i);
  }
  for (int years = oldest; years > 0; --years) aged_[static_cast<std::size_t>(years - 1)] |= aged_[static_cast<std::size_t>(years)];
}

bool Block::untouched(const PlannedProgramme& programme) const {
  const auto& guard = programme.exclusion_guard;
  if (guard.untouched != Untouched::no) return false;
  return std::none_of(plan_.guards(guard).begin(), plan_.guards(guard).end(), [this](SetId set) { return having_[set] != 0; });
}

void Block::decide(Day as_of) {
  as_of_ = as_of;
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
