// From a person's facts to the inputs of the risk algorithms, and all assessments of a person in one call.
// Facts dated after the day do not count; entered-in-error, refuted and unconfirmed ones never do; a resolved diagnosis
// stays part of the history. Absence of a diagnosis is "no" only when the person has any clinical record at all.
// Never: keeps state, reads the clock. Threads: pure. Source: look-back times and code lists come with RiskTables::inputs.
#pragma once
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/panel/risk.hpp"
#include "core/population/fact.hpp"

namespace core::panel {

// Every number of days that an algorithm looks back, each once: when facts stop to count as time passes.
std::vector<int> look_backs(const RiskTables& tables);

constexpr std::size_t no_fact = std::numeric_limits<std::size_t>::max();

struct RiskSetting {
  Day today = 0;
  std::string region;               // SCORE2 region of the installation, for people without a country of residence
  bool medication_received = false; // some source sends medication, so a person without any takes none
};

struct Gathered {
  std::vector<Input> inputs;
  std::vector<std::size_t> facts;  // for each input the index of the fact behind it, or no_fact
  void add(std::string name, decltype(Input::value) value, std::size_t fact = no_fact);
};

// The inputs of one algorithm, by the names of its assess function. For "composite" only the needs: assess_person adds tiers.
Gathered gather(std::string_view algorithm, const RiskTables& tables, const population::Person& person,
                std::span<const population::Fact> facts, const RiskSetting& setting);

struct Assessed {
  const Algorithm* algorithm = nullptr;
  Assessment assessment;
  std::vector<std::size_t> facts;  // the facts behind assessment.basis, ascending, each once
};

// Every algorithm of the registry; the composite last, over the tiers of the others.
std::vector<Assessed> assess_person(const RiskTables& tables, const population::Person& person,
                                    std::span<const population::Fact> facts, const RiskSetting& setting);

}  // namespace core::panel
