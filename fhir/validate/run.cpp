#include "fhir/validate/run.hpp"

#include <algorithm>

#include "fhir/validate/structure.hpp"

namespace fhir::validate {
namespace {

using json::Value;

const Value* contained(const Value& holder, std::string_view id) {
  for (const Value& resource : holder["contained"].elements())
    if (resource.text("id") == id) return &resource;
  return nullptr;
}

// A relative reference is read against the fullUrl of the entry it stands in, as far as that is of RESTful form.
const Value* bundled(const Value& bundle, const Value* from, std::string_view text) {
  std::string absolute;
  for (const Value& entry : bundle["entry"].elements()) {
    if (&entry["resource"] != from) continue;
    const std::string_view full = entry.text("fullUrl");
    const std::string tail = std::string("/") + std::string((*from).text("resourceType")) + '/' + std::string((*from).text("id"));
    if (full.ends_with(tail)) absolute = std::string(full.substr(0, full.size() - tail.size() + 1)) + std::string(text);
  }
  for (const Value& entry : bundle["entry"].elements()) {
    const std::string_view full = entry.text("fullUrl");
    if (!full.empty() && (full == text || (!absolute.empty() && full == absolute))) return &entry["resource"];
  }
  for (const Value& entry : bundle["entry"].elements()) {
    const Value& resource = entry["resource"];
    if (std::string(resource.text("resourceType")) + '/' + std::string(resource.text("id")) == text) return &resource;
  }
  return nullptr;
}

}  // namespace

Context inside(const Spot& spot, const Context& outer) {
  const bool is_contained = spot.element && spot.element->name == "contained";
  const bool is_entry = outer.resource && outer.resource->text("resourceType") == "Bundle";
  return {spot.value, is_contained ? outer.holder : spot.value, is_entry ? outer.resource : outer.bundle};
}

void Run::report(Severity severity, std::string_view code, std::string place, std::string text, std::string id) {
  if (issues_.size() >= most_issues) return;
  const auto same = [&](const Issue& issue) { return issue.expression == place && issue.text == text && issue.id == id; };
  if (std::any_of(issues_.begin(), issues_.end(), same)) return;
  issues_.push_back({severity, std::string(code), std::move(place), std::move(text), std::move(id)});
}

void Run::once(std::string_view code, const std::string& key, std::string place, std::string text) {
  if (said_.insert(key).second) warn(code, std::move(place), std::move(text));
}

const Value* Run::resolve(std::string_view text, const Context& context) const {
  if (text.empty()) return nullptr;
  if (text.starts_with('#')) {
    if (!context.holder) return nullptr;
    return text.size() == 1 ? context.holder : contained(*context.holder, text.substr(1));
  }
  text = text.substr(0, text.find("/_history/"));
  if (context.bundle)
    if (const Value* found = bundled(*context.bundle, context.holder, text)) return found;
  return known.target(text);
}

}  // namespace fhir::validate
