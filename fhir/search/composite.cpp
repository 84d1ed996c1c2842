// Search parameters of type composite: several values of one element, joined by $ in a search. Rows: walk.cpp.
#include "fhir/search/type.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {

const model::SearchParameter* component_of(const model::SearchParameter& composite, std::size_t i,
                                           const model::Definitions& definitions) {
  // R4 gives these two the wrong way round: its expressions are `code` and `target`.
  constexpr std::string_view swapped = "http://hl7.org/fhir/SearchParameter/DocumentReference-relationship";
  if (composite.url == swapped && composite.components.size() == 2) i = 1 - i;
  return definitions.search_parameter_by_url(composite.components[i].definition);
}

core::Result<core::Done> composite_terms(const Asked& asked, std::string_view value, Terms& out) {
  const auto parts = split(value, '$');
  const auto& components = asked.parameter.components;
  if (parts.size() != components.size())
    return bad_value(asked, value, "must have " + std::to_string(components.size()) + " parts, joined by $");
  // A part may stand for several terms (a bare id: one for each type it may mean); the composite is then one for each
  // choice.
  Terms whole(1);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const model::SearchParameter* parameter = component_of(asked.parameter, i, asked.index.definitions());
    const Type* type = parameter ? type_of(parameter->type) : nullptr;
    if (type == nullptr) return core::unsupported("a component of this parameter cannot be searched", asked.name);
    if (parts[i].empty()) return bad_value(asked, value, "has an empty part");
    Terms choices;
    const Asked part{asked.index, asked.context, *parameter, asked.name, {}, parameter->targets};
    if (auto done = type->terms(part, parts[i], choices); !done) return done.error();
    Terms wider;
    for (const core::store::Term& so_far : whole)
      for (const core::store::Term& choice : choices) wider.emplace_back(so_far).parts.push_back(choice);
    whole = std::move(wider);
  }
  for (core::store::Term& term : whole) out.push_back(std::move(term));
  return core::Done{};
}

}  // namespace fhir::search
