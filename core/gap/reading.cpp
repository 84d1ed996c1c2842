#include "core/gap/reading.hpp"

#include <algorithm>

#include "core/gap/reading_walk.hpp"

namespace core::gap {

using namespace population;

Reading::Reading(const Plan& plan, const Population& population, std::shared_ptr<Slots> slots)
    : plan_(plan), population_(population), vocabulary_(population.vocabulary()), slots_(std::move(slots)) {
  const auto sets = vocabulary_.sets().size();
  bits_.resize((sets + 63) / 64);
  heads_.resize(sets);
  for (const auto& set : vocabulary_.sets()) {
    outside_hospital_.push_back(set.outside_hospital);
    lowest_of_day_.push_back(set.lowest_of_day);
  }
  hospital_ = vocabulary_.set(hospital_set).value_or(0);
  remembered_.resize(plan.memos());
}

std::uint16_t* Reading::Slots::prepared(const Vocabulary& vocabulary, bool every_set) {
  auto& slots = every_set ? of_all : of_rules;
  const auto classes = vocabulary.all_classes();
  for (auto klass = slots.size(); klass < classes.size(); ++klass)
    slots.push_back((every_set ? classes[klass].members : classes[klass].rule_members) == 0 ? meaningless : unseen);
  return slots.data();
}

// Gathers the rows below `end` by class, newest first.
void Reading::collect(std::size_t end, bool every_set) {
  const auto* const rows = view_.rows.data();
  auto* const slots = slots_->prepared(vocabulary_, every_set);
  if (runs_.size() < vocabulary_.classes()) runs_.resize(vocabulary_.classes());
  if (next_.size() < end) next_.resize(2 * end);
  auto* const next = next_.data();
  auto* const runs = runs_.data();
  std::uint32_t count = 0;
  const auto gather = [&](std::uint32_t row) {
    const auto slot = slots[rows[row].klass];
    if (slot < count) {
      auto& run = runs[slot];
      next[run.last] = row;
      run.last = row;
    } else if (slot == Slots::unseen) {
      slots[rows[row].klass] = static_cast<std::uint16_t>(count);
      runs[count++] = {row, row, -1, 0, rows[row].klass, false};
    }
  };
  std::uint32_t undated = 0;
  while (undated < end && rows[undated].day == 0) ++undated;
  for (auto row = static_cast<std::uint32_t>(end); row > undated; --row) gather(row - 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    runs[i].newest = static_cast<std::int32_t>(runs[i].first);
    runs[i].oldest = rows[runs[i].last].day;
  }
  for (auto row = undated; row > 0; --row) {
    gather(row - 1);
    if (const auto slot = slots[rows[row - 1].klass]; slot < count) runs[slot].undated = true;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    next[runs[i].last] = none;
    slots[runs[i].klass] = Slots::unseen;
  }
  run_count_ = count;
}

// Enters each class that the person has facts of under every set that it belongs to.
void Reading::enter(bool every_set) {
  nodes_.clear();
  if (parts_.size() < vocabulary_.all_members().size()) parts_.resize(vocabulary_.all_members().size());
  const auto* const classes = vocabulary_.all_classes().data();
  const auto* const members = vocabulary_.all_members().data();
  part_count_ = meanings_ = undated_ = 0;
  for (std::uint32_t number = 0; number < run_count_; ++number) {
    const auto& klass = classes[runs_[number].klass];
    const std::span<const Member> of_class(members + klass.first, every_set ? klass.members : klass.rule_members);
    if (runs_[number].undated) enter_run<true>(number, of_class);
    else enter_run<false>(number, of_class);
  }
  hospitalised_ = present(hospital_);
}

template <bool undated>
void Reading::enter_run(std::uint32_t number, std::span<const Member> members) {
  const auto newest_row = runs_[number].newest;
  const auto oldest_day = runs_[number].oldest;
  auto* const heads = heads_.data();
  auto* const bits = bits_.data();
  auto at = part_count_;
  auto* part = &parts_[at];
  std::uint32_t meanings = 0;
  for (const auto& member : members) {
    const auto meaning = member.meaning;
    const auto set = member.set;
    meanings |= meaning;
    const auto newest = meaning & evidence ? newest_row : -1;
    const auto oldest = meaning & occurred ? oldest_day : std::uint16_t{0};
    auto& head = heads[set];
    auto& word = bits[set >> 6];
    const auto bit = std::uint64_t{1} << (set & 63);
    if (!(word & bit)) {
      word |= bit;
      *part++ = {&member, number, none};
      head = {at++, unlaid, meaning, undated ? meaning : 0u, newest, oldest};
      continue;
    }
    *part++ = {&member, number, head.first};
    head.first = at++;
    head.meanings |= meaning;
    if (undated) head.undated |= meaning;
    head.newest = std::max(head.newest, newest);
    if (oldest != 0 && (head.oldest == 0 || oldest < head.oldest)) head.oldest = oldest;
  }
  part_count_ = at;
  meanings_ |= meanings;
  if (undated) undated_ |= meanings;
}

// The facts of a set that has several runs, newest first.
void Reading::lay_out(SetId set) const {
  auto& head = heads_[set];
  const auto start = nodes_.size();
  for (auto part = head.first; part != none; part = parts_[part].next)
    for (auto row = runs_[parts_[part].run].first; row != none; row = next_[row]) nodes_.push_back({parts_[part].member, row, none});
  const auto first = nodes_.begin() + static_cast<std::ptrdiff_t>(start);
  std::sort(first, nodes_.end(), [](const Node& a, const Node& b) { return a.row > b.row; });
  for (auto at = start; at + 1 < nodes_.size(); ++at) nodes_[at].next = static_cast<std::uint32_t>(at + 1);
  head.node = static_cast<std::uint32_t>(start);
}

void Reading::open(PersonId person, Day day, bool every_set) {
  view_ = population_.view(person, buffer_);
  std::fill(bits_.begin(), bits_.end(), 0);
  horizon = open_end;
  known_ = unreckoned_day;
  born_ = view_.birth;
  born_dated_ = false;
  has_birthday_ = {};
  opened_ = day;
  set_today(day);
  auto end = view_.rows.size();
  while (end > 0 && view_.rows[end - 1].day > today_code_) --end;
  if (tracking) note_next_fact();
  collect(end, every_set);
  enter(every_set);
}

void Reading::set_today(Day day) {
  ++round_;
  age_ = unreckoned;
  today_ = day;
  today_code_ = day - first_row_day + 1;
  quick_ = !lenient_ && !tracking && day == opened_;
}

void Reading::note_next_fact() {
  const auto next = std::upper_bound(view_.rows.begin(), view_.rows.end(), today_code_, [](int code, const Row& row) { return code < row.day; });
  if (next != view_.rows.end()) note(day_of_code(next->day));
}

std::optional<Day> Reading::first_known_day() {
  if (known_ == unreckoned_day) {
    const auto first = std::find_if(view_.rows.begin(), view_.rows.end(), [](const Row& row) { return row.day != 0; });
    known_ = first == view_.rows.end() ? no_day : day_of_code(first->day);
  }
  return known_ != no_day && known_ <= today_ ? std::optional(known_) : std::nullopt;
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

int Reading::age() {
  if (age_ != unreckoned) return age_;
  if (born_ == no_day || born_ > today_) return age_ = -1;
  if (civil_of_ != today_) civil_ = civil_from(today_), civil_of_ = today_;
  if (!born_dated_) born_date_ = civil_from(born_), born_dated_ = true;
  const bool had_birthday = std::pair(civil_.month, civil_.day) >= std::pair(born_date_.month, born_date_.day);
  return age_ = civil_.year - born_date_.year - (had_birthday ? 0 : 1);
}

// 29 February counts from 1 March in common years, as age_on() has it. The date of birth is taken apart once, each birthday reckoned once.
Day Reading::birthday(int years) {
  const bool usual = years >= 0 && years < static_cast<int>(birthdays_.size());
  const auto index = static_cast<std::size_t>(years);
  if (usual && has_birthday_[index >> 6] >> (index & 63) & 1) return birthdays_[index];
  if (!born_dated_) born_date_ = civil_from(born_), born_dated_ = true;
  Civil date{born_date_.year + years, born_date_.month, born_date_.day};
  if (date.month == 2 && date.day == 29 && !exists(date)) date.month = 3, date.day = 1;
  const auto day = day_from(date);
  if (usual) birthdays_[index] = day, has_birthday_[index >> 6] |= std::uint64_t{1} << (index & 63);
  return day;
}

Value Reading::season(int month, int day) {
  if (month < 1 || month > 12 || day < 1 || day > 31) return {};
  if (season_.today != today_ || season_.month != month || season_.day != day) {
    const auto start_in = [&](int year) {
      Civil date{year, month, day};
      while (!exists(date)) --date.day;
      return day_from(date);
    };
    const auto year = civil_from(today_).year;
    const auto this_year = start_in(year);
    const bool begun = this_year <= today_;
    season_ = {today_, begun ? this_year : start_in(year - 1), begun ? start_in(year + 1) : this_year, month, day};
  }
  note(season_.next);
  return of(static_cast<double>(season_.start));
}

Value Reading::person(const Step& step, const Value* arguments) {
  switch (step.op) {
    case Rule::Op::age: {
      const auto years = age();
      if (years < 0) {
        if (born_ != no_day) note(born_);
        return {};
      }
      if (tracking) note(birthday(years + 1));
      return of(static_cast<double>(years));
    }
    case Rule::Op::age_days: {
      if (born_ == no_day) return {};
      auto result = of(static_cast<double>(today_ - born_));
      result.slope = 1;
      return result;
    }
    case Rule::Op::female: return view_.sex == 'f' || view_.sex == 'm' ? of(view_.sex == 'f') : Value{};
    case Rule::Op::male: return view_.sex == 'f' || view_.sex == 'm' ? of(view_.sex == 'm') : Value{};
    case Rule::Op::today: {
      auto result = of(static_cast<double>(today_));
      result.slope = 1;
      return result;
    }
    case Rule::Op::born: return born_ == no_day ? Value{} : of(static_cast<double>(born_));
    case Rule::Op::birthday: {
      const auto years = arguments[0].number;
      return born_ == no_day || years < 0 || years > 200 ? Value{} : of(static_cast<double>(birthday(static_cast<int>(years))));
    }
    default: break;
  }
  if (!arguments[0].present || !arguments[1].present) return {};
  return season(static_cast<int>(arguments[0].number), static_cast<int>(arguments[1].number));
}

Value Reading::risk(const Step& step) const {
  if (step.op == Rule::Op::tier && step.set == composite) {
    const auto tier = population_.tier(view_.id);
    return tier < 0 ? Value{} : of(static_cast<double>(tier));
  }
  const auto number = population_.algorithm(plan_.algorithms()[step.set]);
  if (!number) return {};
  const auto risk = population_.risk(view_.id, *number);
  if (step.op == Rule::Op::score) return risk.scored ? of(static_cast<double>(risk.score)) : Value{};
  return risk.tier < 0 ? Value{} : of(static_cast<double>(risk.tier));
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
