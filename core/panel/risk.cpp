#include "core/panel/risk.hpp"

#include <array>

#include "core/panel/risk_reader.hpp"

namespace core::panel {
namespace {

constexpr std::array<std::string_view, 4> tier_names{"low", "rising", "high", "very-high"};
constexpr std::array<std::string_view, 3> status_names{"computed", "not-computable", "not-applicable"};

constexpr std::array<Algorithm, 8> table{{
    {"charlson", "Charlson comorbidity index", "Quan 2011 weights, Quan 2005 codes", assess_charlson},
    {"lace", "LACE index", "van Walraven 2010", assess_lace},
    {"efi", "Electronic frailty index", "Clegg 2016", assess_efi},
    {"score2", "SCORE2 and SCORE2-OP", "ESC 2021", assess_score2},
    {"findrisc", "FINDRISC", "Lindstrom 2003, printed form", assess_findrisc},
    {"composite", "Composite tier with social needs", "house 1", assess_composite},
    {"cha2ds2-vasc", "CHA2DS2-VASc and CHA2DS2-VA", "Lip 2010, ESC 2024", assess_cha2ds2_vasc},
    {"has-bled", "HAS-BLED", "Pisters 2010", assess_has_bled},
}};

}  // namespace

std::string_view text(Tier tier) { return tier_names[static_cast<std::size_t>(tier)]; }

std::optional<Tier> tier_from(std::string_view text) {
  for (std::size_t i = 0; i < tier_names.size(); ++i) {
    if (tier_names[i] == text) return static_cast<Tier>(i);
  }
  return std::nullopt;
}

std::string_view text(RiskStatus status) { return status_names[static_cast<std::size_t>(status)]; }

std::span<const Algorithm> algorithms() { return table; }

const Algorithm* find_algorithm(std::string_view code) {
  for (const Algorithm& algorithm : table) {
    if (algorithm.code == code) return &algorithm;
  }
  return nullptr;
}

const Band* band_of(const RiskTables& tables, std::string_view algorithm, double score) {
  const auto bands = tables.bands.find(std::string(algorithm));
  if (bands == tables.bands.end()) return nullptr;
  const Band* found = nullptr;
  for (const Band& band : bands->second) {
    if (band.from && (band.above ? score > *band.from : score >= *band.from)) found = &band;
  }
  return found;
}

void set_band(const RiskTables& tables, std::string_view algorithm, Assessment& assessment) {
  if (const Band* band = band_of(tables, algorithm, assessment.score)) {
    assessment.tier = tier_from(band->tier);
    assessment.category = band->category;
  }
}

std::optional<Tier> tier_of(const RiskTables& tables, std::string_view algorithm, double score) {
  const Band* band = band_of(tables, algorithm, score);
  return band ? tier_from(band->tier) : std::nullopt;
}

std::optional<Tier> tier_of(const RiskTables& tables, std::string_view algorithm, std::string_view category) {
  const auto bands = tables.bands.find(std::string(algorithm));
  if (bands == tables.bands.end()) return std::nullopt;
  for (const Band& band : bands->second) {
    if (band.category == category) return tier_from(band.tier);
  }
  return std::nullopt;
}

}  // namespace core::panel
