#include "fhir/care/guard.hpp"

#include <algorithm>
#include <array>

#include "fhir/care/facts.hpp"
#include "fhir/care/link_task.hpp"

namespace fhir::care {
namespace {

// `completed` is missing on purpose: only evidence completes a gap; `cancelled` is the core's.
constexpr std::array transitions{
    Transition{"requested", "received"},   Transition{"requested", "accepted"},    Transition{"requested", "on-hold"},
    Transition{"requested", "rejected"},   Transition{"received", "accepted"},     Transition{"received", "on-hold"},
    Transition{"received", "rejected"},    Transition{"accepted", "in-progress"},  Transition{"accepted", "on-hold"},
    Transition{"accepted", "rejected"},    Transition{"accepted", "requested"},    Transition{"in-progress", "on-hold"},
    Transition{"in-progress", "accepted"}, Transition{"in-progress", "rejected"},  Transition{"on-hold", "requested"},
    Transition{"on-hold", "accepted"},     Transition{"on-hold", "in-progress"},   Transition{"on-hold", "rejected"},
    Transition{"rejected", "requested"},   Transition{"rejected", "accepted"},     Transition{"rejected", "on-hold"},
};

void refuse(validate::Issues& issues, std::string expression, std::string text) {
  issues.push_back({validate::Severity::error, "business-rule", std::move(expression), std::move(text), ""});
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? "nothing" : text;
}

void guard_status(const json::Value& before, const json::Value& after, validate::Issues& issues) {
  const std::string_view from = before.text("status"), to = after.text("status");
  if (allowed(from, to)) return;
  if (to == "completed")
    return refuse(issues, "Task.status", "A gap Task is completed by evidence, not by hand. " + std::string(before.text("description")));
  refuse(issues, "Task.status",
         "A gap Task that is " + std::string(from) + " may become " + joined(allowed_from(from)) + ", not " + std::string(to) + ".");
}

bool same(const json::Value& before, const json::Value& after, std::string_view name) {
  const json::Value *a = before.find(name), *b = after.find(name);
  return a && b ? json::equal(*a, *b) : a == b;
}

}  // namespace

std::span<const Transition> gap_transitions() { return transitions; }

bool allowed(std::string_view from, std::string_view to) {
  return from == to || std::any_of(transitions.begin(), transitions.end(), [&](const Transition& t) { return t.from == from && t.to == to; });
}

std::vector<std::string> allowed_from(std::string_view status) {
  std::vector<std::string> to;
  for (const Transition& transition : transitions)
    if (transition.from == status) to.emplace_back(transition.to);
  return to;
}

void guard_gap_task(const json::Value* before, const json::Value& after, const core::access::Caller&, validate::Issues& issues) {
  guard_link_task(before, after, issues);
  const bool was = before && before->text("resourceType") == "Task" && !gap_identifier(*before).empty();
  const bool is = after.text("resourceType") == "Task" && !gap_identifier(after).empty();
  // Whoever knows how ids are derived could take one before its gap opens: the core could never write it.
  if (!is && after.text("resourceType") == "Task" && after.text("id").starts_with("gap-"))
    return refuse(issues, "Task.id", "Ids that begin with gap- are of gap Tasks, which the panel core makes.");
  if (!was && !is) return;
  if (!was) return refuse(issues, "Task.identifier", "A gap Task (identifier of system " + std::string(house) + "/gap) is made by the panel core only.");
  if (gap_identifier(*before) != gap_identifier(after))
    return refuse(issues, "Task.identifier", "The identifier of a gap Task cannot be changed or taken away.");
  for (const char* name : {"intent", "code", "for", "instantiatesCanonical", "input", "output", "businessStatus", "restriction"})
    if (!same(*before, after, name)) refuse(issues, std::string("Task.") + name, std::string(name) + " of a gap Task follows from the facts and cannot be changed by hand.");
  guard_status(*before, after, issues);
}

}  // namespace fhir::care
