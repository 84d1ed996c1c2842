// Compiled rules: steps of a stack machine, and programs made of them. Never: runs them (machine.hpp). Threads: plain values.
#pragma once
#include <cstdint>
#include <string_view>

#include "core/gap/rule.hpp"
#include "core/population/vocabulary.hpp"

namespace core::gap {

using population::SetId;

// One step of a compiled rule: a stack machine whose values may be absent. Jumps look at the top: jump_false, jump_true and
// jump_present leave it there when they jump and when they do not; jump_not_true takes it. settle: absent becomes false.
struct Step {
  enum class Code : std::uint8_t { constant, nothing, call, compare, arithmetic, negate, exists, settle, pick, jump, jump_false,
                                   jump_true, jump_not_true, jump_present, join_and, join_or, join_xor, drop };
  enum class Absent : std::uint8_t { unknown, empty, zero };  // what a call gives when the person has no fact of the set
  Code code = Code::nothing;
  Rule::Op op = Rule::Op::empty;    // call, compare, arithmetic, pick
  std::uint8_t arguments = 0;       // taken from the stack
  bool has_constant = false;        // call: its one argument is `number`
  Rule::Op test = Rule::Op::empty;  // call: its result is compared with `limit` at once
  Absent absent = Absent::unknown;
  SetId set = 0;                    // call: the set, need or algorithm
  SetId other = 0;                  // call: answer's second set
  std::uint16_t memo = 0;           // call: asked in several places, remembered under this number (0: not)
  std::uint32_t to = 0;             // jumps: number of the step in its program
  std::uint32_t position = 0;       // in the source expression
  double number = 0, limit = 0;
};

constexpr SetId composite = 0xffff;   // tier() without an algorithm
constexpr SetId every_drug = 0xffff;  // drugs() without a set
std::string_view name_of(Rule::Op op);  // "open"

// What a rule gives a person who has no fact of any set that it looks at, where that can be told beforehand.
enum class Untouched : std::uint8_t { unknown, empty, no, yes };

struct Program {
  std::uint32_t first = 0, count = 0;  // steps; 0: no such rule
  Untouched untouched = Untouched::unknown;
  std::uint16_t sets = 0;              // unless untouched is unknown: how many, in Plan::guards
  std::uint32_t first_set = 0;
  explicit operator bool() const { return count != 0; }
};

}  // namespace core::gap
