// Finding facts by the input rules of the risk tables: the small questions that risk_inputs.cpp and risk_stay.cpp share.
// Threads: pure.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/panel/risk_inputs.hpp"

namespace core::panel {

struct Facts {
  const RiskTables& tables;
  const population::Person& person;
  std::span<const population::Fact> all;
  const RiskSetting& setting;

  const InputRule* rule(std::string_view input) const;
  bool counts(const population::Fact& fact) const;               // happened, by the day, and was not withdrawn
  bool recent(const population::Fact& fact, int days) const;     // within the look-back; 0: ever
  bool any_record() const;                                       // a Condition, Encounter or Observation
  std::size_t diagnosis(std::string_view input) const;           // first Condition of the rule, or no_fact
  std::size_t latest(std::string_view input) const;              // newest fact with one of the rule's codes, or no_fact
  std::optional<double> value(std::string_view input, std::size_t fact) const;   // in the rule's unit
  std::size_t medicine(std::string_view input) const;            // running now or ordered within the look-back
};

bool has_code(std::span<const population::Coding> list, std::span<const population::Coding> codes);  // ICD-10, ICPC, ATC by prefix
bool has_code(std::span<const population::Coding> codes, std::string_view system_part, std::string_view code);

void gather_stay(const Facts& facts, Gathered& out);   // LACE: the latest stay that ended in the last 30 days
void gather_needs(const Facts& facts, Gathered& out);  // social needs of the composite

}  // namespace core::panel
