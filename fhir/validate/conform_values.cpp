// Conform: what a profile demands of one element's types and values.
#include <algorithm>

#include "core/base/time.hpp"
#include "fhir/path/decimal.hpp"
#include "fhir/path/temporal.hpp"
#include "fhir/path/ucum.hpp"
#include "fhir/validate/compare.hpp"
#include "fhir/validate/conform.hpp"
#include "fhir/validate/pattern.hpp"

namespace fhir::validate {
namespace {

using json::Value;
using terminology::Answer;

std::string shown(const Value& value) {
  constexpr std::size_t most = 160;
  std::string text = json::write(value);
  if (text.size() > most) {
    std::size_t end = most;
    while (end && (text[end] & 0xC0) == 0x80) --end;
    text.resize(end);
    text += "...";
  }
  return text;
}

std::string type_of(const Spot& spot) {
  if (spot.value && spot.value->is_object())
    if (const auto resource = spot.value->text("resourceType"); !resource.empty()) return std::string(resource);
  return spot.type ? spot.type->name : std::string();
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string_view type_in(const model::Definitions& definitions, std::string_view reference) {
  reference = reference.substr(0, reference.find("/_history/"));
  const std::size_t slash = reference.rfind('/');
  if (slash == reference.npos || reference.find_first_of("?#|") != reference.npos) return {};
  std::string_view type = reference.substr(0, slash);
  if (const std::size_t before = type.rfind('/'); before != type.npos) type.remove_prefix(before + 1);
  return definitions.is_resource(type) ? type : std::string_view();
}

void Conform::types(const ProfileNode& node, const Spot& spot, const Context& context) {
  if (node.types.empty()) return;
  const std::string type = type_of(spot);
  if (type.empty()) return;
  const TypeRule* rule = nullptr;
  for (const TypeRule& candidate : node.types)
    if (candidate.code == type || run_.definitions.derives(type, candidate.code)) rule = &candidate;
  if (rule) return type_profiles(*rule, spot, context);
  std::string allowed;
  for (const TypeRule& candidate : node.types) allowed += (allowed.empty() ? "" : ", ") + candidate.code;
  if (spot.element && (spot.element->choice || !spot.element->backbone) && type != "BackboneElement")
    run_.error("structure", spot.place.text(), "type " + type + " is not allowed here, only " + allowed);
}

void Conform::type_profiles(const TypeRule& rule, const Spot& spot, const Context& context) {
  targets(rule, spot, context);
  if (rule.profiles.empty() || !spot.value) return;
  const Context within = spot.value->find("resourceType") ? inside(spot, context) : context;
  std::vector<const Profile*> known;
  for (const std::string& url : rule.profiles) {
    if (is_base_type(run_.definitions, url)) return;
    if (const Profile* profile = run_.profiles.find(url)) known.push_back(profile);
    else if (!run_.definitions.type(last_step(url)))
      run_.once("not-found", url, spot.place.text(), "the profile " + url + " is not loaded and not checked");
  }
  if (known.empty() || known.size() < rule.profiles.size()) {
    if (known.size() == 1 && rule.profiles.size() == 1) check(*known.front(), spot, within);
    return;
  }
  if (known.size() == 1) return check(*known.front(), spot, within);
  const bool any = std::any_of(known.begin(), known.end(),
                               [&](const Profile* p) { return run_.passes([&] { check(*p, spot, within); }); });
  if (!any)
    run_.error("structure", spot.place.text(),
               "this keeps to none of the " + std::to_string(known.size()) + " profiles that are allowed here");
}

void Conform::targets(const TypeRule& rule, const Spot& spot, const Context& context) {
  if (rule.code != "Reference" || rule.targets.empty() || !spot.value) return;
  const std::string_view text = spot.value->text("reference");
  const Value* target = run_.resolve(text, context);
  if (!target) return target_type(rule, spot, type_in(run_.definitions, text));
  const Spot there{target, nullptr, run_.definitions.type(target->text("resourceType")), nullptr, spot.place};
  const Context within{target, target, context.bundle};
  bool undecided = false;
  for (const std::string& url : rule.targets) {
    if (is_base_type(run_.definitions, url)) {
      if (run_.definitions.derives(target->text("resourceType"), last_step(url))) return;
    } else if (const Profile* profile = run_.profiles.find(url)) {
      if (run_.passes([&] { check(*profile, there, within); })) return;
    } else {
      undecided = true;
      run_.once("not-found", url, spot.place.text(), "the profile " + url + " is not loaded and not checked");
    }
  }
  if (undecided) return;
  std::string allowed;
  for (const std::string& url : rule.targets) allowed += (allowed.empty() ? "" : ", ") + url;
  run_.error("structure", spot.place.text(),
             "the target of this reference keeps to none of the profiles that are allowed here: " + allowed);
}

// Of a target that is not at hand the type alone is known, by the reference.
void Conform::target_type(const TypeRule& rule, const Spot& spot, std::string_view type) {
  if (type.empty()) return;
  std::string allowed;
  for (const std::string& url : rule.targets) {
    const bool base = is_base_type(run_.definitions, url);
    const Profile* profile = base ? nullptr : run_.profiles.find(url);
    if (!base && !profile) return;
    const std::string name = base ? std::string(last_step(url)) : profile->type;
    if (run_.definitions.derives(type, name)) return;
    allowed += (allowed.empty() ? "" : ", ") + name;
  }
  run_.error("structure", spot.place.text(),
             "a reference to " + allowed + " is expected by the profile, found one to " + std::string(type));
}

void Conform::values(const ProfileNode& node, const Spot& spot) {
  static const Value nothing;
  const Value& value = spot.value ? *spot.value : nothing;
  if (node.fixed && !equals_fixed(value, *node.fixed))
    run_.error("value", spot.place.text(), "the value must be " + shown(*node.fixed) + ", found " + shown(value));
  if (node.pattern && !matches_pattern(value, *node.pattern))
    run_.error("value", spot.place.text(), "the value must hold " + shown(*node.pattern) + ", found " + shown(value));
}

void Conform::limits(const ProfileNode& node, const Spot& spot) {
  if (!spot.value) return;
  if (node.max_length && spot.value->is_string() && characters(spot.value->text()) > *node.max_length)
    run_.error("too-long", spot.place.text(),
               "at most " + std::to_string(*node.max_length) + " characters are allowed, found " +
                   std::to_string(characters(spot.value->text())));
  const auto limit = [&](const Value* bound, std::string_view type, bool least) {
    if (!bound) return;
    const auto order =
        type == "Duration" ? against_now(*spot.value, *bound, run_.now, least) : compare(*spot.value, *bound);
    const std::string words = std::string(least ? "at least " : "at most ") + shown(*bound) +
                              (type == "Duration" ? least ? " before now" : " after now" : "");
    if (!order)
      run_.error("value", spot.place.text(),
                 "the value must be " + words + ", and cannot be compared with that: " + shown(*spot.value));
    else if (least ? *order < 0 : *order > 0)
      run_.error("value", spot.place.text(), "the value must be " + words + ", found " + shown(*spot.value));
  };
  limit(node.min_value, node.min_value_type, true);
  limit(node.max_value, node.max_value_type, false);
}

void Conform::binding(const ProfileNode& node, const Spot& spot) {
  if (node.value_set.empty() || !spot.value || node.strength < model::Strength::extensible) return;
  check_binding(run_, node.value_set, node.strength, spot);
}

}  // namespace fhir::validate
