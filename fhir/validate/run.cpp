#include "fhir/validate/run.hpp"

#include "fhir/validate/structure.hpp"

namespace fhir::validate {
namespace {

using json::Value;

const Value* contained(const Value& holder, std::string_view id) {
  for (const Value& resource : holder["contained"].elements())
    if (resource.text("id") == id) return &resource;
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
  if (!reported_.insert(place + '\n' + id + '\n' + text).second) return;
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
  if (context.bundle) {
    const Entries& all = entries(*context.bundle);
    if (const auto base = all.base.find(context.holder); base != all.base.end())
      if (const auto found = all.by_name.find(base->second + std::string(text)); found != all.by_name.end())
        return found->second;
    if (const auto found = all.by_name.find(std::string(text)); found != all.by_name.end()) return found->second;
  }
  return known.target(text);
}

// A relative reference is read against the fullUrl of the entry it stands in, as far as that is of RESTful form.
const Run::Entries& Run::entries(const Value& bundle) const {
  const auto [it, fresh] = bundles_.try_emplace(&bundle);
  if (!fresh) return it->second;
  for (const Value& entry : bundle["entry"].elements()) {
    const Value& resource = entry["resource"];
    if (resource.is_null()) continue;
    const std::string full(entry.text("fullUrl"));
    const std::string name = std::string(resource.text("resourceType")) + '/' + std::string(resource.text("id"));
    if (!full.empty()) it->second.by_name.insert_or_assign(full, &resource);
    it->second.by_name.try_emplace(name, &resource);
    if (full.ends_with('/' + name)) it->second.base.emplace(&resource, full.substr(0, full.size() - name.size()));
  }
  return it->second;
}

}  // namespace fhir::validate
