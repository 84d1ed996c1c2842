// PlanDefinition/$dry-run: what a programme would select and find, before it goes live. Stores nothing.
#include <array>
#include <map>

#include "fhir/care/live_programmes.hpp"
#include "fhir/care/programme.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

using core::gap::Plan;
using core::population::Population;

void push(json::Document& doc, json::Value& list, std::string_view name, std::string_view type, json::Value value) {
  json::Value parameter = doc.object();
  doc.set(parameter, "name", doc.string(name));
  doc.set(parameter, type, value);
  doc.push(list, parameter);
}

rest::Response faults(const validate::Issues& issues) {
  json::Document doc;
  doc.root() = doc.object();
  doc.set(doc.root(), "resourceType", doc.string("Parameters"));
  json::Value list = doc.array();
  push(doc, list, "people", "valueInteger", doc.number(std::int64_t{0}));
  for (const validate::Issue& issue : issues) push(doc, list, "fault", "valueString", doc.string(issue.expression + ": " + issue.text));
  doc.set(doc.root(), "parameter", list);
  return answer(doc.root());
}

struct Count {
  std::size_t people = 0;
  std::map<std::string, std::array<std::size_t, 7>> items;  // by item code and status
};

Count count(const Plan& plan, const Population& population, core::Day today) {
  Count result;
  for (const auto& item : plan.items()) result.items[item.source->code] = {};
  core::gap::Decider decider(plan, population);
  for (core::population::PersonId person = 0; person < population.end(); ++person) {
    if (!population.is_person(person)) continue;
    const auto decisions = decider.decide(person, today);
    result.people += !decisions.empty();
    for (const core::gap::Decision& decision : decisions)
      ++result.items[plan.items()[decision.item].source->code][static_cast<std::size_t>(decision.status)];
  }
  return result;
}

json::Value item_parts(json::Document& doc, const std::string& item, const std::array<std::size_t, 7>& statuses) {
  json::Value parts = doc.array();
  push(doc, parts, "code", "valueCode", doc.string(item));
  for (std::size_t i = 0; i < statuses.size(); ++i)
    if (statuses[i] > 0)
      push(doc, parts, core::gap::code_of(static_cast<core::gap::Status>(i)), "valueInteger", doc.number(static_cast<std::int64_t>(statuses[i])));
  return parts;
}

}  // namespace

rest::Response dry_run(const Desk& desk, const rest::Request& request) {
  const auto call = Call::read(request, {"plan"}, "PlanDefinition");
  if (!call) return answer(call.error());
  const json::Value* plan = call->body().text("resourceType") == "PlanDefinition" ? &call->body() : call->value("plan");
  if (!plan || plan->text("resourceType") != "PlanDefinition") return answer(core::invalid("a PlanDefinition is expected: as the body, or as the parameter 'plan'", "plan"));
  validate::Issues issues;
  const core::gap::Programme programme = care::programme_from(*plan, issues);
  if (!issues.empty()) return faults(issues);
  const auto counted = desk.surveillance->reading([&](const Population& population, const Plan& running) -> core::Result<Count> {
    const auto compiled = care::plan_alone(running, programme);
    if (!compiled) return compiled.error();
    return count(*compiled, population, desk.clock->today());
  });
  if (!counted) return faults({{validate::Severity::error, "invalid", counted.error().where, counted.error().message, ""}});
  json::Document doc;
  doc.root() = doc.object();
  doc.set(doc.root(), "resourceType", doc.string("Parameters"));
  json::Value list = doc.array();
  push(doc, list, "people", "valueInteger", doc.number(static_cast<std::int64_t>(counted->people)));
  for (const auto& [item, statuses] : counted->items) push(doc, list, "item", "part", item_parts(doc, item, statuses));
  doc.set(doc.root(), "parameter", list);
  return answer(doc.root());
}

}  // namespace fhir::operation
