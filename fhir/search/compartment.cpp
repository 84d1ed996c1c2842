// Compartments: GET Patient/123/Observation. Source: FHIR R4 CompartmentDefinition.
#include <map>

#include "fhir/search/criterion.hpp"
#include "fhir/search/search.hpp"

namespace fhir::search {

using core::store::Criterion;

core::Result<Criterion> compartment(const Index& index, std::string_view owner, std::string_view id,
                                    std::string_view type) {
  const model::Compartment* found = index.definitions().compartment(owner);
  if (found == nullptr) return core::not_found("there is no compartment of " + std::string(owner), std::string(owner));
  Criterion either;
  either.form = Criterion::Form::either;
  if (type == owner) {
    Criterion self;
    self.form = Criterion::Form::id;
    self.param = "_id";
    self.ids.emplace_back(id);
    either.alternatives.push_back({std::move(self)});
  }
  const auto members = found->resources.find(std::string(type));
  for (const std::string& code : members == found->resources.end() ? std::vector<std::string>{} : members->second) {
    const auto* parameter = index.definitions().search_parameter(type, code);
    if (parameter == nullptr || parameter->type != "reference") continue;
    Criterion refers;
    refers.param = code;
    refers.kind = core::store::RowKind::reference;
    core::store::Term& term = refers.any.emplace_back();
    term.any_system = false;
    term.system = owner;
    term.value = id;
    either.alternatives.push_back({std::move(refers)});
  }
  if (either.alternatives.empty())
    return core::not_found(std::string(type) + " is never in the compartment of " + std::string(owner),
                           std::string(type));
  return either;
}

core::Result<Criterion> compartment(const Index& index, std::string_view owner, std::string_view id) {
  const model::Compartment* found = index.definitions().compartment(owner);
  if (found == nullptr) return core::not_found("there is no compartment of " + std::string(owner), std::string(owner));
  Criterion either;
  either.form = Criterion::Form::either;
  std::map<std::string, std::pair<Criterion, std::vector<std::string>>> by_code;  // empty: the owner itself
  for (const std::string& type : index.definitions().resource_types()) {
    auto inside = compartment(index, owner, id, type);
    if (!inside) continue;
    for (auto& alternative : inside->alternatives) {
      Criterion& refers = alternative.front();
      auto& [criterion, of] = by_code[refers.param];
      criterion = std::move(refers);
      of.push_back(type);
    }
  }
  for (auto& [code, pair] : by_code) {
    Criterion only;  // elsewhere the same code may be no way into the compartment
    only.form = Criterion::Form::type;
    only.param = "_type";
    only.ids = std::move(pair.second);
    either.alternatives.push_back({std::move(only), std::move(pair.first)});
  }
  return either;
}

}  // namespace fhir::search
