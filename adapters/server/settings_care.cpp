// What care goes by: whose gaps, who is who, what is asked of people.
#include "adapters/server/settings_keys.hpp"

#include <charconv>

#include "core/base/time.hpp"
#include "fhir/care/risk_tables.hpp"

namespace adapters::server::keys {
namespace {

Result<Done> read_owner(const Entry& entry, Settings& settings) {
  auto text = text_of(entry);
  if (!text) return text.error();
  const std::size_t slash = text->find('/');
  const std::string_view type = std::string_view(*text).substr(0, slash);
  const bool owner =
      type == "Practitioner" || type == "PractitionerRole" || type == "Organization" || type == "CareTeam";
  if (!owner || slash == text->npos || slash + 1 == text->size() || text->find('/', slash + 1) != text->npos) {
    return entry.error("must be a reference such as Organization/ID");
  }
  settings.default_owner = *std::move(text);
  return Done{};
}

Result<Done> read_attempts(const Entry& entry, Settings& settings) {
  auto number = number_of(entry, 1, 100);
  if (!number) return number.error();
  settings.contact_attempts = static_cast<int>(*number);
  return Done{};
}

// {"dm-a1c": "Practitioner/1"}: by item or by family of items.
Result<Done> read_standing_orders(const Entry& entry, Settings& settings) {
  if (!entry.value.is_object())
    return entry.error("must be an object: item -> the physician in whose name outreach is made at once");
  for (const fhir::json::Member& member : entry.value.members()) {
    const std::string_view by = member.value.is_string() ? member.value.text() : std::string_view();
    const std::size_t slash = by.find('/');
    if ((!by.starts_with("Practitioner/") && !by.starts_with("PractitionerRole/")) || slash + 1 == by.size() ||
        by.find('/', slash + 1) != by.npos)
      return entry.error("." + std::string(member.name) + " must name a physician, as Practitioner/ID");
    settings.standing_orders[std::string(member.name)] = std::string(by);
  }
  return Done{};
}

Result<Done> read_identity_systems(const Entry& entry, Settings& settings) {
  if (!entry.value.is_array()) return entry.error("must be a list of identifier systems");
  settings.identity_systems.clear();
  for (const Value& system : entry.value.elements()) {
    if (!system.is_string() || system.text().find(':') == std::string_view::npos)
      return entry.error("must be a list of identifier systems (URIs)");
    settings.identity_systems.emplace_back(system.text());
  }
  if (settings.identity_systems.empty()) return entry.error("must name at least one system");
  return Done{};
}

Result<Done> read_surveys(const Entry& entry, Settings& settings) {
  if (!entry.value.is_array())
    return entry.error("must be a list: \"system|code\" of Observations, canonicals of Questionnaires");
  for (const Value& each : entry.value.elements()) {
    if (!each.is_string() || each.text().find(':') == std::string_view::npos)
      return entry.error("must be a list: \"system|code\" of Observations, canonicals of Questionnaires");
    settings.surveys.emplace_back(each.text());
  }
  return Done{};
}

Result<Done> read_covers_from(const Entry& entry, Settings& settings) {
  const auto day = entry.value.is_string() ? core::day_from(entry.value.text()) : std::nullopt;
  if (!day) return entry.error("must be a date (YYYY-MM-DD)");
  settings.covers_from = *day;
  return Done{};
}

Read probability(double Settings::*member, double least) {
  return [=](const Entry& entry, Settings& settings) -> Result<Done> {
    const std::string_view text = entry.value.is_number() ? entry.value.text() : std::string_view();
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
        !(number >= least && number < 1))
      return entry.error("must be a probability from " + std::string(least > 0.5 ? "0.99" : "0.5") + " to below 1");
    settings.*member = number;
    return Done{};
  };
}

// The name of a file with the list; it is read at start, so a wrong one is found then.
Result<Done> read_efi_codes(const Entry& entry, Settings& settings) {
  auto name = text_of(entry);
  if (!name) return name.error();
  auto text = file_of(entry, *name);
  if (!text) return text.error();
  core::panel::EfiTables any;  // only the form is checked here
  if (const auto read = fhir::care::add_efi_codes(*text, any, false); !read)
    return entry.error("names a file that is no code list: " + read.error().message + " " + read.error().where);
  settings.efi_codes = *std::move(text);
  return Done{};
}

}  // namespace

std::vector<Key> of_care() {
  return {
      {"language", one_of({"en", "nl"}, [](Settings& s, std::size_t i) { s.language = i == 0 ? "en" : "nl"; })},
      {"default_owner", read_owner},
      {"evaluation.surveys", read_surveys},
      {"covers_from", read_covers_from},
      {"contact_attempts", read_attempts},
      {"standing_orders", read_standing_orders},
      {"identity.systems", read_identity_systems},
      {"identity.review_from", probability(&Settings::review_from, 0.5)},
      {"identity.link_from", probability(&Settings::link_from, 0.99)},
      {"risk.region", one_of({"low", "moderate", "high", "very-high"},
                             [](Settings& s, std::size_t i) {
                               constexpr const char* regions[] = {"low", "moderate", "high", "very-high"};
                               s.risk_region = regions[i];
                             })},
      {"risk.efi_codes", read_efi_codes},
  };
}

}  // namespace adapters::server::keys
