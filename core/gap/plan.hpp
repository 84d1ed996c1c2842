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
#include "core/gap/formula.hpp"
#include "core/gap/programme.hpp"
#include "core/gap/step.hpp"
#include "core/population/vocabulary.hpp"

namespace core::gap {

struct NeedSets {
  std::string name;
  std::optional<SetId> conditions, answers, no, about, support;
};

struct PlannedExclusion {
  Program when;
  FormulaId formula = 0;            // the same for many people
  const Exclusion* source = nullptr;
};

struct PlannedItem {
  std::uint16_t programme = 0, family = 0;
  Program applies, evidence, met, every, start;
  Cases evidence_cases, every_cases, start_cases;  // the same for many people
  FormulaId applies_formula = 0;
  std::vector<SetId> newest_of;     // the evidence is the newest of these sets, nothing else; empty: run the program
  bool all_of_them = false;         // ... the oldest of their newest, and none of them may lack one
  std::vector<SetId> looked_for;    // sets whose newest fact the evidence rule asks for
  FormulaId met_formula = 0;        // the same as `met` for many people; 0: run the program
  std::vector<SetId> met_sets;      // whose facts `met` depends on,
  bool met_by_any = false;          // ... or those of every set
  std::int32_t every_days = -1;     // `every` is this number; -1: run the program, if there is one
  std::vector<PlannedExclusion> exclusions;
  bool for_all = false;             // applies to everyone in the cohort
  std::vector<SetId> sets;          // evidence sets
  std::vector<SetId> start_sets;    // default start: the first fact of these ...
  int start_age = 0;                // ... and not before this birthday
  Day covers_from = population::no_day;  // ... nor before the programme was in force
  std::vector<SetId> reason_sets;   // Conditions of these are the reason: start sets and needs
  std::vector<std::uint16_t> yields_to;  // items
  int delay = 0, grace = 0, soon = 0;
  const Item* source = nullptr;
};

struct PlannedProgramme {
  Program cohort;
  FormulaId cohort_formula = 0;
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
  std::span<const SetId> guards(const Program& program) const { return {guards_.data() + program.first_set, program.sets}; }
  std::size_t memos() const { return memos_; }
  const Formulas& formulas() const { return formulas_; }
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
  std::vector<SetId> guards_;
  std::size_t memos_ = 1;
  Formulas formulas_;
};

}  // namespace core::gap
