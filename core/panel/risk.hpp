// Risk algorithms (step 1 of the loop): inputs by name in, an assessment out. Three answers are told apart: computed,
// not computable (what is missing is named, never guessed), not applicable (the person is outside the model's range).
// Never: reads facts (risk_inputs does), rounds before it compares, or turns "unknown" into a low tier.
// Threads: pure functions over const tables. Sources: named per algorithm in its own file and in profiles/house/risk.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/panel/risk_tables.hpp"
#include "core/population/fact.hpp"

namespace core::panel {

enum class Tier : unsigned char { low, rising, high, very_high };
std::string_view text(Tier tier);  // "very-high"
std::optional<Tier> tier_from(std::string_view text);

// A measurement that an algorithm interprets itself, because its table says which codes and units count.
struct Measured {
  std::string code;  // LOINC
  double value = 0;
  std::string unit;
};

// One thing known about the person. A name may repeat (diagnoses, needs). A name that is not there is not known.
struct Input {
  std::string name;
  std::variant<bool, double, std::string, population::Coding, Measured> value;
};

enum class RiskStatus : unsigned char { computed, not_computable, not_applicable };
std::string_view text(RiskStatus status);  // "not-computable"

// A figure that an algorithm gives beside its score, under the name that its source or the house uses.
struct Detail {
  std::string name;
  std::variant<double, std::string, std::vector<std::string>> value;
};

struct Assessment {
  RiskStatus status = RiskStatus::computed;
  std::vector<std::string> missing;  // names of inputs, sorted; also of a computed score that had to leave something out
  std::string reason;                // of not_applicable: "age", "diabetes" ...
  double score = 0;
  std::optional<Tier> tier;          // the house's tier; algorithms that feed no tier have none
  std::string category;              // the source's own word: "mild", "slightly-elevated", "low-to-moderate"
  std::optional<double> percent;     // probability, where the source gives one that holds for a person
  std::vector<Detail> details;
  std::vector<std::size_t> basis;    // indexes of the inputs used, ascending
  std::vector<std::string> notes;    // plain words: "the score is a minimum", codes that no map knows
};

struct Algorithm {
  std::string_view code;     // "has-bled"
  std::string_view title;
  std::string_view version;  // of the source that was followed
  Assessment (*assess)(const RiskTables& tables, std::span<const Input> inputs);
};

std::span<const Algorithm> algorithms();
const Algorithm* find_algorithm(std::string_view code);  // nullptr: no such algorithm

// The tier that a score or a source's category has in the house, for the composite; empty: the table does not know it.
std::optional<Tier> tier_of(const RiskTables& tables, std::string_view algorithm, double score);
std::optional<Tier> tier_of(const RiskTables& tables, std::string_view algorithm, std::string_view category);

}  // namespace core::panel
