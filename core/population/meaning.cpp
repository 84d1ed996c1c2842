#include "core/population/meaning.hpp"

namespace core::population {

bool counts(const Fact& fact) {
  return fact.state == State::valid || fact.state == State::active ||
         (fact.state == State::stopped && fact.kind == FactKind::medication);
}

namespace {

// How a number of this unit becomes one of the set's: false when it does not.
bool converts(const CodeSet& set, const std::string& unit, Member& member) {
  if (set.unit.empty() || unit == set.unit) return true;
  for (const auto& conversion : set.conversions)
    if (conversion.unit == unit) {
      member.factor = static_cast<float>(conversion.factor);
      member.offset = static_cast<float>(conversion.offset);
      return true;
    }
  return false;
}

std::uint32_t drug_meaning(State state) {
  if (state == State::active) return drug_active;
  if (state == State::valid) return drug_ordered;
  return state == State::stopped ? drug_stopped : 0u;
}

}  // namespace

// What being of the set by code means, given kind, state and value.
std::uint32_t meaning_by_code(const Fact& fact, const CodeSet& set, Member& member) {
  std::uint32_t meaning = 0;
  if (fact.state == State::declined) meaning |= refusal;
  if (fact.kind == FactKind::medication) meaning |= drug_meaning(fact.state);
  if (fact.state == State::stopped && fact.kind == FactKind::care_plan) meaning |= occurred;
  if (!counts(fact)) return meaning;
  const bool request = fact.kind == FactKind::service_request || fact.kind == FactKind::task;
  const bool unfinished = fact.state == State::active && fact.kind != FactKind::medication && fact.kind != FactKind::care_plan;
  if (unfinished && (request || fact.kind == FactKind::encounter)) meaning |= running;
  if (!(request && unfinished)) meaning |= occurred;
  if (unfinished) return meaning;  // asked for, or going on: no evidence yet
  if (fact.state == State::valid) meaning |= done;
  if (fact.kind == FactKind::condition) meaning |= condition;
  if (fact.kind == FactKind::care_plan && fact.state == State::active) meaning |= running;
  const bool number = fact.value && converts(set, fact.unit, member);
  const bool coded = set.unit.empty() && !fact.answers.empty();
  meaning |= set.needs_value && !number && !coded ? doubtful : evidence;
  meaning |= number ? valued : valueless;
  return meaning;
}

}  // namespace core::population
