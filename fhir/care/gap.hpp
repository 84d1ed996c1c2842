// The core -> FHIR, one step before the Task: a need of a person as a Gap, with every name, source and reason looked up.
// Never: stores. Threads: reads the population while nobody writes it; a Decider is one thread's.
#pragma once
#include <map>
#include <vector>

#include "core/gap/decide.hpp"
#include "core/gap/plan.hpp"
#include "core/population/population.hpp"
#include "fhir/care/task.hpp"

namespace fhir::care {

// What the mapping needs to know that is no fact of the person.
struct GapSetting {
  Language language = Language::english;
  std::string default_owner;  // "Organization/id"; empty: none
  int contact_attempts = 3;   // contacts that reached nobody, before the gap is back on the physician's list
  std::map<std::string, std::string> standing_orders{};  // item or family -> physician in whose name outreach is made at once
};

// All needs of one person on a day, each as a Gap (not_applicable ones are left out).
class GapReader {
 public:
  GapReader(const core::gap::Plan& plan, const core::population::Population& population, GapSetting setting);
  // Valid until the next call.
  const std::vector<Gap>& gaps(core::population::PersonId person, core::Day as_of);
  std::span<const core::gap::Decision> decisions() const { return decisions_; }
  const core::gap::Needs& needs() const { return needs_; }
  core::Day next() const { return next_; }  // the first later day on which the decisions may differ
  core::gap::Decider& decider() { return decider_; }
  core::gap::Cause barred(core::population::PersonId person, core::Day as_of) { return decider_.barred(person, as_of); }

 private:
  Gap gap_from(const core::gap::Need& need, const std::string& patient, core::population::PersonId person, core::Day as_of);
  void show_refusal(const core::gap::Need& need, Gap& gap, core::Day as_of);
  const core::gap::Plan& plan_;
  const core::population::Population& population_;
  GapSetting setting_;
  core::gap::Decider decider_;
  std::span<const core::gap::Decision> decisions_;
  core::gap::Needs needs_;
  core::Day next_ = core::population::open_end;
  std::vector<Gap> gaps_;
  std::string owner_;
};

std::uint64_t fingerprint(const Gap& gap);  // of everything it shows

}  // namespace fhir::care
