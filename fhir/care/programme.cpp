#include "fhir/care/programme.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "fhir/care/definition_parts.hpp"

namespace fhir::care {
namespace {

using core::gap::CodeSet;
using core::gap::Exclusion;
using core::gap::Item;
using core::gap::ItemKind;
using core::gap::Programme;
using core::gap::Programmes;
using core::gap::Rule;

// The expression of a valueExpression, as a rule; an absent or faulty one is an issue.
Rule rule_at(const json::Value& expression, const std::string& where, validate::Issues& issues) {
  const std::string_view text = expression.text("expression");
  if (text.empty()) {
    fault(issues, where, "an expression is expected here");
    return {};
  }
  auto rule = rule_from(text);
  if (rule) return std::move(*rule);
  fault(issues, where, rule.error().message + (rule.error().where.empty() ? "" : " (" + rule.error().where + ")") + " in: " + std::string(text));
  return {};
}

std::vector<Exclusion> exclusions_of(const json::Value& element, const std::string& where, validate::Issues& issues, Language language) {
  std::vector<Exclusion> exclusions;
  for (const json::Value& each : element["extension"].elements()) {
    if (each.text("url") != definition("exclusion")) continue;
    const std::string at = where + ".exclusion[" + std::to_string(exclusions.size()) + "]";
    exclusions.push_back({rule_at(part(each, "when")["valueExpression"], at + ".when", issues), text_in(part(each, "reason"), "valueString", language),
                          std::string(part(each, "code").text("valueCode"))});
    if (exclusions.back().reason.empty()) fault(issues, at, "an exclusion says why: part 'reason'");
  }
  return exclusions;
}

Rule everyone() {
  Rule rule;
  rule.op = Rule::Op::truth;
  rule.number = 1;
  return rule;
}

void read_rules(const json::Value& action, const std::string& where, Item& item, validate::Issues& issues) {
  for (const json::Value& each : action["extension"].elements()) {
    if (each.text("url") != definition("item-rule")) continue;
    const std::string_view name = part(each, "name").text("valueCode");
    const std::array<std::pair<std::string_view, std::optional<Rule>*>, 4> places{
        {{"evidence", &item.evidence}, {"met", &item.met}, {"every", &item.every}, {"start", &item.start}}};
    const auto place = std::find_if(places.begin(), places.end(), [&](const auto& p) { return p.first == name; });
    if (place == places.end())
      fault(issues, where, "item-rule '" + std::string(name) + "' is not one of evidence, met, every, start");
    else
      *place->second = rule_at(part(each, "value")["valueExpression"], where + "." + std::string(name), issues);
  }
}

void read_numbers(const json::Value& action, const std::string& where, Item& item, validate::Issues& issues) {
  for (const json::Value& each : action["extension"].elements()) {
    if (each.text("url") != definition("item-number")) continue;
    const std::string_view name = part(each, "name").text("valueCode");
    const std::array<std::pair<std::string_view, int*>, 5> places{{{"delay", &item.delay_days},
                                                                  {"grace", &item.grace_days},
                                                                  {"soon", &item.soon_days},
                                                                  {"urgency", &item.urgency_days},
                                                                  {"effort", &item.effort_minutes}}};
    const auto place = std::find_if(places.begin(), places.end(), [&](const auto& p) { return p.first == name; });
    if (place == places.end())
      fault(issues, where, "item-number '" + std::string(name) + "' is not one of delay, grace, soon, urgency, effort");
    else
      *place->second = static_cast<int>(number_of(part(each, "value")["valueInteger"]));
  }
}

void read_codes(const json::Value& action, const std::string& where, Item& item, validate::Issues& issues) {
  const std::string family_system = std::string(house) + "/CodeSystem/item";
  for (const json::Value& code : action["code"].elements())
    for (const json::Value& coding : code["coding"].elements()) {
      if (coding.text("system") == family_system)
        item.family = std::string(coding.text("code"));
      else if (item.clinical.code.empty())
        item.clinical = {std::string(coding.text("system")), std::string(coding.text("code"))};
    }
  if (item.family.empty()) fault(issues, where, "action.code needs a coding of system " + family_system);
}

void read_kind(const json::Value& action, const std::string& where, Item& item, validate::Issues& issues) {
  const json::Value* kind = extension(action, definition("item-kind"));
  if (!kind) return;
  const std::string_view code = kind->text("valueCode");
  constexpr std::array<std::pair<std::string_view, ItemKind>, 4> kinds{
      {{"do", ItemKind::do_}, {"target", ItemKind::target}, {"stop", ItemKind::stop}, {"support", ItemKind::support}}};
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == code; });
  if (found == kinds.end())
    fault(issues, where, "item-kind '" + std::string(code) + "' is not one of do, target, stop, support");
  else
    item.kind = found->second;
}

// In whose name outreach is made at once; on the action, or on the PlanDefinition for all its actions.
void read_standing_order(const json::Value& element, const std::string& where, Item& item, validate::Issues& issues) {
  const json::Value* order = extension(element, definition("standing-order"));
  if (!order) return;
  item.standing_by = link_from((*order)["valueReference"]);
  if (item.standing_by.empty()) fault(issues, where, "a standing-order names the physician who gave it: valueReference");
}

// The name of a ValueSet by its canonical: the last step, until the sets are known (resolve_sets).
void read_evidence(const json::Value& action, Item& item) {
  for (const json::Value& input : action["input"].elements())
    for (const json::Value& filter : input["codeFilter"].elements())
      if (const std::string_view set = filter.text("valueSet"); !set.empty()) item.evidence_sets.emplace_back(set.substr(0, set.find('|')));
}

Item item_from(const json::Value& action, const std::string& plan, validate::Issues& issues, Language language) {
  Item item;
  item.code = std::string(action.text("id"));
  const std::string where = plan + ".action(" + item.code + ")";
  if (item.code.empty()) fault(issues, where, "an action needs an id");
  item.title = text_in(action, "title", language);
  item.closes = text_in(action, "textEquivalent", language);
  item.activity = std::string(action.text("definitionCanonical"));
  if (item.title.empty()) fault(issues, where, "an action needs a title");
  read_codes(action, where, item, issues);
  read_kind(action, where, item, issues);
  item.applies = everyone();
  for (const json::Value& condition : action["condition"].elements())
    if (condition.text("kind") == "applicability") item.applies = rule_at(condition["expression"], where + ".condition", issues);
  item.exclusions = exclusions_of(action, where, issues, language);
  read_evidence(action, item);
  read_rules(action, where, item, issues);
  read_numbers(action, where, item, issues);
  read_standing_order(action, where, item, issues);
  if (!item.met && !item.evidence && item.evidence_sets.empty())
    fault(issues, where, "nothing could ever close this item: give an input value set, or a rule 'evidence' or 'met'");
  return item;
}

// Canonicals of value sets become the names that rules use.
void resolve_sets(Programmes& programmes, validate::Issues& issues) {
  std::map<std::string, std::string> name_by_url;
  for (const auto& [name, set] : programmes.sets) name_by_url[set.url] = name;
  for (Programme& programme : programmes.programmes)
    for (Item& item : programme.items)
      for (std::string& set : item.evidence_sets) {
        const auto found = name_by_url.find(set);
        if (found != name_by_url.end())
          set = found->second;
        else
          fault(issues, programme.id + ".action(" + item.code + ").input", "value set " + set + " is not loaded");
      }
}

// Social needs are sets by name: NEED-housing, NEED-housing-answers, NEED-housing-no, SUPPORT-housing.
void name_needs(Programmes& programmes) {
  for (const auto& [name, set] : programmes.sets) {
    const bool support = name.starts_with("SUPPORT-");
    if (!support && !name.starts_with("NEED-")) continue;
    std::string need = name.substr(support ? 8 : 5);
    for (const std::string_view suffix : {"-answers", "-no", "-about"})
      if (need.ends_with(suffix)) need.resize(need.size() - suffix.size());
    programmes.needs[need].push_back(name);
  }
}

std::string summary(const validate::Issues& issues) {
  std::string text;
  for (std::size_t i = 0; i < issues.size() && i < 20; ++i) text += (i ? "; " : "") + issues[i].expression + ": " + issues[i].text;
  if (issues.size() > 20) text += "; and " + std::to_string(issues.size() - 20) + " more";
  return text;
}

}  // namespace

Programme programme_from(const json::Value& plan, validate::Issues& issues, Language language) {
  Programme programme;
  programme.id = std::string(plan.text("id"));
  programme.url = std::string(plan.text("url"));
  programme.version = std::string(plan.text("version"));
  programme.title = text_in(plan, "title", language);
  programme.active = plan.text("status") == "active";
  programme.covers_from = when(plan["effectivePeriod"]["start"]).day;
  const std::string where = "PlanDefinition(" + programme.id + ")";
  const json::Value* cohort = extension(plan, definition("cohort"));
  if (cohort)
    programme.cohort = rule_at((*cohort)["valueExpression"], where + ".cohort", issues);
  else
    fault(issues, where, "a programme says who is in it: extension " + definition("cohort"));
  programme.exclusions = exclusions_of(plan, where, issues, language);
  Item everywhere;
  read_standing_order(plan, where, everywhere, issues);
  if (const json::Value* ramp = extension(plan, definition("ramp"))) {
    programme.ramp = static_cast<int>(number_of((*ramp)["valueInteger"]));
    if (programme.ramp < 1) fault(issues, where, "a ramp is at least 1 new Task per owner and week: valueInteger");
  }
  for (const json::Value& action : plan["action"].elements()) {
    programme.items.push_back(item_from(action, where, issues, language));
    if (programme.items.back().standing_by.empty()) programme.items.back().standing_by = everywhere.standing_by;
  }
  return programme;
}

core::Result<Programmes> programmes_from(std::span<const json::Document> resources, Language language) {
  Programmes programmes;
  validate::Issues issues;
  std::set<std::string> codes;
  for (const json::Document& document : resources) {
    const json::Value& resource = document.root();
    const std::string_view type = resource.text("resourceType");
    if (type == "ValueSet") {
      CodeSet set = code_set_from(resource, issues);
      if (!programmes.sets.emplace(set.name, set).second) fault(issues, "ValueSet(" + set.name + ")", "this name is taken twice");
    } else if (type == "PlanDefinition" && resource.text("status") == "active") {
      programmes.programmes.push_back(programme_from(resource, issues, language));
      for (const Item& item : programmes.programmes.back().items)
        if (!codes.insert(item.code).second) fault(issues, "action(" + item.code + ")", "this item code is taken twice");
    }
  }
  resolve_sets(programmes, issues);
  name_needs(programmes);
  if (!issues.empty()) return core::unprocessable(summary(issues), "PlanDefinition");
  return programmes;
}

core::Result<std::vector<json::Document>> resources_in(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  if (error) return core::fault("the folder of programmes cannot be read", folder);
  std::sort(files.begin(), files.end());
  std::vector<json::Document> resources;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    auto document = json::parse(text);
    if (!document) return core::invalid(document.error().message + " at " + document.error().where, file.filename().string());
    resources.push_back(std::move(*document));
  }
  return resources;
}

core::Result<Programmes> programmes_in(const std::string& folder) {
  const auto resources = resources_in(folder);
  if (!resources) return resources.error();
  return programmes_from(*resources);
}

}  // namespace fhir::care
