// Compartments: GET Patient/123/Observation. Source: FHIR R4 CompartmentDefinition.
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

}  // namespace fhir::search
