// decide() for up to 64 people at once: who is in which cohort, what applies and who is excluded are worked out by formulas over
// all of them, then each item is decided for those it concerns. The same answers as Decider::decide, several times as fast.
// Never: seen outside core/gap. Threads: one thread's; allocates nothing once it has grown.
#pragma once
#include <array>
#include <vector>

#include "core/gap/decider.hpp"

namespace core::gap {

using People = std::uint64_t;  // a set of the block's people, one bit each

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
  std::span<const Decision> decisions(std::size_t i) const { return {decisions_[i].data(), counts_[i]}; }

 private:
  struct Truth {
    People yes = 0, no = 0;  // in neither: could not be evaluated
  };
  struct Remembered {
    People done = 0, yes = 0, no = 0;
    void enter(std::size_t person, bool truth) { (truth ? yes : no) |= People{1} << person; }
  };
  enum class LeafKind : std::uint8_t { program, call, need, answer, compared_value };
  struct Exclusions {
    People out = 0, unknown = 0;
    std::array<std::int32_t, most> number;  // of the one that holds, else of the first unknown one
  };

  void open(Day as_of);
  Truth evaluate(FormulaId id, People among);
  LeafKind kind_of(const Leaf& leaf) const;
  Truth leaf(std::uint32_t number, People among);
  void run_leaf(std::uint32_t number, People among);
  Truth sum(const Formula& formula, People among);
  Truth age(const Formula& formula, People among) const;
  bool untouched(const PlannedProgramme& programme) const;
  void exclude(std::span<const PlannedExclusion> list, People among, std::int32_t first_number, Exclusions& result);
  bool decide_plainly(const PlannedItem& item, Reading& reading, Decision& decision);
  void decide_item(std::uint16_t number, People among, const Truth& cohort, const Truth& applies, const Exclusions& shared);

  const Plan& plan_;
  const Population& population_;
  Decider::State state_;
  std::vector<Reading> readings_;
  std::array<PersonId, most> persons_{};
  static constexpr int oldest = 130;
  std::array<People, oldest + 2> aged_{};  // by years: who has completed them
  std::array<std::vector<Decision>, most> decisions_;  // room for every item
  std::array<std::uint32_t, most> counts_{};
  std::size_t count_ = 0;
  People here_ = 0, women_ = 0, men_ = 0, born_ = 0;  // born_: whose age is known
  std::vector<People> having_;           // by set: who has facts of it
  std::vector<Remembered> remembered_;   // by leaf
  std::vector<LeafKind> leaf_kinds_;
  std::vector<std::uint8_t> plain_;      // items by number: newest evidence and a fixed time, with nothing else to reckon
  Exclusions shared_, own_;
};

}  // namespace core::gap
