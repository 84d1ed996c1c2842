// decide() for up to 64 people at once: who is in which cohort, what applies and who is excluded are worked out by formulas over
// all of them, then each item is decided for those it concerns. The same answers as Decider::decide, several times as fast.
// Never: seen outside core/gap. Threads: one thread's; allocates nothing once it has grown.
#pragma once
#include <array>
#include <bit>
#include <memory>
#include <vector>

#include "core/gap/decider.hpp"

namespace core::gap {

using People = std::uint64_t;  // a set of the block's people, one bit each

inline People bit(std::size_t i) { return People{1} << i; }
template <class Each>
void each_of(People people, Each&& each) {
  for (; people != 0; people &= people - 1) each(static_cast<std::size_t>(std::countr_zero(people)));
}

class Block {
 public:
  static constexpr std::size_t most = 64;
  Block(const Plan& plan, const Population& population);

  void clear() { count_ = 0; }
  void add(PersonId person) { persons_[count_++] = person; }
  bool full() const { return count_ == most; }
  void decide(Day as_of);
  std::size_t size() const { return count_; }
  PersonId person(std::size_t i) const { return persons_[i]; }
  std::span<const Decision> decisions(std::size_t i) const { return {decisions_[i].data(), place_[i]}; }

 private:
  struct Truth {
    People yes = 0, no = 0;  // in neither: could not be evaluated
  };
  struct Remembered {
    People done = 0, yes = 0, no = 0;
    void enter(std::size_t person, bool truth) { (truth ? yes : no) |= People{1} << person; }
  };
  enum class LeafKind : std::uint8_t { program, call, need, answer, compared_value, within, unknown };
  struct Exclusions {
    People out = 0, unknown = 0;
    std::array<std::int32_t, most> number;  // of the one that holds, else of the first unknown one
  };

  using Values = std::array<Value, most>;  // one for each person

  void open(Day as_of);
  Truth evaluate(FormulaId id, People among);
  LeafKind kind_of(const Leaf& leaf) const;
  Truth leaf(std::uint32_t number, People among);
  void run_leaf(std::uint32_t number, People among);
  int first_within(double days) const;
  void compare_results(const Step& step, People among, Remembered& known);
  People find_within(const Step& step, People among, Remembered& known);
  People find_needs(const NeedSets& need, People among, Remembered& known);
  Truth sum(const Formula& formula, People among);
  Truth age(const Formula& formula, People among) const;
  bool untouched(const PlannedProgramme& programme) const;
  void exclude(std::span<const PlannedExclusion> list, People among, std::int32_t first_number, Exclusions& result);
  void choose(const Cases& cases, People among, Values& values);
  void give(const Case& each, People among, Values& values);
  People find_newest(const PlannedItem& item, People among);
  void decide_plain(const PlannedItem& item, People among, People done);
  void decide_dated(const PlannedItem& item, People among);
  void decide_met(const PlannedItem& item, People among);
  void decide_item(std::uint16_t number, People among, const Truth& cohort, const Truth& applies, const Exclusions& shared);

  const Plan& plan_;
  const Population& population_;
  Decider::State state_;
  std::shared_ptr<Reading::Scratch> scratch_ = std::make_shared<Reading::Scratch>();
  std::vector<People>& having_ = scratch_->having;  // by set: who has facts of it
  std::vector<Reading> readings_;
  std::array<PersonId, most> persons_{};
  static constexpr int oldest = 130;
  std::array<People, oldest + 2> aged_{};  // by years: who has completed them
  std::array<std::vector<Decision>, most> decisions_;  // room for every item
  std::array<Decision*, most> place_{};  // of the next one
  std::size_t count_ = 0;
  Day as_of_ = 0;
  People here_ = 0, women_ = 0, men_ = 0, born_ = 0;  // born_: whose age is known
  People refusing_ = 0, doubtful_ = 0;   // have refusals; facts that might count
  std::vector<Remembered> remembered_;   // by leaf
  std::vector<LeafKind> leaf_kinds_;
  Exclusions shared_, own_;
  Values found_, every_, stated_;        // of the item at hand: its evidence, its interval, its start
  std::array<std::uint16_t, most> newest_code_;  // of the item at hand, where its evidence is the newest of some sets
  std::array<std::uint32_t, most> newest_row_;
};

}  // namespace core::gap
