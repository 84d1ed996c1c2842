// What counts as known while something is validated: profiles, extensions, value sets, code systems, Questionnaires,
// and the targets of references. Owns the documents it is given. Never: validates them, fetches anything. Threads:
// const after the last add(). Source: the caller's packages and files (interfaces: panelbridge validate).
#pragma once
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/terminology/terminology.hpp"

namespace fhir::validate {

class Known {
 public:
  explicit Known(const model::Definitions& definitions) : definitions_(definitions), terminology_(definitions) {}

  void add(json::Document document);  // a resource, or a Bundle: then each of its entries

  // By canonical, with |version or without. A version that is asked for must be the one at hand.
  const json::Value* find(std::string_view type, std::string_view canonical) const;
  const json::Value* profile(std::string_view canonical) const { return find("StructureDefinition", canonical); }
  const json::Value* target(std::string_view reference) const;  // "Patient/1", or the fullUrl or url it came with
  const std::vector<const json::Value*>& guides() const {
    return guides_;
  }  // ImplementationGuides, for their global profiles

  const model::Definitions& definitions() const { return definitions_; }
  const terminology::Terminology& terminology() const { return terminology_; }

 private:
  void add(const json::Value& resource, std::string_view full_url);

  const model::Definitions& definitions_;
  terminology::Terminology terminology_;
  std::deque<json::Document> documents_;
  std::unordered_map<std::string, const json::Value*> canonicals_;  // "Type url"
  std::unordered_map<std::string, const json::Value*> targets_;
  std::vector<const json::Value*> guides_;
};

}  // namespace fhir::validate
