// Runs a compiled rule over a Reading: a stack of values that may be absent, three-valued logic, short-circuit by jumps.
// Never: fails; what cannot be evaluated is absent. Threads: one thread's. Source: FHIRPath N1 section 6.5.
#pragma once
#include <span>
#include <vector>

#include "core/gap/reading.hpp"

namespace core::gap {

struct TracedCall {
  Step step;
  std::array<Value, 2> arguments;  // the first two
  Value result;
};

class Machine {
 public:
  explicit Machine(Reading& reading) : reading_(&reading) {}
  void look_at(Reading& reading) { reading_ = &reading; }
  Value run(std::span<const Step> steps);
  Value call(const Step& step);  // a rule that is one call without arguments
  std::vector<TracedCall>* trace = nullptr;

 private:
  Value called(const Step& step, const Value* arguments);
  void note(const Step& step, const Value* arguments, const Value& result);
  Value compare(Rule::Op op, const Value& left, const Value& right);
  Value compare_moving(Rule::Op op, const Value& left, const Value& right);
  Value arithmetic(const Step& step, const Value& left, const Value& right);
  Value pick(const Step& step, const Value* values, std::size_t count);

  Reading* reading_;
  std::array<Value, 1024> stack_{};  // a plan's rules need less (compile.cpp limits nesting)
};

}  // namespace core::gap
