// Who asks. Every path to the store carries a Caller from the edge inwards, so that rights are one predicate in one place.
// Today every caller may do everything (callers and policy come later); nothing may read rows without passing one on.
// Threads: a plain value.
#pragma once
#include <string>

namespace core::access {

struct Caller {
  std::string id = "anonymous";
  bool operator_role = false;  // may use the house's own operator interactions
};

}  // namespace core::access
