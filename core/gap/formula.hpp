// Rules that are true or false as formulas over many people at once: 64 people are the bits of one word, so that and, or and not
// are one machine instruction for all of them. Leaves are small programs that run for a person only where its sets are touched.
// Never: means anything but what the rule's program means (tests compare them). Threads: immutable.
#pragma once
#include <cstdint>
#include <vector>

#include "core/gap/step.hpp"

namespace core::gap {

using FormulaId = std::uint32_t;

struct Formula {
  enum class Kind : std::uint8_t { nothing, never, always, leaf, and_, or_, xor_, not_, settle, choose, first_of, age, female, male, sum };
  Kind kind = Kind::nothing;
  Rule::Op test = Rule::Op::empty;  // age, sum: compared with `limit`
  std::uint16_t terms = 0;          // sum
  std::uint32_t a = 0, b = 0, c = 0;  // parts; leaf: its number; sum: the first term
  double limit = 0;
};

// A number that formulas add up: `then` where the formula holds, else `otherwise`.
struct Term {
  FormulaId when = 0;
  double then = 0, otherwise = 0;
};

struct Leaf {
  Program program;
  std::vector<SetId> sets;  // that it looks at
};

// A number or a day of many people at once: the first case whose condition holds gives it; none: absent.
struct Case {
  enum class Gives : std::uint8_t { nothing, number, newest, newest_since, program };
  Gives gives = Gives::nothing;
  bool always = true;
  bool same_for_all = false;  // the program asks nothing of the person
  SetId set = 0;              // newest, newest_since: day of its newest evidence, not before the day that the program gives
  FormulaId when = 0;         // unless always
  double number = 0;
  Program program;
};
using Cases = std::vector<Case>;

struct Formulas {
  std::vector<Formula> all;
  std::vector<Term> terms;
  std::vector<Leaf> leaves;
};

}  // namespace core::gap
