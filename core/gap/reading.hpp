// One person's facts laid out for rules: for every set the facts that belong to it, newest first, and what each function of
// rule.hpp answers from them. Built once for a person and day; `today` may be set back to ask how it was.
// Never: decides. While tracking it notes the first later day on which any answer it gave may differ (`horizon`).
// Threads: one thread's; allocates nothing once it has grown.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/gap/plan.hpp"
#include "core/gap/value.hpp"
#include "core/population/population.hpp"

namespace core::gap {

using population::no_day;
using population::open_end;
using population::PersonId;
using population::Population;

class Reading {
 public:
  // What Readings of one thread share.
  struct Scratch {
    std::vector<std::uint32_t> newest;   // by class: its newest row so far; all of them `none` before and after each use
    std::vector<std::uint64_t> having;   // by set: who has facts of it, one bit each
    std::vector<std::uint8_t> outside_hospital, lowest_of_day;  // by set, as it says
  };

  Reading(const Plan& plan, const Population& population);
  // One of several that share their scratch; `bit` is its own in `having`, which the owner of the scratch clears.
  Reading(const Plan& plan, const Population& population, std::shared_ptr<Scratch> scratch, std::uint64_t bit);

  void open(PersonId person, Day day, bool every_set = false);  // every_set: also sets that no programme's rule touches
  void set_today(Day day);
  Day today() const { return today_; }

  void note_next_fact();  // the first day after today that a fact is dated
  void note_next_fact_of(std::span<const SetId> sets);  // the same of these, up to the day that was opened

  Value call(const Step& step, const Value* arguments);
  void note(Day day) {
    if (tracking && day > today_ && day < horizon) horizon = day;
  }

  // Quick answers: has the person no fact of any of these sets; no fact of the set.
  bool untouched(std::span<const SetId> sets) const {
    std::uint64_t any = 0;
    for (const auto set : sets) any |= having_[set];
    return (any & bit_) == 0;
  }
  bool lacks(SetId set) const { return !present(set); }
  bool anything_means(std::uint32_t meaning) const { return (meanings_ & meaning) != 0; }  // of all the facts
  bool anything_doubtful() const { return (meanings_ & population::doubtful) || (undated_ & population::evidence); }
  // The same as newest() and value() on the day that was opened, in a few instructions, of a set that the person has facts of.
  struct Result {
    std::uint16_t code = 0;  // its day, as in rows
    float number = 0;
  };
  bool newest_row(SetId set, std::uint32_t& row) {
    const auto& head = heads_[set];
    if (head.next != none || (hospitalised_ && outside_hospital_[set])) [[unlikely]] return newest_row_found(set, row);
    row = runs_[head.run].first;
    return (member_of(head).meaning & population::evidence) && view_.rows[row].day != 0;
  }
  bool newest_result(SetId set, Result& result) {
    const auto& head = heads_[set];
    const auto& run = runs_[head.run];
    const auto& member = member_of(head);
    const auto row = run.first;
    const auto code = view_.rows[row].day;
    const auto several = [&] { return lowest_of_day_[set] && next_[row] != none && view_.rows[next_[row]].day == code; };
    if (head.next != none || run.oldest == 0 || (hospitalised_ && outside_hospital_[set]) || several()) [[unlikely]] return newest_result_found(set, result);
    result = {code, population::value_of(view_.rows[row]) * member.factor + member.offset};
    return (member.meaning & population::valued) != 0;
  }
  std::uint16_t day_code(std::uint32_t row) const { return view_.rows[row].day; }
  // What need() and answer() give, where that can be told from the runs without a walk and without the fact behind it; else walk.
  enum class Plain : std::uint8_t { no, yes, unknown, walk };
  Plain needs(const NeedSets& need) const {
    const auto has = [this](const std::optional<SetId>& set) { return set && present(*set); };
    return needs(need, has(need.conditions), has(need.answers), has(need.no));
  }
  Plain needs(const NeedSets& need, bool recorded, bool answered, bool denied) const;  // of which of its sets there are facts
  Plain plain_answer(SetId set, SetId other) const;
  // Completed years, -1 when not known; reckoned once for a day.
  int age();
  Value completed_years();                                 // age()
  Day birthday(int years) {
    if (birthday_years_ != years) birthday_ = reckoned_birthday(years), birthday_years_ = years;
    return birthday_;
  }

  Day first_day(SetId set);                                // earliest dated fact that occurred, or no_day
  Day first_known_day() const { return known_ <= today_ ? known_ : no_day; }  // of any fact
  Value newest(SetId set) {                                // last()
    if (!present(set)) return {};
    if (!complete(set)) return search_newest(set);
    const auto row = newest_evidence(set);
    return row < 0 ? Value{} : of(static_cast<double>(population::day_of_code(view_.rows[static_cast<std::size_t>(row)].day)), row);
  }
  Value value(SetId set, const Value* days);               // value()
  Value within(SetId set, int days);                       // within()
  Day refused(SetId set);                                  // newest refusal, or no_day
  bool has_doubtful(SetId set) const;                      // something that would count but for day, value or unit
  void each_evidence_day(SetId set, std::vector<std::uint16_t>& days) const;  // of evidence, as row days, today or before
  std::int32_t open_condition(SetId set, Day& start) const;   // the one open longest, or -1
  template <class Each>
  void each_of(SetId set, Each&& each) const {             // each(row, member): all facts of the set, newest first
    if (!present(set)) return;
    auto at = start(set);
    do each(at.row, *at.member);
    while (advance(at));
  }


  const population::PersonView& view() const { return view_; }
  const population::ViewBuffer& buffer() const { return buffer_; }
  const population::Class& class_of(std::uint32_t row) const { return vocabulary_[view_.rows[row].klass]; }

  // While lenient, facts that would count but for day, value or unit count, an unknown day being today.
  void set_lenient(bool on) {
    lenient_ = on;
    ++round_;
    quick_ = !on && !tracking && today_ <= opened_;
  }

  bool tracking = false;   // note the horizon; set before open()
  Day horizon = open_end;

 private:
  static constexpr std::uint32_t none = 0xffffffff;
  static constexpr int unreckoned = -2;
  // The rows of one class, newest first, the undated last; linked by next_.
  struct Run {
    population::ClassId klass;
    std::uint16_t oldest;              // day of the oldest, 0: it has none
    std::uint32_t first;               // row
  };
  struct Part {                        // what a run is to a set; a set's further parts are linked in parts_
    std::uint32_t member = 0;          // in the vocabulary
    std::uint32_t run = 0, next = 0;
  };
  struct Node {                        // a fact of a set that has several runs, laid out when somebody walks through the set
    const population::Member* member;
    std::uint32_t row, next;
  };
  struct Place {                       // where a walk through a set has come
    const population::Member* member;
    std::uint32_t row, node;           // node: none in a set that is one run
  };
  struct NeedAnswer {
    bool yes = false, no = false, asked = false;
    Day since = no_day;
    std::int32_t row = -1;
  };

  bool present(SetId set) const { return (having_[set] & bit_) != 0; }
  template <class Each>
  void each_part_ever(SetId set, Each&& each) const {  // of a set that the person has facts of, up to the day that was opened
    for (const auto* part = &heads_[set];; part = &parts_[part->next]) {
      each(*part);
      if (part->next == none) return;
    }
  }
  template <class Each>
  void each_part(SetId set, Each&& each) const {       // those with a fact dated up to today, or not at all
    each_part_ever(set, [&](const Part& part) {
      if (runs_[part.run].oldest <= today_code_) each(part);
    });
  }
  const population::Member& member_of(const Part& part) const { return members_[part.member]; }
  std::int32_t newest_of(const Run& run) const {       // row of its newest dated one up to today, -1: none is
    auto row = run.first;
    while (code_at(row) > today_code_) [[unlikely]]
      if ((row = next_[row]) == none) return -1;
    return code_at(row) != 0 ? static_cast<std::int32_t>(row) : -1;
  }
  std::uint16_t oldest_of(const Run& run) const;       // day of its first dated one, 0: none is
  std::uint32_t meanings_of(SetId set) const {
    std::uint32_t meanings = 0;
    each_part(set, [&](const Part& part) { meanings |= member_of(part).meaning; });
    return meanings;
  }
  std::uint32_t undated_of(SetId set) const {  // what its facts without a day mean
    std::uint32_t meanings = 0;
    if (undated_ != 0) each_part(set, [&](const Part& part) { meanings |= runs_[part.run].oldest == 0 ? member_of(part).meaning : 0; });
    return meanings;
  }
  std::int32_t newest_evidence(SetId set) const {  // the row; -1: none
    const auto& head = heads_[set];
    if (head.next == none) return member_of(head).meaning & population::evidence ? newest_of(runs_[head.run]) : -1;
    std::int32_t row = -1;
    each_part(set, [&](const Part& part) {
      if (member_of(part).meaning & population::evidence) row = std::max(row, newest_of(runs_[part.run]));
    });
    return row;
  }
  bool means(SetId set, std::uint32_t meaning) const { return present(set) && (meanings_of(set) & meaning) != 0; }
  // The runs of a set answer where no fact is left out; with `quick` neither a horizon nor the fact behind the answer is asked for.
  bool complete(SetId set) const { return !lenient_ && (!hospitalised_ || !outside_hospital_[set]); }
  bool quick(SetId set) const { return quick_ && complete(set); }
  int code_at(std::uint32_t row) const { return view_.rows[row].day; }
  // Facts of the set with one of the meanings, newest first (undated last), up to today; stops when each() says true.
  template <class Each>
  void walk(SetId set, std::uint32_t meaning, Each&& each) const;
  void collect(std::size_t end);
  void enter(bool every_set);
  std::uint32_t laid_out(SetId set) const;
  Place start(SetId set) const {       // of a set that the person has facts of
    const auto& part = heads_[set];
    if (part.next == none) return {&member_of(part), runs_[part.run].first, none};
    const auto node = laid_out(set);
    return {nodes_[node].member, nodes_[node].row, node};
  }
  bool advance(Place& at) const {
    if (at.node == none) return (at.row = next_[at.row]) != none;
    const auto next = nodes_[at.node].next;
    if (next == none) return false;
    at = {nodes_[next].member, nodes_[next].row, next};
    return true;
  }
  Value search_newest(SetId set) const;
  bool in_hospital(int code) const;
  double converted(const Place& at) const {
    return static_cast<double>(population::value_of(view_.rows[at.row]) * at.member->factor + at.member->offset);
  }

  Value answer_call(const Step& step, const Value* arguments);
  Value person(const Step& step, const Value* arguments);
  Value season(int month, int day);
  Day reckoned_birthday(int years);
  Day birthday_far(int years) const;

  Value open_now(SetId set, bool onset);
  Value ever(SetId set, bool day);
  Value last(SetId set, const Value* from);
  Value count(SetId set, const Value* days);
  Value day_value(SetId set, Place at) const;
  Value previous(SetId set, int results) const;
  Value newest_value(SetId set, const Value* days);
  bool newest_row_found(SetId set, std::uint32_t& row);
  bool newest_result_found(SetId set, Result& result);
  Value extreme(SetId set, int days, bool highest);
  Value twice_below(SetId set, double limit, int days) const;
  Value answer(SetId set, SetId other) const;
  Value declined(SetId set) const;

  bool drug_on(std::uint32_t row, std::uint32_t meaning);
  Value on(SetId set);
  void count_drug(std::uint16_t drug, Value& number);
  Value on_since(SetId set);
  Value drugs();
  Value drugs_of(SetId set);
  Value under_way(SetId set);

  void read_answers(const NeedSets& need, NeedAnswer& found) const;
  Value need(const NeedSets& need, bool since);
  Value supported(const NeedSets& need);
  bool carried(const NeedSets& need, std::uint32_t row) const;
  bool linked(const NeedSets& need, std::uint32_t row) const;
  Value risk(const Step& step) const;

  // What every question needs, side by side.
  const population::Member* members_ = nullptr;  // the vocabulary's, which may have grown by the next person
  std::vector<Part> heads_;             // by set: the last of its parts, where it has some
  std::vector<Run> runs_;
  std::vector<std::uint32_t> next_;     // by row: the next of its class
  const std::uint8_t* outside_hospital_ = nullptr;  // of scratch_
  const std::uint8_t* lowest_of_day_ = nullptr;
  std::uint64_t* having_ = nullptr;
  std::uint64_t bit_ = 1;
  Day today_ = 0, opened_ = 0;
  int today_code_ = 0;
  bool quick_ = false, lenient_ = false;
  bool hospitalised_ = false;           // has facts of that set
  bool alone_ = false;                  // shares its scratch with no other
  std::uint32_t meanings_ = 0, undated_ = 0;  // of all facts together; of those without a day
  population::PersonView view_;

  const Plan& plan_;
  const Population& population_;
  const population::Vocabulary& vocabulary_;
  std::shared_ptr<Scratch> scratch_;
  std::uint32_t run_count_ = 0;
  Day known_ = no_day;                  // the first day on which anything is known
  Day born_ = no_day;
  int age_ = unreckoned;
  Civil born_date_, civil_;             // civil_: of the day civil_of_
  Day civil_of_ = no_day;
  bool born_dated_ = false;
  SetId hospital_ = 0;
  Day next_birthday_ = no_day;          // after today, once it was asked for
  int birthday_years_ = unreckoned;     // the birthday that was asked for last
  Day birthday_ = no_day;
  struct Season {
    Day today = no_day, start = no_day, next = no_day;
    int month = 0, day = 0;
  } season_;                            // the last that was asked for
  struct Remembered {
    std::uint32_t round = 0;
    Value value;
  };
  std::vector<Remembered> remembered_;  // answers of calls that stand in several places, of this round
  std::uint32_t round_ = 0;
  std::vector<Part> parts_;
  mutable std::vector<Node> nodes_;     // of the person in view
  mutable std::vector<std::pair<SetId, std::uint32_t>> laid_;  // sets whose nodes are laid out, and the first of them
  std::vector<std::uint16_t> drugs_;
  population::ViewBuffer buffer_;
};

}  // namespace core::gap
