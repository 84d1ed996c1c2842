// The functions that rules may call: name, result and what each takes. Never: what they mean (reading.hpp). Threads: constant.
#pragma once
#include <string_view>

#include "core/gap/compile.hpp"

namespace core::gap {

// What each function takes: s set, n number, d day, t need, a algorithm; after | optional.
struct Function {
  Rule::Op op;
  std::string_view name;
  Type result;
  std::string_view takes;
};

const Function* function_of(Rule::Op op);  // nullptr: an operator or a literal
bool gives_nothing(Rule::Op op);  // of a set without facts: most functions say no, or none; these have nothing to say

}  // namespace core::gap
