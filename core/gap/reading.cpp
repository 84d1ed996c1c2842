#include "core/gap/reading.hpp"

#include <algorithm>
#include <cstring>

#include "core/gap/reading_walk.hpp"

namespace core::gap {

using namespace population;

Reading::Reading(const Plan& plan, const Population& population) : Reading(plan, population, std::make_shared<Scratch>(), 1) { alone_ = true; }

Reading::Reading(const Plan& plan, const Population& population, std::shared_ptr<Scratch> scratch, std::uint64_t bit)
    : bit_(bit), plan_(plan), population_(population), vocabulary_(population.vocabulary()), scratch_(std::move(scratch)) {
  const auto sets = vocabulary_.sets();
  heads_.resize(sets.size());
  if (scratch_->having.empty()) {
    scratch_->having.resize(sets.size());
    for (const auto& set : sets) {
      scratch_->outside_hospital.push_back(set.outside_hospital);
      scratch_->lowest_of_day.push_back(set.lowest_of_day);
    }
  }
  having_ = scratch_->having.data();
  outside_hospital_ = scratch_->outside_hospital.data();
  lowest_of_day_ = scratch_->lowest_of_day.data();
  hospital_ = vocabulary_.set(hospital_set).value_or(0);
  remembered_.resize(plan.memos());
}

// Gathers the rows below `end` by class: from the oldest on, each before those of its class that came earlier.
void Reading::collect(std::size_t end) {
  if (scratch_->newest.size() < vocabulary_.classes()) scratch_->newest.resize(vocabulary_.classes(), none);
  if (next_.size() < end) next_.resize(2 * end), runs_.resize(2 * end + 1);
  const auto* const rows = view_.rows.data();
  auto* const newest = scratch_->newest.data();
  auto* const next = next_.data();
  auto* const runs = runs_.data();
  std::uint32_t count = 0;
  for (std::uint32_t row = 0; row < end; ++row) {
    auto& seen = newest[rows[row].klass];
    const auto before = seen;
    next[row] = before;
    seen = row;
    std::memcpy(&runs[count], &rows[row], sizeof(ClassId) + sizeof(std::uint16_t));  // class and day
    count += before == none;
  }
  run_count_ = count;
}

// Enters each class that the person has facts of under every set that it belongs to.
void Reading::enter(bool every_set) {
  nodes_.clear();
  laid_.clear();
  parts_.clear();
  members_ = vocabulary_.all_members().data();
  const auto* const members = members_;
  const auto* const classes = vocabulary_.all_classes().data();
  auto* const newest = scratch_->newest.data();
  auto* const heads = heads_.data();
  auto* const having = having_;
  const auto bit = bit_;
  auto* const runs = runs_.data();
  const auto count = run_count_;
  std::uint32_t meanings = 0, undated = 0;
  for (std::uint32_t number = 0; number < count; ++number) {
    auto& run = runs[number];
    run.first = std::exchange(newest[run.klass], none);
    const auto& klass = classes[run.klass];
    const std::uint32_t sets = every_set ? klass.members : klass.rule_members;
    if (sets == 0) continue;
    meanings |= klass.rule_meanings;
    if (run.oldest == 0) undated |= klass.rule_meanings;
    for (auto member = klass.first, end = klass.first + sets; member != end; ++member) {
      const std::uint32_t set = members[member].set;
      const auto before = having[set];
      having[set] = before | bit;
      auto further = none;
      if (before & bit) [[unlikely]] {
        further = static_cast<std::uint32_t>(parts_.size());
        parts_.push_back(heads[set]);
      }
      heads[set] = {member, number, further};
    }
  }
  meanings_ = meanings;
  undated_ = undated;
  hospitalised_ = present(hospital_);
}

std::uint16_t Reading::oldest_of(const Run& run) const {
  auto oldest = run.oldest;
  if (oldest == 0)
    for (auto row = run.first; row != none && view_.rows[row].day != 0; row = next_[row]) oldest = view_.rows[row].day;
  return oldest;
}

// The facts of a set that has several runs, newest first: the first of their nodes.
std::uint32_t Reading::laid_out(SetId set) const {
  for (const auto& [laid, node] : laid_)
    if (laid == set) return node;
  const auto start = nodes_.size();
  each_part_ever(set, [&](const Part& part) {
    for (auto row = runs_[part.run].first; row != none; row = next_[row]) nodes_.push_back({&member_of(part), row, none});
  });
  const auto first = nodes_.begin() + static_cast<std::ptrdiff_t>(start);
  std::sort(first, nodes_.end(), [](const Node& a, const Node& b) { return a.row > b.row; });
  for (auto at = start; at + 1 < nodes_.size(); ++at) nodes_[at].next = static_cast<std::uint32_t>(at + 1);
  laid_.emplace_back(set, static_cast<std::uint32_t>(start));
  return static_cast<std::uint32_t>(start);
}

void Reading::open(PersonId person, Day day, bool every_set) {
  view_ = population_.view(person, buffer_);
  if (alone_) std::fill(scratch_->having.begin(), scratch_->having.end(), 0);
  horizon = open_end;
  const auto known = std::find_if(view_.rows.begin(), view_.rows.end(), [](const Row& row) { return row.day != 0; });
  known_ = known == view_.rows.end() ? no_day : day_of_code(known->day);
  born_ = view_.birth;
  born_dated_ = false;
  birthday_years_ = unreckoned;
  opened_ = day;
  set_today(day);
  auto end = view_.rows.size();
  while (end > 0 && view_.rows[end - 1].day > today_code_) --end;
  if (tracking) note_next_fact();
  collect(end);
  enter(every_set);
}

void Reading::set_today(Day day) {
  ++round_;
  age_ = unreckoned;
  next_birthday_ = no_day;
  today_ = day;
  today_code_ = day - first_row_day + 1;
  quick_ = !lenient_ && !tracking && day <= opened_;
}

void Reading::note_next_fact() {
  const auto next = std::upper_bound(view_.rows.begin(), view_.rows.end(), today_code_, [](int code, const Row& row) { return code < row.day; });
  if (next != view_.rows.end()) note(day_of_code(next->day));
}

void Reading::note_next_fact_of(std::span<const SetId> sets) {
  for (const auto set : sets) {
    if (!present(set)) continue;
    each_part_ever(set, [&](const Part& part) {
      for (auto row = runs_[part.run].first; row != none && code_at(row) > today_code_; row = next_[row]) note(day_of_code(view_.rows[row].day));
    });
  }
}

bool Reading::in_hospital(int code) const {
  if (code == 0 || !present(hospital_)) return false;
  auto at = start(hospital_);
  do {
    const auto row = view_.rows[at.row];
    const auto& klass = vocabulary_[row.klass];
    const bool counts = klass.state == State::valid || klass.state == State::active;
    const auto day = day_of_code(static_cast<std::uint16_t>(code));
    if (counts && row.day != 0 && row.day <= code && (day == day_of_code(row.day) || (end_of(row, klass) != open_end && end_of(row, klass) >= day)))
      return true;
  } while (advance(at));
  return false;
}

Value Reading::call(const Step& step, const Value* arguments) {
  if (step.memo == 0) return answer_call(step, arguments);
  auto& memory = remembered_[step.memo];
  if (memory.round != round_) memory = {round_, answer_call(step, arguments)};
  return memory.value;
}

Value Reading::answer_call(const Step& step, const Value* arguments) {
  using Op = Rule::Op;
  const Value constant = of(step.number);
  if (step.has_constant) arguments = &constant;
  const auto days = [&](std::size_t i) { return static_cast<int>(arguments[i].number); };
  for (std::size_t i = 0; i < step.arguments; ++i) {
    if (!arguments[i].present) return {};
    if (arguments[i].slope != 0 && step.op != Op::last) note(today_ + 1);
  }
  const auto* optional = step.arguments > 0 || step.has_constant ? arguments : nullptr;
  switch (step.op) {
    case Op::open: return open_now(step.set, false);
    case Op::onset: return open_now(step.set, true);
    case Op::ever: return ever(step.set, false);
    case Op::first: return ever(step.set, true);
    case Op::last: return last(step.set, optional);
    case Op::within: return within(step.set, days(0));
    case Op::count: return count(step.set, optional);
    case Op::value: return value(step.set, optional);
    case Op::previous: return previous(step.set, days(0));
    case Op::lowest: return extreme(step.set, days(0), false);
    case Op::highest: return extreme(step.set, days(0), true);
    case Op::answer: return answer(step.set, step.other);
    case Op::declined: return declined(step.set);
    case Op::on: return on(step.set);
    case Op::on_since: return on_since(step.set);
    case Op::drugs: return step.set == every_drug ? drugs() : drugs_of(step.set);
    case Op::twice_below: return twice_below(step.set, arguments[0].number, days(1));
    case Op::under_way: return under_way(step.set);
    case Op::need: return need(plan_.needs()[step.set], false);
    case Op::need_since: return need(plan_.needs()[step.set], true);
    case Op::supported: return supported(plan_.needs()[step.set]);
    case Op::tier: case Op::score: return risk(step);
    default: return person(step, arguments);
  }
}

}  // namespace core::gap
