// From a rule's tree to a formula, or to cases. Never: meets a faulty rule (compile.cpp has checked it). Threads: one compilation each.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/gap/compile.hpp"
#include "core/gap/formula.hpp"

namespace core::gap {

class Formulator {
 public:
  struct Compile {
    std::function<Leaf(const Rule&)> leaf;                          // a part that is no formula itself, and the sets it looks at
    std::function<Program(const Rule&, Type)> program;              // a number or a day
    std::function<std::optional<SetId>(const std::string&)> set;    // by name
  };
  Formulator(Formulas& formulas, Compile compile) : out_(formulas), compile_(std::move(compile)) {}
  FormulaId make(const Rule& rule);
  Cases cases(const Rule& rule, Type expected);

 private:
  void add_cases(const Rule& rule, Type expected, std::optional<FormulaId> when, Cases& cases);
  Case case_of(const Rule& rule, Type expected);
  FormulaId both(std::optional<FormulaId> a, FormulaId b) { return a ? add({Formula::Kind::and_, Rule::Op::empty, 0, *a, b, 0, 0}) : b; }
  FormulaId add(Formula formula);
  FormulaId leaf(const Rule& rule);
  FormulaId comparison(const Rule& rule);
  bool sum_of(const Rule& rule, double sign, std::vector<Term>& terms, double& constant);

  Formulas& out_;
  Compile compile_;
  std::map<std::string, std::uint32_t> leaf_numbers_;  // by what it says: the same part is one leaf
};

}  // namespace core::gap
