// The house's composite: the highest tier among the algorithms that could be computed, lifted by one when social needs are
// heavy. Needs never lower a tier and never make one alone; without any computed algorithm there is no tier.
#include <algorithm>
#include <array>
#include <set>

#include "core/panel/risk_reader.hpp"

namespace core::panel {
namespace {

constexpr std::array<std::string_view, 5> parts{"charlson", "efi", "findrisc", "lace", "score2"};

// A part is given by its score, or by the category or tier that its assessment has.
std::optional<Tier> part_tier(const RiskTables& tables, Reader& reader, std::string_view part) {
  if (const auto score = reader.optional<double>(part)) return tier_of(tables, part, *score);
  if (const auto word = reader.optional<std::string>(part)) {
    const auto tier = tier_of(tables, part, *word);
    return tier ? tier : tier_from(*word);
  }
  return std::nullopt;
}

std::set<std::string> words(Reader& reader, std::string_view name) {
  std::set<std::string> found;
  for (std::size_t i = 0; i < reader.inputs().size(); ++i) {
    const Input& input = reader.inputs()[i];
    const auto* word = input.name == name ? std::get_if<std::string>(&input.value) : nullptr;
    if (!word) continue;
    found.insert(*word);
    reader.use(i);
  }
  return found;
}

}  // namespace

Assessment assess_composite(const RiskTables& tables, std::span<const Input> inputs) {
  Reader reader(inputs);
  std::optional<Tier> base;
  std::vector<std::string> not_used;
  for (const std::string_view part : parts) {
    if (const auto tier = part_tier(tables, reader, part)) base = base ? std::max(*base, *tier) : tier;
    else not_used.emplace_back(part);
  }
  const auto needs = words(reader, "social_needs");
  const auto urgent = words(reader, "urgent_needs");
  if (!base) {
    for (const std::string_view part : parts) reader.miss(part);
    return reader.not_computable();
  }
  const bool lift = !urgent.empty() || static_cast<double>(needs.size()) >= tables.needs.needs_to_lift;
  Assessment a = reader.computed();
  a.tier = lift && *base < Tier::very_high ? static_cast<Tier>(static_cast<int>(*base) + 1) : *base;
  a.score = static_cast<double>(*a.tier);
  a.category = text(*a.tier);
  a.details = {{"base", std::string(text(*base))}, {"social_lift", lift ? 1.0 : 0.0}, {"tier", a.category},
               {"not_used", not_used}, {"needs", std::vector<std::string>(needs.begin(), needs.end())}};
  if (reader.recorded("needs_declined")) a.notes.emplace_back("some questions about social needs were not answered");
  return a;
}

}  // namespace core::panel
