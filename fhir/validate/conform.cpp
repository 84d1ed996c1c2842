#include "fhir/validate/conform.hpp"

#include <algorithm>

namespace fhir::validate {
namespace {

constexpr int deepest = 60;  // of profiles within profiles

std::string times(std::uint32_t count) { return count == UINT32_MAX ? "any number" : std::to_string(count); }

}  // namespace

void Conform::check(const Profile& profile, const Spot& spot, const Context& context) {
  if (depth_ >= deepest || !spot.value) return;
  ++depth_;
  const std::string_view type = spot.value->text("resourceType").empty() && spot.type
                                    ? std::string_view(spot.type->name)
                                    : spot.value->text("resourceType");
  if (type != profile.type && !run_.definitions.derives(type, profile.type)) {
    run_.error("structure", spot.place.text(),
               "the profile " + profile.url + " is for " + profile.type + ", and this is " + std::string(type));
  } else {
    if (!profile.from_snapshot && !profile.base.empty()) {
      if (const Profile* base = run_.profiles.find(profile.base)) check(*base, spot, context);
      else
        run_.once(
            "not-found", profile.base, spot.place.text(),
            "the profile " + profile.base + ", on which " + profile.url + " builds, is not loaded and not checked");
    }
    Path path;
    for (const Rule& rule : profile.root.rules) run_.invariant(rule.invariant, rule.human, spot, context);
    level(profile, profile.root, spot, context, path);
  }
  --depth_;
}

void Conform::level(const Profile& profile, const ProfileNode& node, const Spot& spot, const Context& context,
                    Path& path) {
  if (node.children.empty()) return;
  static const json::Value nothing;
  const json::Value& object = spot.value && spot.value->is_object() ? *spot.value
                              : spot.companion                      ? *spot.companion
                                                                    : nothing;
  const model::Children* content = spot.element && spot.element->backbone ? spot.element->backbone : spot.type;
  if (object.find("resourceType")) content = run_.definitions.type(object.text("resourceType"));
  for (const auto& child : node.children) {
    path.push_back(child->name);
    occurrences(profile, *child, spots_of(object, content, child->name, spot.place), spot, context, path);
    path.pop_back();
  }
}

void Conform::occurrences(const Profile& profile, const ProfileNode& node, const std::vector<Spot>& found,
                          const Spot& parent, const Context& context, Path& path) {
  count(node, found.size(), parent);
  for (const Spot& spot : found) element(profile, node, spot, context, path);
  if (!node.slices.empty() || node.slicing) slices(profile, node, found, parent, context, path);
}

void Conform::count(const ProfileNode& node, std::size_t found, const Spot& parent) {
  const std::string name = node.slice.empty() ? node.name : node.name + ':' + node.slice;
  if (node.min && found < *node.min)
    run_.error("structure", parent.place.text(),
               name + ": at least " + times(*node.min) + " expected, found " + std::to_string(found));
  if (node.max && found > *node.max)
    run_.error("structure", parent.place.text(),
               name + ": at most " + times(*node.max) + " allowed, found " + std::to_string(found));
}

void Conform::slices(const Profile& profile, const ProfileNode& node, const std::vector<Spot>& found,
                     const Spot& parent, const Context& context, Path& path) {
  const Slicing slicing = slicing_of(profile, node, path);
  std::vector<std::size_t> counts(node.slices.size());
  std::size_t newest = 0;
  bool unmatched_seen = false;
  for (const Spot& spot : found) {
    std::size_t at = 0;
    while (at < node.slices.size() && !belongs(*node.slices[at], slicing, spot, context)) ++at;
    if (at == node.slices.size()) {
      unmatched_seen = true;
      if (slicing.rules == "closed")
        run_.error("structure", spot.place.text(),
                   "this belongs to none of the slices of " + node.name + " that " + profile.url + " allows");
      continue;
    }
    if (unmatched_seen && slicing.rules == "openAtEnd")
      run_.error("structure", spot.place.text(), "the slices of " + node.name + " must come before anything else");
    if (slicing.ordered && at < newest)
      run_.error("structure", spot.place.text(), "the slices of " + node.name + " are not in their order");
    newest = std::max(newest, at);
    ++counts[at];
    element(profile, *node.slices[at], spot, context, path);
  }
  for (std::size_t i = 0; i < counts.size(); ++i) count(*node.slices[i], counts[i], parent);
}

void Conform::element(const Profile& profile, const ProfileNode& node, const Spot& spot, const Context& context,
                      Path& path) {
  types(node, spot, context);
  values(node, spot);
  limits(node, spot);
  binding(node, spot);
  for (const Rule& rule : node.rules) run_.invariant(rule.invariant, rule.human, spot, context);
  const bool other_resource = spot.value && spot.value->is_object() && spot.value->find("resourceType");
  level(profile, node, spot, other_resource ? inside(spot, context) : context, path);
}

std::vector<Spot> spots_of(const json::Value& object, const model::Children* content, std::string_view name,
                           const Place& parent) {
  std::vector<Spot> found;
  const auto add = [&](const json::Value* value, const json::Value* companion, const model::Named& named) {
    const bool choice = named.element && named.element->choice;
    const Place place{&parent, name, choice && named.type ? std::string_view(named.type->code) : std::string_view()};
    const model::Type* type = named.type ? named.type->type : nullptr;
    const json::Value* list = value ? value : companion;
    if (!list->is_array()) return found.push_back({value, companion, type, named.element, place});
    for (std::size_t i = 0; i < list->size(); ++i) {
      const json::Value* item = value ? &value->elements()[i] : nullptr;
      const json::Value* beside = companion && i < companion->size() ? &companion->elements()[i] : nullptr;
      if (item && item->is_null()) item = nullptr;
      if (beside && beside->is_null()) beside = nullptr;
      if (item || beside) found.push_back({item, beside, type, named.element, place.at(static_cast<int>(i))});
    }
  };
  for (const json::Member& member : object.members()) {
    const bool underscore = member.name.starts_with('_');
    const std::string_view plain = underscore ? member.name.substr(1) : member.name;
    const model::Named* named = content ? content->find(plain) : nullptr;
    if (named ? named->element->name != name : plain != name) continue;
    if (underscore && object.find(plain)) continue;
    const json::Value* companion = underscore ? &member.value : object.find('_' + std::string(plain));
    add(underscore ? nullptr : &member.value, companion, named ? *named : model::Named{});
  }
  return found;
}

}  // namespace fhir::validate
