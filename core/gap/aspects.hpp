// What can be read off a rule's tree without running it. Never: checks names or types. Threads: pure.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/gap/rule.hpp"

namespace core::gap {

// The first day that puts someone into a cohort: facts of these sets, and not before this birthday.
struct Beginning {
  std::set<std::string> sets, needs;
  int age = 0;
};

void find_beginning(const Rule& rule, Beginning& found);
void drugs_asked(const Rule& rule, std::set<std::string>& found);  // by on()
bool asks_for_any(const Rule& rule);                               // its answer may change with a fact of whatever set
bool same_for_all(const Rule& rule);                               // it asks nothing of the person
std::optional<Rule> asked_before(const Rule& rule);                // what must hold for it to give anything
Rule newest_of(const std::vector<std::string>& sets);              // the rule that gives the day of their newest evidence

}  // namespace core::gap
