// From a rule's tree to a formula. Never: meets a faulty rule (compile.cpp has checked it). Threads: one compilation each.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "core/gap/formula.hpp"

namespace core::gap {

class Formulator {
 public:
  // `leaf_program` compiles a part that is no formula itself and names the sets it looks at.
  Formulator(Formulas& formulas, std::function<Leaf(const Rule&)> leaf_program) : out_(formulas), leaf_program_(std::move(leaf_program)) {}
  FormulaId make(const Rule& rule);

 private:
  FormulaId add(Formula formula);
  FormulaId leaf(const Rule& rule);
  FormulaId comparison(const Rule& rule);
  bool sum_of(const Rule& rule, double sign, std::vector<Term>& terms, double& constant);

  Formulas& out_;
  std::function<Leaf(const Rule&)> leaf_program_;
  std::map<std::string, std::uint32_t> leaf_numbers_;  // by what it says: the same part is one leaf
};

}  // namespace core::gap
