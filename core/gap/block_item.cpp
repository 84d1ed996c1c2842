// Items over the people of a block: whom each concerns, by whom it is excluded, and what it comes to.
#include "core/gap/block.hpp"

namespace core::gap {

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

// Who has evidence, where that is the newest of the item's sets; and which.
People Block::find_newest(const PlannedItem& item, People among) {
  People any = 0, all = among;
  for (const auto set : item.newest_of) {
    People has = 0;
    each_of(having_[set] & among, [&](std::size_t i) {
      std::uint32_t row = 0;
      if (!readings_[i].newest_row(set, row)) return;
      has |= bit(i);
      const auto code = readings_[i].day_code(row);
      if ((any & bit(i)) && !(item.all_of_them ? code < newest_code_[i] : code > newest_code_[i])) return;
      newest_code_[i] = code;
      newest_row_[i] = row;
    });
    any |= has;
    all &= has;
  }
  return item.all_of_them ? all : any;
}

// The newest of some sets, and so many days after it.
void Block::decide_plain(const PlannedItem& item, People among, People done) {
  const auto today = as_of_;
  each_of(among & done, [&](std::size_t i) {
    auto& decision = *place_[i];
    const auto day = population::day_of_code(newest_code_[i]);
    decision.cause = Cause::evidence;
    decision.last = decision.interval = decision.since = day;
    decision.row = static_cast<std::int32_t>(newest_row_[i]);
    decision.status = Status::satisfied;
    if (!item.every) return;
    decision.due = day + item.every_days;
    const auto left = decision.due - today;
    if (left > item.soon) return;
    decision.status = left > 0 ? Status::due_soon : left + item.grace >= 0 ? Status::open : Status::overdue;
    decision.since = left > 0 ? decision.due - item.soon : decision.due;
  });
}

void Block::decide_dated(const PlannedItem& item, People among) {
  People done = 0;
  if (item.newest_of.empty()) {
    choose(item.evidence_cases, among, found_);
    each_of(among, [&](std::size_t i) { done |= found_[i].present ? bit(i) : 0; });
  } else {
    done = find_newest(item, among);
  }
  const bool fixed = item.every_days >= 0 || !item.every;
  if (fixed && !item.newest_of.empty()) {
    decide_plain(item, among, done);
  } else {
    if (!item.newest_of.empty())
      each_of(done, [&](std::size_t i) { found_[i] = of(static_cast<double>(population::day_of_code(newest_code_[i])), static_cast<std::int32_t>(newest_row_[i])); });
    if (!fixed) choose(item.every_cases, done, every_);
    const auto usual = item.every_days >= 0 ? of(static_cast<double>(item.every_days)) : Value{};
    each_of(done, [&](std::size_t i) {
      state_.look_at(readings_[i]);
      state_.decide_done(item, found_[i], fixed ? usual : every_[i], *place_[i]);
    });
  }
  const auto undone = among & ~done;
  if (item.start) choose(item.start_cases, undone, stated_);
  each_of(undone, [&](std::size_t i) {
    state_.look_at(readings_[i]);
    state_.decide_undone(item, state_.start_from(item, item.start ? stated_[i] : Value{}), *place_[i]);
  });
  each_of(among & doubtful_, [&](std::size_t i) {
    state_.look_at(readings_[i]);
    state_.reconsider(item, *place_[i]);
  });
}

void Block::decide_met(const PlannedItem& item, People among) {
  const auto truth = evaluate(item.met_formula, among);
  if (item.start) choose(item.start_cases, among, stated_);
  People touched = 0;
  for (const auto set : item.sets) touched |= having_[set];
  const bool names_row = item.source->kind == ItemKind::support;  // the fact that meets it
  each_of(among, [&](std::size_t i) {
    state_.look_at(readings_[i]);
    Value met;
    if (truth.yes & bit(i)) met = names_row ? state_.run(item.met) : of(true);
    else if (truth.no & bit(i)) met = of(false);
    state_.decide_met(item, met, state_.start_from(item, item.start ? stated_[i] : Value{}), *place_[i], (touched & bit(i)) != 0);
  });
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
  each_of(among, [&](std::size_t i) {
    *place_[i] = {};
    place_[i]->item = number;
  });
  const auto in = among & ~exclusions->out;
  if (item.met) decide_met(item, in);
  else decide_dated(item, in);
  const auto certain = cohort.yes & applies.yes & ~exclusions->unknown & ~refusing_;
  each_of(among & ~(in & certain), [&](std::size_t i) {
    Decider::State::Excluded excluded;
    excluded.holds = exclusions->out & bit(i);
    if (excluded.holds || (exclusions->unknown & bit(i))) excluded.number = exclusions->number[i];
    state_.look_at(readings_[i]);
    state_.conclude(item, cohort.yes & bit(i), applies.yes & bit(i), excluded, *place_[i]);
  });
  each_of(among, [&](std::size_t i) { ++place_[i]; });
}

}  // namespace core::gap
