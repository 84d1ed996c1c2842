#include <algorithm>
#include <array>

#include "fhir/validate/run.hpp"

namespace fhir::validate {
namespace {

constexpr std::array<std::string_view, 4> silent_when_absent{"bdl-8", "ras-2", "ref-1", "rng-2"};

path::Item item_of(const json::Value* value, const json::Value* companion, const model::Type* type,
                   const model::Element* element, const json::Value* resource) {
  static const json::Value none;
  path::Item item;
  item.value = value ? value : &none;
  item.extension = companion;
  item.type = type;
  item.element = element;
  item.resource = resource;
  return item;
}

}  // namespace

const core::Result<path::Expression>& Run::compiled(const std::string& text) {
  const auto it = expressions_.find(text);
  return it != expressions_.end() ? it->second
                                  : expressions_.emplace(text, path::Expression::parse(text)).first->second;
}

void Run::invariant(const model::Invariant& invariant, std::string_view human, const Spot& spot,
                    const Context& context) {
  if (invariant.expression.empty()) return;
  const auto& expression = compiled(invariant.expression);
  if (!expression)
    return once("not-supported", "expression " + invariant.key, spot.place.text(),
                "the rule " + invariant.key + " cannot be evaluated: " + expression.error().message);
  path::Environment environment;
  environment.definitions = &definitions;
  environment.now = now;
  environment.root = context.holder;
  environment.resolve = [&](std::string_view reference) { return resolve(reference, context); };
  environment.member_of = [&](const path::Item& item, std::string_view value_set) -> std::optional<bool> {
    if (!item.value) return std::nullopt;
    const auto in = [&](const json::Value& coding) {
      const bool bare = coding.is_string();
      return known.terminology().in_set(value_set, bare ? std::string_view() : coding.text("system"),
                                        bare ? coding.text() : coding.text("code"));
    };
    terminology::Answer answer = terminology::Answer::no;
    if (const json::Value* codings = item.value->find("coding")) {
      for (const json::Value& coding : codings->elements())
        if (const auto one = in(coding); one != terminology::Answer::no && answer != terminology::Answer::yes)
          answer = one;
    } else {
      answer = in(*item.value);
    }
    if (answer == terminology::Answer::unknown) return std::nullopt;
    return answer == terminology::Answer::yes;
  };
  const bool is_resource = spot.value && spot.value->is_object() && spot.value->find("resourceType");
  const model::Type* type = is_resource ? definitions.type(spot.value->text("resourceType")) : spot.type;
  const path::Collection input{item_of(spot.value, spot.companion, type, spot.element, context.resource)};
  const auto result = expression->evaluate(input, environment);
  if (!result)
    return once("not-supported", "expression " + invariant.key, spot.place.text(),
                "the rule " + invariant.key + " could not be evaluated: " + result.error().message);
  // An empty result breaks a rule like false does, except where R4's own expression forgets that the element may be
  // absent.
  if (result->empty() &&
      std::find(silent_when_absent.begin(), silent_when_absent.end(), invariant.key) != silent_when_absent.end())
    return;
  const auto value = result->size() == 1 ? path::system_value(result->front()) : std::nullopt;
  if (!result->empty() && (!value || value->kind != path::Item::Kind::boolean || value->truth)) return;
  std::string text =
      human.empty() ? "the rule does not hold: " + invariant.expression.substr(0, 300) : std::string(human);
  report(invariant.error ? Severity::error : Severity::warning, "invariant", spot.place.text(), std::move(text),
         invariant.key);
}

}  // namespace fhir::validate
