#include "fhir/validate/structure.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <string>

#include "fhir/validate/binding.hpp"
#include "fhir/validate/place.hpp"
#include "fhir/validate/primitive.hpp"

namespace fhir::validate {
namespace {

using json::Kind;
using json::Member;
using json::Value;
using model::Children;
using model::Element;
using model::Named;
using model::Type;

constexpr std::array<std::string_view, 6> kinds{"null",     "true or false", "a number",
                                                "a string", "an array",      "an object"};

std::string_view word_for(const Value& value) { return kinds[static_cast<std::size_t>(value.kind())]; }

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 60;
  if (text.size() <= most) return '"' + std::string(text) + '"';
  std::size_t end = most;
  while (end && (text[end] & 0xC0) == 0x80) --end;
  return '"' + std::string(text.substr(0, end)) + "...\"";
}

class Checker {
 public:
  explicit Checker(const model::Definitions& definitions) : definitions_(definitions) {}

  Issues take() { return std::move(issues_); }

  void resource(const Value& value, const Place* inside) {
    const std::string_view name = value.is_object() ? value.text("resourceType") : std::string_view();
    const Place place = inside ? *inside : Place{nullptr, name.empty() ? "Resource" : name};
    if (!value.is_object())
      return report("structure", place.text(),
                    "a resource is expected here (an object with resourceType), found " + std::string(word_for(value)));
    const Value* stated = value.find("resourceType");
    if (!stated)
      return report("required", place.text("resourceType"),
                    "resourceType is missing: the name of a resource type is expected");
    if (!stated->is_string())
      return report("structure", place.text("resourceType"),
                    "resourceType must be a string, found " + std::string(word_for(*stated)));
    const Type* type = definitions_.type(name);
    if (!type || type->family != model::Family::resource || type->abstract_type)
      return report("not-supported", place.text("resourceType"), quoted(name) + " is not a resource type of FHIR R4");
    object(value, *type, place, Of::resource);
  }

 private:
  using Seen = std::bitset<128>;

  void report(std::string_view code, std::string place, std::string text) {
    if (issues_.size() > most_issues) return;
    if (issues_.size() == most_issues) {
      issues_.push_back({Severity::error, "too-costly", "", "there are more findings than are listed here", ""});
      return;
    }
    issues_.push_back({Severity::error, std::string(code), std::move(place), std::move(text), ""});
  }

  enum class Of { element, resource, beside_a_value };

  void object(const Value& value, const Children& children, const Place& place, Of of = Of::element) {
    if (!value.is_object())
      return report("structure", place.text(), "an object is expected here, found " + std::string(word_for(value)));
    if (value.size() == 0)
      return report("structure", place.text(), "the object is empty: leave it out or give it content");
    const bool siblings = std::any_of(value.members().begin(), value.members().end(),
                                      [](const Member& m) { return m.name.starts_with('_'); });
    Seen seen;
    for (const Member& member : value.members()) {
      if (of == Of::resource && member.name == "resourceType") continue;
      this->member(value, member, children, place, siblings, seen);
      if (issues_.size() > most_issues) return;
    }
    for (const std::uint16_t index : children.mandatory)
      if (!seen[index]) missing(children.elements[index], place);
    if (of == Of::element && value.size() == 1 && value.members()[0].name == "id")
      report("structure", place.text(),
             "an id alone is no content: a value, a child element or an extension is expected");
  }

  void missing(const Element& element, const Place& place) {
    const std::string name = element.choice ? element.name + "[x]" : element.name;
    report("required", place.text(element.name),
           name + " is missing: at least " + std::to_string(element.min) + " expected");
  }

  void member(const Value& object, const Member& member, const Children& children, const Place& place, bool siblings,
              Seen& seen) {
    const bool underscore = member.name.starts_with('_');
    const std::string_view name = underscore ? member.name.substr(1) : member.name;
    const Named* named = children.find(name);
    if (!named || !named->type || !named->type->type) return unknown(member.name, children, place);
    const Type& type = *named->type->type;
    const bool primitive = type.primitive != model::Primitive::none;
    if (underscore && !primitive)
      return report("structure", place.text(member.name),
                    "only primitive elements have a companion with an underscore; " + std::string(name) +
                        " is of type " + named->type->code);
    if (underscore && object.find(name)) return;  // looked at together with its value
    const auto index = static_cast<std::size_t>(named->element - children.elements.data());
    const Place here{&place, named->element->name,
                     named->element->choice ? std::string_view(named->type->code) : std::string_view()};
    if (seen[index])
      return report("structure", here.text(),
                    "only one " + named->element->name + "[x] is allowed, and another one is given");
    seen.set(index);

    std::string companion_name;
    const Value* companion = nullptr;
    if (underscore) companion = &member.value;
    else if (siblings && primitive) {
      companion_name = '_' + std::string(name);
      companion = object.find(companion_name);
    }
    values(*named, underscore ? nullptr : &member.value, companion, here);
  }

  void unknown(std::string_view name, const Children& children, const Place& place) {
    std::string text = quoted(name) + " is not an element of " + place.text();
    if (const Element* choice = children.element(name); choice && choice->choice && !choice->types.empty()) {
      text += ": its name must end with its type, such as ";
      for (const auto& [known, named] : children.by_name)
        if (named.element == choice && named.type == &choice->types[0]) text += known;
    }
    report("structure", place.text(name.size() <= 64 ? name : name.substr(0, 64)), std::move(text));
  }

  // One element with all its repetitions; `value` or `companion` (the member with the underscore) may be null, not
  // both.
  void values(const Named& named, const Value* value, const Value* companion, const Place& place) {
    if (!named.element->is_list()) {
      for (const Value* one : {value, companion})
        if (one && one->is_array())
          return report("structure", place.text(), "a single value is expected here, found an array");
      return single(named, value, companion, place);
    }
    for (const Value* list : {value, companion}) {
      if (!list) continue;
      if (!list->is_array())
        return report("structure", place.text(), "an array is expected here, found " + std::string(word_for(*list)));
      if (list->size() == 0)
        return report("structure", place.text(), "the array is empty: leave it out or give it content");
    }
    const bool primitive = named.type->type->primitive != model::Primitive::none;
    const std::size_t count = value ? value->size() : companion->size();
    if (value && companion && companion->size() != count)
      report("structure", place.text(),
             "the array has " + std::to_string(count) + " items and the one with the underscore " +
                 std::to_string(companion->size()) + ": equal numbers are expected");
    if (named.element->max < count)
      report("structure", place.text(),
             "at most " + std::to_string(named.element->max) + " are allowed, found " + std::to_string(count));
    for (std::size_t i = 0; i < count; ++i) {
      const Value* item = value ? &value->elements()[i] : nullptr;
      const Value* beside = companion && i < companion->size() ? &companion->elements()[i] : nullptr;
      if (primitive && companion) {  // null stands for the half that is not there
        if (item && item->is_null()) item = nullptr;
        if (beside && beside->is_null()) beside = nullptr;
        if (!item && !beside) {
          report("structure", place.at(static_cast<int>(i)).text(),
                 "null on both sides: a value or an extension is expected");
          continue;
        }
      }
      single(named, item, beside, place.at(static_cast<int>(i)));
    }
  }

  void single(const Named& named, const Value* value, const Value* companion, const Place& place) {
    for (const Value* one : {value, companion})
      if (one && one->is_null())
        return report("structure", place.text(), "null is not allowed here: leave the element out");
    const Type& type = *named.type->type;
    if (type.primitive != model::Primitive::none) {
      if (value) primitive(named, *value, place);
      if (companion) object(*companion, *definitions_.type("Element"), place, value ? Of::beside_a_value : Of::element);
      return;
    }
    if (named.element->backbone) return object(*value, *named.element->backbone, place);
    if (type.family == model::Family::resource) return resource(*value, &place);
    object(*value, type, place);
    if (type.name == "Extension") extension(*value, place);
    if (named.element->required) binding(named, *value, place);
    if (named.type->profile) constrained(*named.type->profile, *value, place);
  }

  void primitive(const Named& named, const Value& value, const Place& place) {
    const PrimitiveRule& rule = rule_of(named.type->type->primitive);
    if (value.kind() != rule.kind)
      return report("structure", place.text(),
                    "type " + named.type->code + ": " + std::string(rule.expected) + " is expected, found " +
                        std::string(word_for(value)));
    if (!rule.valid(value.text())) {
      const std::string found = value.size() == 0   ? "an empty string"
                                : value.is_number() ? std::string(value.text())
                                                    : quoted(value.text());
      return report("value", place.text(),
                    "type " + named.type->code + ": " + std::string(rule.expected) + " is expected, found " + found);
    }
    if (named.element->required) binding(named, value, place);
  }

  void extension(const Value& value, const Place& place) {
    const bool nested = value.find("extension");
    const bool has_value = std::any_of(value.members().begin(), value.members().end(), [](const Member& m) {
      return m.name.starts_with("value") || m.name.starts_with("_value");
    });
    if (nested && has_value)
      report("invariant", place.text(), "an extension has either a value or extensions of its own, not both");
    if (!nested && !has_value) report("invariant", place.text(), "an extension needs a value or extensions of its own");
  }

  void binding(const Named& named, const Value& value, const Place& place) {
    const auto finding = outside(*named.element->required, named.type->code, value);
    if (finding) report("code-invalid", place.text(), *finding);
  }

  // A constrained datatype such as SimpleQuantity forbids some elements of its base.
  void constrained(const Type& profile, const Value& value, const Place& place) {
    for (const Element& element : profile.elements)
      if (element.max == 0 && value.find(element.name))
        report("structure", place.text(element.name),
               element.name + " is not allowed here: the type is " + profile.name);
  }

  const model::Definitions& definitions_;
  Issues issues_;
};

}  // namespace

Issues check(const model::Definitions& definitions, const json::Value& resource) {
  Checker checker(definitions);
  checker.resource(resource, nullptr);
  return checker.take();
}

}  // namespace fhir::validate
