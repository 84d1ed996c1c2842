// What a rule must give when the person has no fact of any set it looks at: most rules, for most people. Found once, by
// reckoning the rule with those sets empty and everything else unknown.
// Never: guesses; unknown means "run it". Threads: pure.
#pragma once
#include "core/gap/plan.hpp"

namespace core::gap {

Untouched untouched(const Rule& rule);

}  // namespace core::gap
