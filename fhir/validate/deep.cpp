#include "fhir/validate/deep.hpp"

#include <algorithm>
#include <array>

#include "fhir/validate/compare.hpp"
#include "fhir/validate/conform.hpp"

namespace fhir::validate {
namespace {

using json::Value;

constexpr std::array<std::pair<std::string_view, void (*)(Run&, const Spot&)>, 3> resource_rules{
    {{"Bundle", check_bundle},
     {"SearchParameter", check_search_parameter},
     {"CapabilityStatement", check_capabilities}}};
constexpr std::array<std::string_view, 2> checked_by_structure{"ele-1", "ext-1"};

}  // namespace

void Deep::resource(const Spot& spot, const Context& context) {
  const model::Type* type =
      spot.value && spot.value->is_object() ? run_.definitions.type(spot.value->text("resourceType")) : nullptr;
  if (!type || type->family != model::Family::resource) return;
  Spot typed = spot;
  typed.type = type;
  for (const model::Invariant& invariant : type->invariants) run_.invariant(invariant, {}, typed, context);
  object(typed, *type, context);
  stated_profiles(typed, context);
  for (const auto& [name, check] : resource_rules)
    if (type->name == name) check(run_, typed);
  if (type->name == "QuestionnaireResponse") {
    const std::string_view canonical = spot.value->text("questionnaire");
    const Value* questionnaire =
        canonical.starts_with('#') ? run_.resolve(canonical, context) : run_.known.find("Questionnaire", canonical);
    if (questionnaire) check_answers(run_, typed, *questionnaire);
    else if (!canonical.empty())
      run_.once(
          "not-found", std::string(canonical), typed.place.text("questionnaire"),
          "the Questionnaire " + std::string(canonical) + " is not loaded: the answers are not checked against it");
  }
}

void Deep::stated_profiles(const Spot& spot, const Context& context) {
  Conform conform(run_);
  for (const Value& canonical : (*spot.value)["meta"]["profile"].elements()) {
    if (is_base_type(run_.definitions, canonical.text())) continue;
    if (const Profile* profile = run_.profiles.find(canonical.text())) conform.check(*profile, spot, context);
    else
      run_.once("not-found", std::string(canonical.text()), spot.place.text("meta"),
                "the profile " + std::string(canonical.text()) + " is not loaded and not checked");
  }
  for (const Value* guide : run_.known.guides())
    for (const Value& global : (*guide)["global"].elements())
      if (global.text("type") == spot.type->name)
        if (const Profile* profile = run_.profiles.find(global.text("profile"))) conform.check(*profile, spot, context);
}

void Deep::object(const Spot& parent, const model::Children& content, const Context& context) {
  const Value* object = parent.value && parent.value->is_object() ? parent.value : parent.companion;
  if (!object || !object->is_object()) return;
  std::vector<const model::Element*> done;
  for (const json::Member& member : object->members()) {
    const std::string_view name = member.name.starts_with('_') ? member.name.substr(1) : member.name;
    const model::Named* named = content.find(name);
    if (!named || std::find(done.begin(), done.end(), named->element) != done.end()) continue;
    done.push_back(named->element);
    for (const Spot& spot : spots_of(*object, &content, named->element->name, parent.place))
      element(spot, parent, context);
  }
}

void Deep::element(const Spot& spot, const Spot& parent, const Context& context) {
  if (!spot.type) return;
  for (const model::Invariant& invariant : spot.element->invariants) run_.invariant(invariant, {}, spot, context);
  if (spot.type->family == model::Family::resource) return resource(spot, inside(spot, context));
  invariants(spot, context);
  datatype(spot, parent, context);
  if (spot.value && spot.element->strength >= model::Strength::extensible && !spot.element->required)
    check_binding(run_, spot.element->value_set, spot.element->strength, spot);
  if (spot.element->backbone) return object(spot, *spot.element->backbone, context);
  if (spot.type->primitive == model::Primitive::none || spot.companion) object(spot, *spot.type, context);
}

void Deep::invariants(const Spot& spot, const Context& context) {
  for (const model::Invariant& invariant : spot.type->invariants) {
    const bool known = std::find(checked_by_structure.begin(), checked_by_structure.end(), invariant.key) !=
                       checked_by_structure.end();
    if (!known) run_.invariant(invariant, {}, spot, context);
  }
}

}  // namespace fhir::validate
