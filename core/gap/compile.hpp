// A rule's tree into steps: checks names, numbers of arguments and types on the way and collects every fault with its place.
// Never: seen outside core/gap. Threads: one compilation each.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "core/gap/plan.hpp"

namespace core::gap {

enum class Type : std::uint8_t { anything, boolean, number, day };

Type result_of(Rule::Op op);  // of a function

// What the names in rules stand for.
struct Names {
  const std::map<std::string, SetId, std::less<>>& sets;
  const std::vector<NeedSets>& needs;
  const std::vector<std::string>& algorithms;
};

class RuleCompiler {
 public:
  RuleCompiler(const Names& names, std::vector<Step>& steps, std::string where, std::vector<Error>& faults)
      : names_(names), steps_(steps), first_(steps.size()), where_(std::move(where)), faults_(faults) {}
  Program compile(const Rule& rule, Type expected);
  const std::set<SetId>& touched() const { return touched_; }  // sets that the rule looks at

 private:
  Type expression(const Rule& rule);
  Type logic(const Rule& rule);
  Type choice(const Rule& rule);
  Type comparison(const Rule& rule);
  Type arithmetic(const Rule& rule);
  Type pick(const Rule& rule);
  Type call(const Rule& rule);
  void argument(const Rule& rule, char kind, Step& step, int& sets);
  bool settled_choice(const Rule& rule);
  void touch_need(const NeedSets& need);
  Type fault(const Rule& rule, std::string message);
  Type require(const Rule& rule, Type expected);
  bool counted(const Rule& rule, std::size_t least, std::size_t most);
  std::size_t emit(Step::Code code, const Rule& rule);
  void land(std::size_t jump) { steps_[jump].to = static_cast<std::uint32_t>(steps_.size() - first_); }

  const Names& names_;
  std::vector<Step>& steps_;
  std::size_t first_;
  std::string where_;
  std::vector<Error>& faults_;
  std::set<SetId> touched_;
  int depth_ = 0;
};

}  // namespace core::gap
