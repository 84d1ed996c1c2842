// Programmes compiled into one flat immutable object: every set a number, every rule a short program for a stack machine with
// three-valued results and short-circuit, every item with its numbers. Decider runs it; nothing else understands it.
// Never: changes after compile(). Errors name programme, item, rule and position; unknown sets and mixed types are errors.
// Threads: immutable, shared by all.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/gap/programme.hpp"
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
  std::uint8_t masks = 0;              // unless untouched is unknown: the sets, in Plan::masks
  std::uint32_t first_mask = 0;
  explicit operator bool() const { return count != 0; }
};

struct SetMask {  // some sets, as bits of one word
  std::uint32_t word = 0;
  std::uint64_t bits = 0;
};

struct NeedSets {
  std::string name;
  std::optional<SetId> conditions, answers, no, about, support;
};

struct PlannedExclusion {
  Program when;
  const Exclusion* source = nullptr;
};

struct PlannedItem {
  std::uint16_t programme = 0, family = 0;
  Program applies, evidence, met, every, start;
  std::vector<PlannedExclusion> exclusions;
  bool for_all = false;             // applies to everyone in the cohort
  std::vector<SetId> sets;          // evidence sets
  std::vector<SetId> start_sets;    // default start: the first fact of these ...
  int start_age = 0;                // ... and not before this birthday
  std::vector<SetId> reason_sets;   // Conditions of these are the reason: start sets and needs
  std::vector<std::uint16_t> yields_to;  // items
  int delay = 0, grace = 0, soon = 0;
  const Item* source = nullptr;
};

struct PlannedProgramme {
  Program cohort;
  std::vector<PlannedExclusion> exclusions;
  Program exclusion_guard;          // no steps: `no` when none of the exclusions can hold or be unknown
  std::uint16_t first_item = 0, items = 0;
  const Programme* source = nullptr;
};

class Plan {
 public:
  // `more`: sets that no rule speaks of and that facts are to be kept for (risk).
  static Result<Plan> compile(Programmes programmes, std::vector<CodeSet> more = {});

  population::Vocabulary vocabulary() const;  // a fresh one for a Population: its set numbers are this plan's
  std::span<const PlannedProgramme> programmes() const { return programmes_; }
  std::span<const PlannedItem> items() const { return items_; }
  std::span<const std::string> families() const { return families_; }
  std::span<const NeedSets> needs() const { return needs_; }
  std::span<const std::string> algorithms() const { return algorithms_; }
  std::span<const CodeSet> sets() const { return sets_; }
  const std::string& set_name(SetId id) const { return sets_[id].name; }
  std::optional<std::uint16_t> item(std::string_view code) const;
  std::span<const Step> steps(const Program& program) const { return {steps_.data() + program.first, program.count}; }
  const SetMask* masks(const Program& program) const { return masks_.data() + program.first_mask; }
  std::size_t memos() const { return memos_; }
  // One more rule in the words of these sets (a panel's criteria), for Decider::holds.
  Result<std::vector<Step>> rule(const Rule& rule, std::string_view where) const;

 private:
  friend struct Compiler;
  std::shared_ptr<const Programmes> source_;
  std::vector<CodeSet> sets_;
  std::vector<bool> in_rules_;
  std::map<std::string, SetId, std::less<>> set_ids_;
  std::vector<PlannedProgramme> programmes_;
  std::vector<PlannedItem> items_;
  std::vector<std::string> families_, algorithms_;
  std::vector<NeedSets> needs_;
  std::vector<Step> steps_;
  std::vector<SetMask> masks_;
  std::size_t memos_ = 1;
};

}  // namespace core::gap
