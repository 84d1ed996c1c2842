#include "fhir/validate/known.hpp"

namespace fhir::validate {

void Known::add(json::Document document) {
  const json::Value& root = documents_.emplace_back(std::move(document)).root();
  if (root.text("resourceType") != "Bundle") return add(root, {});
  for (const json::Value& entry : root["entry"].elements()) add(entry["resource"], entry.text("fullUrl"));
}

void Known::add(const json::Value& resource, std::string_view full_url) {
  const std::string type(resource.text("resourceType"));
  if (type.empty()) return;
  terminology_.add(resource);
  if (type == "ImplementationGuide") guides_.push_back(&resource);
  if (const std::string_view url = resource.text("url"); !url.empty()) {
    canonicals_[type + ' ' + std::string(url)] = &resource;
    targets_[std::string(url)] = &resource;
  }
  if (const std::string_view id = resource.text("id"); !id.empty()) targets_[type + '/' + std::string(id)] = &resource;
  if (!full_url.empty()) targets_[std::string(full_url)] = &resource;
}

const json::Value* Known::find(std::string_view type, std::string_view canonical) const {
  const std::size_t bar = canonical.find('|');
  const auto it = canonicals_.find(std::string(type) + ' ' + std::string(canonical.substr(0, bar)));
  if (it == canonicals_.end()) return nullptr;
  const bool other_version = bar != canonical.npos && canonical.substr(bar + 1) != it->second->text("version");
  return other_version ? nullptr : it->second;
}

const json::Value* Known::target(std::string_view reference) const {
  const auto it = targets_.find(std::string(reference));
  return it == targets_.end() ? nullptr : it->second;
}

}  // namespace fhir::validate
