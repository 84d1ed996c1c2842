// What a panel is, from a Group that only describes people (actual = false): a cohort rule, and characteristics for what a rule does
// not say. Source: FHIR R4 Group.characteristic; profiles/house/codesystem-panel-criterion.json.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/panel/risk.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/panels.hpp"
#include "fhir/care/programme.hpp"

namespace fhir::care {

using core::Result;
using core::panel::PanelDefinition;
using json::Value;

namespace {

std::string in_house(std::string_view path) { return std::string(house) + "/" + std::string(path); }

core::Error fault(const std::string& text) { return core::invalid(text, "Group.characteristic"); }

Result<core::Done> read_characteristic(const Value& each, PanelDefinition& definition) {
  const std::string system = in_house("CodeSystem/panel-criterion");
  std::string name;
  for (const Value& coding : each["code"]["coding"].elements())
    if (coding.text("system") == system) name = std::string(coding.text("code"));
  if (name.empty()) return fault("a characteristic of a panel is coded by " + system);
  const Value& concept_value = each["valueCodeableConcept"];
  const std::string text(concept_value.text("text"));
  if (name == "tier") {
    for (const Value& coding : concept_value["coding"].elements()) {
      const auto tier = core::panel::tier_from(coding.text("code"));
      if (!tier) return fault("'" + std::string(coding.text("code")) + "' is not one of low, rising, high, very-high");
      definition.tiers.push_back(static_cast<int>(*tier));
    }
    return core::Done{};
  }
  if (name == "practice") definition.practice = link_from(each["valueReference"]);
  else if (name == "country") definition.country = text;
  else if (name == "postal-code") definition.postal_prefix = text;
  else return fault("'" + name + "' is not one of tier, practice, country, postal-code");
  if ((name == "practice" ? definition.practice : text).empty()) return fault("the characteristic '" + name + "' has no value");
  return core::Done{};
}

}  // namespace

Result<PanelDefinition> panel_definition_from(const Value& group) {
  PanelDefinition definition{.id = std::string(group.text("id")), .title = std::string(group.text("name")), .criteria = {}};
  definition.criteria.op = core::gap::Rule::Op::truth;  // everyone
  definition.criteria.number = 1;
  if (const Value* cohort = extension(group, in_house("StructureDefinition/cohort"))) {
    auto rule = rule_from((*cohort)["valueExpression"].text("expression"));
    if (!rule) return core::invalid("the cohort of a panel: " + rule.error().message, rule.error().where);
    definition.criteria = std::move(*rule);
  } else if (group["characteristic"].size() == 0) {
    return core::invalid("a panel says who is in it: extension cohort, or a characteristic", "Group");
  }
  for (const Value& each : group["characteristic"].elements())
    if (auto done = read_characteristic(each, definition); !done) return done.error();
  definition.owner = link_from(group["managingEntity"]);
  if (const Value* owner = extension(group, in_house("StructureDefinition/panel-owner"))) definition.owner = link_from((*owner)["valueReference"]);
  if (const Value* capacity = extension(group, in_house("StructureDefinition/panel-capacity"))) {
    const std::string_view text = capacity->text("valueInteger");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), definition.capacity);
    if (error != std::errc{} || end != text.data() + text.size() || definition.capacity == 0) return core::invalid("panel-capacity is a number of people", "Group.extension");
  }
  return definition;
}

Result<std::vector<PanelDefinition>> panels_in(const std::string& folder) {
  std::vector<PanelDefinition> definitions;
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto parsed = json::parse(text);
    if (!parsed) return core::invalid(parsed.error().message, file.filename().string());
    auto definition = panel_definition_from(parsed->root());
    if (!definition) return core::invalid(definition.error().message, file.filename().string());
    definitions.push_back(std::move(*definition));
  }
  return definitions;
}

}  // namespace fhir::care
