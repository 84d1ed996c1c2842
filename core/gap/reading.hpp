// One person's facts laid out for rules: for every set the facts that belong to it, newest first, and what each function of
// rule.hpp answers from them. Built once for a person and day; `today` may be set back to ask how it was.
// Never: decides. While tracking it notes the first later day on which any answer it gave may differ (`horizon`).
// Threads: one thread's; allocates nothing once it has grown.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/gap/plan.hpp"
#include "core/population/population.hpp"

namespace core::gap {

using population::no_day;
using population::open_end;
using population::PersonId;
using population::Population;

// What an expression gives: a number, a day or a truth (0 or 1), or nothing.
struct Value {
  double number = 0;
  std::int32_t row = -1;   // the fact it comes from
  bool present = false;
  bool at_least = false;   // a count that facts without usable day or value may raise
  std::int8_t slope = 0;   // how it moves with each passing day
  bool is_true() const { return present && number != 0; }
  bool is_false() const { return present && number == 0; }
};
inline Value of(double number, std::int32_t row = -1) { return {number, row, true, false, 0}; }
inline Value of(bool truth, std::int32_t row = -1) { return {truth ? 1.0 : 0.0, row, true, false, 0}; }

class Reading {
 public:
  // For each class its run in the person at hand: scratch that Readings of one thread share, as it was before after each use.
  struct Slots {
    static constexpr std::uint16_t unseen = 0xffff, meaningless = 0xfffe;
    std::vector<std::uint16_t> of_rules, of_all;  // meaningless: of no set that is asked for
    std::uint16_t* prepared(const population::Vocabulary& vocabulary, bool every_set);
  };

  Reading(const Plan& plan, const Population& population, std::shared_ptr<Slots> slots = std::make_shared<Slots>());

  void open(PersonId person, Day day, bool every_set = false);  // every_set: also sets that no programme's rule touches
  void set_today(Day day);
  Day today() const { return today_; }

  void note_next_fact();  // the first day after today that a fact is dated

  Value call(const Step& step, const Value* arguments);
  void note(Day day) {
    if (tracking && day > today_ && day < horizon) horizon = day;
  }

  // Quick answers: has the person no fact of any of these sets; no fact of the set.
  bool untouched(const SetMask* masks, std::size_t count) const {
    std::uint64_t any = 0;
    for (std::size_t i = 0; i < count; ++i) any |= bits_[masks[i].word] & masks[i].bits;
    return any == 0;
  }
  bool lacks(SetId set) const { return !present(set); }
  bool anything_means(std::uint32_t meaning) const { return (meanings_ & meaning) != 0; }  // of all the facts
  bool anything_doubtful() const { return (meanings_ & population::doubtful) || (undated_ & population::evidence); }
  template <class Each>
  void each_set(Each&& each) const {  // each(SetId) that the person has facts of
    for (std::size_t word = 0; word < bits_.size(); ++word)
      for (auto bits = bits_[word]; bits != 0; bits &= bits - 1) each(static_cast<SetId>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
  }
  // What need() and value() give where that can be told from one class without a walk; Plain::walk: ask them.
  enum class Plain : std::uint8_t { no, yes, unknown, walk };
  Plain plain_need(const NeedSets& need) const;
  Plain plain_value(const Step& step, double& number) const;  // yes: there is a number
  Plain plain_answer(SetId set, SetId other) const;
  // Completed years, -1 when not known; reckoned once for a day.
  int age();
  Day birthday(int years);

  std::optional<Day> first_day(SetId set);                 // earliest dated fact that occurred
  std::optional<Day> first_known_day();                    // of any fact
  Value newest(SetId set) {                                // last()
    if (!quick(set)) return search_newest(set);
    if (!present(set) || heads_[set].newest < 0) return {};
    const auto row = heads_[set].newest;
    return of(static_cast<double>(population::day_of_code(view_.rows[static_cast<std::size_t>(row)].day)), row);
  }
  Day refused(SetId set);                                  // newest refusal, or no_day
  bool has_doubtful(SetId set) const;                      // something that would count but for day, value or unit
  void each_evidence_day(SetId set, std::vector<std::uint16_t>& days) const;  // of evidence, as row days, today or before
  std::int32_t newest_row(SetId set) const;                // of evidence, whatever day
  std::int32_t open_condition(SetId set, Day& start);      // the one open longest, or -1
  template <class Each>
  void each_of(SetId set, Each&& each) const {             // each(row, member): all facts of the set, newest first
    if (!present(set)) return;
    auto at = start(set);
    do each(at.row, *at.member);
    while (advance(at));
  }

  // Of a set that is asked for plainly: the row of its newest evidence, -1: none; false when that takes a walk.
  bool plain_newest(SetId set, std::int32_t& row) const {
    if (!present(set)) return true;
    row = heads_[set].newest;
    return quick(set);
  }
  bool is_plain() const { return quick_; }

  const population::PersonView& view() const { return view_; }
  const population::ViewBuffer& buffer() const { return buffer_; }
  const population::Class& class_of(std::uint32_t row) const { return vocabulary_[view_.rows[row].klass]; }

  // While lenient, facts that would count but for day, value or unit count, an unknown day being today.
  void set_lenient(bool on) {
    lenient_ = on;
    ++round_;
    quick_ = !on && !tracking && today_ == opened_;
  }

  bool tracking = false;   // note the horizon; set before open()
  Day horizon = open_end;

 private:
  static constexpr std::uint32_t none = 0xffffffff, unlaid = 0xfffffffe;
  static constexpr int unreckoned = -2;
  static constexpr Day unreckoned_day = open_end;
  // The rows of one class, newest first, the undated last; linked by next_.
  struct Run {
    std::uint32_t first, last;         // rows
    std::int32_t newest;               // of the dated ones, -1: none is
    std::uint16_t oldest;              // day of the first dated one, 0: none is
    population::ClassId klass;
    bool undated;                      // there is one without a day
  };
  struct Part {                        // what a run is to a set
    const population::Member* member;
    std::uint32_t run, next;
  };
  struct Head {
    std::uint32_t first;               // part
    std::uint32_t node;                // first of the nodes, unlaid: they were not asked for yet
    std::uint32_t meanings, undated;   // all that its facts mean, together; of those without a day
    std::int32_t newest;               // row of the newest dated evidence, -1: none
    std::uint16_t oldest;              // day of the first that occurred, 0: none
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

  bool present(SetId set) const { return bits_[set >> 6] >> (set & 63) & 1; }
  bool means(SetId set, std::uint32_t meaning) const { return present(set) && (heads_[set].meanings & meaning) != 0; }
  // The head of a set answers for the day that was opened, where no fact is left out and no horizon is asked for.
  bool quick(SetId set) const { return quick_ && (!hospitalised_ || !outside_hospital_[set]); }
  int code_at(std::uint32_t row) const { return view_.rows[row].day; }
  // Facts of the set with one of the meanings, newest first (undated last), up to today; stops when each() says true.
  template <class Each>
  void walk(SetId set, std::uint32_t meaning, Each&& each) const;
  void collect(std::size_t end, bool every_set);
  void enter(bool every_set);
  template <bool undated>
  void enter_run(std::uint32_t number, std::span<const population::Member> members);
  void lay_out(SetId set) const;
  Place start(SetId set) const {       // of a set that the person has facts of
    const auto& head = heads_[set];
    const auto& part = parts_[head.first];
    if (part.next == none) return {part.member, runs_[part.run].first, none};
    if (head.node == unlaid) lay_out(set);
    return {nodes_[head.node].member, nodes_[head.node].row, head.node};
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

  Value open_now(SetId set, bool onset);
  Value ever(SetId set, bool day);
  Value last(SetId set, const Value* from);
  Value within(SetId set, int days);
  Value count(SetId set, const Value* days);
  Value value(SetId set, const Value* days);
  Value day_value(SetId set, Place at) const;
  Value previous(SetId set, int results) const;
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

  bool read_newest_answers(const NeedSets& need, NeedAnswer& found) const;
  void read_answers(const NeedSets& need, NeedAnswer& found) const;
  Value need(const NeedSets& need, bool since);
  Value supported(const NeedSets& need);
  bool carried(const NeedSets& need, std::uint32_t row) const;
  bool linked(const NeedSets& need, std::uint32_t row) const;
  Value risk(const Step& step) const;

  const Plan& plan_;
  const Population& population_;
  const population::Vocabulary& vocabulary_;
  population::PersonView view_;
  population::ViewBuffer buffer_;
  std::vector<std::uint64_t> bits_;
  mutable std::vector<Head> heads_;
  mutable std::vector<Node> nodes_;   // of the person in view
  std::vector<std::uint32_t> next_;   // by row: the next of its class
  std::shared_ptr<Slots> slots_;
  std::vector<Run> runs_;
  std::vector<Part> parts_;
  std::uint32_t run_count_ = 0, part_count_ = 0;
  std::vector<std::uint8_t> outside_hospital_, lowest_of_day_;
  SetId hospital_ = 0;
  bool hospitalised_ = false;           // has facts of that set
  std::uint32_t meanings_ = 0, undated_ = 0;  // of all facts together; of those without a day
  Day known_ = unreckoned_day;          // the first day on which anything is known
  Day today_ = 0, opened_ = 0;
  int today_code_ = 0;
  bool quick_ = false;
  struct Season {
    Day today = no_day, start = no_day, next = no_day;
    int month = 0, day = 0;
  } season_;                            // the last that was asked for
  std::vector<std::uint16_t> drugs_;
  Day born_ = no_day;
  bool lenient_ = false;
  int age_ = unreckoned;
  Civil born_date_, civil_;              // civil_: of the day civil_of_
  Day civil_of_ = no_day;
  bool born_dated_ = false;
  std::array<Day, 128> birthdays_{};           // those already reckoned,
  std::array<std::uint64_t, 2> has_birthday_{};  // as bits
  struct Remembered {
    std::uint32_t round = 0;
    Value value;
  };
  std::vector<Remembered> remembered_;  // answers of calls that stand in several places, of this round
  std::uint32_t round_ = 0;
};

// Nobody ever said yes and no Condition is known: no when the one class that answers says so, unknown when there was another answer.
inline Reading::Plain Reading::plain_need(const NeedSets& need) const {
  if (need.conditions && present(*need.conditions)) return Plain::walk;
  const bool answered = need.answers && present(*need.answers), negated = need.no && present(*need.no);
  if ((answered && !quick(*need.answers)) || (negated && !quick(*need.no)) || !quick_) return Plain::walk;
  std::uint32_t meanings = 0;
  if (answered) {
    meanings = heads_[*need.answers].meanings;
    if (meanings & population::by_code) return Plain::walk;
  }
  if (!negated || !(heads_[*need.no].meanings & population::by_code)) {
    if (negated) meanings |= heads_[*need.no].meanings;
    return meanings & population::asked ? Plain::unknown : Plain::no;
  }
  const auto& part = parts_[heads_[*need.no].first];
  if (part.next != none || !(part.member->meaning & population::asked)) return Plain::walk;
  if (answered && (parts_[heads_[*need.answers].first].next != none || parts_[heads_[*need.answers].first].run != part.run)) return Plain::walk;
  return Plain::no;
}

inline Reading::Plain Reading::plain_value(const Step& step, double& number) const {
  constexpr std::uint32_t results = population::valued | population::valueless;
  if (!means(step.set, results)) return Plain::unknown;
  const auto& head = heads_[step.set];
  const auto& part = parts_[head.first];
  const auto& run = runs_[part.run];
  if (!quick(step.set) || part.next != none || run.undated || lowest_of_day_[step.set]) return Plain::walk;
  if (!(part.member->meaning & population::valued)) return Plain::unknown;
  if (step.has_constant && code_at(run.first) <= today_code_ - static_cast<int>(step.number)) return Plain::unknown;
  number = converted({part.member, run.first, none});
  return Plain::yes;
}

}  // namespace core::gap
