#include "fhir/care/live_programmes.hpp"

#include <algorithm>
#include <map>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/programme.hpp"

namespace fhir::care {

using core::Result;
using core::gap::Plan;
using json::Document;
using json::Value;

namespace {

std::string in_house(std::string_view name) { return std::string(house) + "/" + std::string(name); }

bool takes_part(const Value& resource) {
  const std::string_view type = resource.text("resourceType");
  return type == "PlanDefinition" || type == "ValueSet";
}

std::string key_of(const Value& resource) {
  const std::string url(resource.text("url"));
  return std::string(resource.text("resourceType")) + "|" + (url.empty() ? std::string(resource.text("id")) : url);
}

Result<core::gap::Plan> plan_of(const std::map<std::string, const Document*>& parts, const std::vector<core::gap::CodeSet>& more, core::Day covers_from, Language language) {
  std::vector<Document> resources;
  for (const auto& [key, document] : parts) {
    resources.emplace_back();
    resources.back().root() = resources.back().copy(document->root());
  }
  auto programmes = programmes_from(resources, language);
  if (!programmes) return programmes.error();
  for (core::gap::Programme& programme : programmes->programmes)
    if (programme.covers_from == core::population::no_day) programme.covers_from = covers_from;
  return Plan::compile(std::move(*programmes), more);
}

}  // namespace

bool is_live(const Value& resource) {
  if (!takes_part(resource)) return false;
  for (const Value& profile : resource["meta"]["profile"].elements())
    if (const std::string_view url = profile.text(); url.substr(0, url.find('|')) == in_house("StructureDefinition/programme")) return true;
  return has_coding(resource["meta"]["tag"], in_house("CodeSystem/programme"), "live");
}

Result<std::vector<Document>> stored_programmes(core::store::Snapshot& snapshot) {
  std::vector<Document> stored;
  for (const char* type : {"ValueSet", "PlanDefinition"}) {
    core::store::Query query;
    query.types = {type};
    auto found = snapshot.find(query);
    if (!found) return found.error();
    auto records = snapshot.load(found->matches);
    if (!records) return records.error();
    for (const core::store::Record& record : *records) {
      auto parsed = json::parse(record.body);
      if (!parsed) return parsed.error();
      if (is_live(parsed->root())) stored.push_back(std::move(*parsed));
    }
  }
  return stored;
}

Result<Plan> live_plan(std::span<const Document> shipped, std::span<const Document> stored, const std::vector<core::gap::CodeSet>& more,
                       std::vector<std::string>& faults, core::Day covers_from, Language language) {
  std::map<std::string, const Document*> parts;
  for (const Document& document : shipped)
    if (takes_part(document.root())) parts[key_of(document.root())] = &document;
  auto plan = plan_of(parts, more, covers_from, language);
  if (!plan) return plan;
  for (const Document& document : stored) {  // one by one, so that a faulty one takes nobody along
    auto with = parts;
    with[key_of(document.root())] = &document;
    auto next = plan_of(with, more, covers_from, language);
    if (!next) {
      faults.push_back(std::string(document.root().text("resourceType")) + "/" + std::string(document.root().text("id")) + ": " + next.error().message);
      continue;
    }
    parts = std::move(with);
    plan = std::move(next);
  }
  return plan;
}

Result<Plan> plan_alone(const Plan& running, core::gap::Programme programme) {
  core::gap::Programmes one;
  std::vector<core::gap::CodeSet> more;
  for (const auto& set : running.sets()) {
    if (set.name.starts_with('@'))
      more.push_back(set);
    else
      one.sets[set.name] = set;
    for (core::gap::Item& item : programme.items)
      for (std::string& named : item.evidence_sets)
        if (named == set.url) named = set.name;
  }
  one.programmes.push_back(std::move(programme));
  return Plan::compile(std::move(one), std::move(more));
}

void check_programme(const Plan& running, const Value& resource, validate::Issues& issues) {
  if (!is_live(resource)) return;
  if (resource.text("resourceType") == "ValueSet") {
    (void)code_set_from(resource, issues);
    return;
  }
  if (resource.text("status") != "active") return;  // a draft may have faults; a retired one asks nothing
  const std::size_t before = issues.size();
  core::gap::Programme programme = programme_from(resource, issues);
  if (issues.size() > before) return;
  const auto fault = [&](const std::string& where, const std::string& text) { issues.push_back({validate::Severity::error, "business-rule", where, text, ""}); };
  const std::string url = programme.url;
  if (url.empty()) return fault("PlanDefinition.url", "a programme needs a canonical url");
  for (const core::gap::Item& item : programme.items)
    for (const auto& other : running.programmes())
      if (other.source->url != url)
        for (const core::gap::Item& taken : other.source->items)
          if (taken.code == item.code) fault("PlanDefinition.action(" + item.code + ")", "this item code is taken by " + other.source->id);
  if (issues.size() > before) return;
  const auto alone = plan_alone(running, std::move(programme));
  if (!alone) fault(alone.error().where, alone.error().message);
}

}  // namespace fhir::care
