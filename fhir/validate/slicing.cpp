// Conform: which slice an element belongs to.
#include <algorithm>
#include <deque>

#include "fhir/validate/conform.hpp"
#include "fhir/validate/pattern.hpp"

namespace fhir::validate {
namespace {

using json::Value;
using terminology::Answer;

// "coding.code" -> {coding, code}; a dot within brackets does not divide. $this alone is no step.
std::vector<std::string> steps_of(std::string_view path) {
  std::vector<std::string> steps;
  std::string step;
  int open = 0;
  for (const char c : path) {
    if (c == '(') ++open;
    if (c == ')') --open;
    if (c == '.' && open == 0) {
      steps.push_back(std::move(step));
      step.clear();
    } else {
      step += c;
    }
  }
  steps.push_back(std::move(step));
  std::erase_if(steps, [](const std::string& s) { return s == "$this" || s.empty(); });
  return steps;
}

// The argument of a step such as extension('url') or ofType(Quantity); empty for another step.
std::string argument(std::string_view step, std::string_view function) {
  if (!step.starts_with(function) || step.size() < function.size() + 2 || step[function.size()] != '(' ||
      !step.ends_with(')'))
    return {};
  std::string_view inner = step.substr(function.size() + 1, step.size() - function.size() - 2);
  if (inner.size() >= 2 && (inner.front() == '\'' || inner.front() == '"')) inner = inner.substr(1, inner.size() - 2);
  return std::string(inner);
}

// What a slice says of the place a discriminator names. Where the fixed or pattern value stands above that place,
// `within` are the steps from there on.
struct Expectation {
  const ProfileNode* node = nullptr;
  const Value* value = nullptr;
  bool whole = false;  // fixed, not a pattern
  std::string url;     // of an extension, known by its profile
};

// The values at a path within a fixed or pattern value.
void collect(const Value& value, const std::vector<std::string>& steps, std::size_t from,
             std::vector<const Value*>& out) {
  if (value.is_array()) {
    for (const Value& item : value.elements()) collect(item, steps, from, out);
  } else if (from == steps.size()) {
    out.push_back(&value);
  } else if (const Value* member = value.find(steps[from])) {
    collect(*member, steps, from + 1, out);
  }
}

class Finder {
 public:
  Finder(Run& run, const std::vector<std::string>& steps) : run_(run), steps_(steps) {}

  // Every expectation along the path: usually one.
  std::vector<Expectation> find(const ProfileNode& slice) {
    walk(slice, 0);
    return std::move(out_);
  }

 private:
  void walk(const ProfileNode& node, std::size_t at) {
    for (const Value* value : {node.fixed, node.pattern}) {
      if (!value) continue;
      std::vector<const Value*> inner;
      collect(*value, steps_, at, inner);
      for (const Value* one : inner)
        out_.push_back({at == steps_.size() ? &node : nullptr, one, value == node.fixed, {}});
      if (!inner.empty()) return;
    }
    if (at == steps_.size()) return out_.push_back({&node, nullptr, false, {}});
    const std::string& step = steps_[at];
    if (step == "url")
      for (const TypeRule& type : node.types)
        if (type.code == "Extension" && type.profiles.size() == 1)
          return out_.push_back({nullptr, nullptr, false, type.profiles[0]});
    if (step == "resolve()" || !argument(step, "ofType").empty()) return through(node, at);
    if (const std::string url = argument(step, "extension"); !url.empty()) {
      if (const ProfileNode* extensions = node.child("extension"))
        for (const auto& extension : extensions->slices)
          if (!extension->types.empty() && !extension->types[0].profiles.empty() &&
              extension->types[0].profiles[0] == url)
            return walk(*extension, at + 1);
      return;
    }
    if (const ProfileNode* child = node.child(step)) {
      if (child->slices.size() == 1 && !child->fixed && !child->pattern) walk(*child->slices.front(), at + 1);
      if (!out_.empty() && out_.back().value) return;
      return walk(*child, at + 1);
    }
    into_profiles(node, at);
  }

  // The slice says nothing itself; the profile of its type may.
  void into_profiles(const ProfileNode& node, std::size_t at) {
    for (const TypeRule& type : node.types)
      for (const std::string& url : type.profiles)
        if (const Profile* profile = run_.profiles.find(url)) {
          if (node_depth_++ < 8) walk(profile->root, at);
          return;
        }
  }

  void through(const ProfileNode& node, std::size_t at) {
    if (at + 1 == steps_.size()) return out_.push_back({&node, nullptr, false, {}});
    if (steps_[at] != "resolve()") return walk(node, at + 1);
    for (const TypeRule& type : node.types)
      for (const std::string& url : type.targets)
        if (const Profile* profile = run_.profiles.find(url)) return walk(profile->root, at + 1);
  }

  Run& run_;
  const std::vector<std::string>& steps_;
  std::vector<Expectation> out_;
  int node_depth_ = 0;
};

}  // namespace

Slicing Conform::slicing_of(const Profile& profile, const ProfileNode& node, const Path& path) {
  Slicing slicing;
  if (node.slicing) slicing = *node.slicing;
  else if (const ProfileNode* above = run_.profiles.inherited(profile, path)) slicing = *above->slicing;
  if (!slicing.discriminators.empty()) return slicing;
  if (node.name == "extension" || node.name == "modifierExtension") slicing.discriminators.push_back({"value", "url"});
  else if (node.choice) slicing.discriminators.push_back({"type", "$this"});
  return slicing;
}

bool Conform::belongs(const ProfileNode& slice, const Slicing& slicing, const Spot& spot, const Context& context) {
  if (slicing.discriminators.empty())
    return run_.passes([&] {
      Profile bare;
      Path path;
      element(bare, slice, spot, context, path);
    });
  return std::all_of(slicing.discriminators.begin(), slicing.discriminators.end(),
                     [&](const Discriminator& by) { return discriminated(by, slice, spot, context); });
}

bool Conform::discriminated(const Discriminator& by, const ProfileNode& slice, const Spot& spot,
                            const Context& context) {
  const std::vector<std::string> steps = steps_of(by.path);
  const std::vector<Expectation> expected = Finder(run_, steps).find(slice);
  const std::vector<Spot> found = reached(spot, steps, context);
  if (by.type == "exists") {
    for (const Expectation& e : expected) {
      if (!e.node) continue;
      if (e.node->max && *e.node->max == 0) return found.empty();
      if (e.node->min && *e.node->min > 0) return !found.empty();
    }
    return true;
  }
  const auto any = [&](auto fits) { return std::any_of(found.begin(), found.end(), fits); };
  for (const Expectation& e : expected) {
    if (e.value) {
      if (!any([&](const Spot& s) {
            return s.value && (e.whole ? equals_fixed(*s.value, *e.value) : matches_pattern(*s.value, *e.value));
          }))
        return false;
    } else if (!e.url.empty()) {
      if (!any([&](const Spot& s) {
            return s.value && s.value->text() == std::string_view(e.url).substr(0, e.url.find('|'));
          }))
        return false;
    } else if (!e.node) {
      continue;
    } else if (by.type == "type") {
      const auto fits = [&](const Spot& s) {
        const std::string_view type = s.value && s.value->is_object() && s.value->find("resourceType")
                                          ? s.value->text("resourceType")
                                      : s.type ? std::string_view(s.type->name)
                                               : std::string_view();
        const bool reference = !steps.empty() && steps.back() == "resolve()";
        return std::any_of(e.node->types.begin(), e.node->types.end(), [&](const TypeRule& rule) {
          if (!reference) return run_.definitions.derives(type, rule.code);
          return std::any_of(rule.targets.begin(), rule.targets.end(), [&](const std::string& url) {
            const Profile* profile = run_.profiles.find(url);
            return run_.definitions.derives(type, profile ? std::string_view(profile->type) : last_step(url));
          });
        });
      };
      if (!any(fits)) return false;
    } else if (by.type == "profile") {
      const auto fits = [&](const Spot& s) {
        return std::any_of(e.node->types.begin(), e.node->types.end(), [&](const TypeRule& rule) {
          const auto& urls = !steps.empty() && steps.back() == "resolve()" ? rule.targets : rule.profiles;
          return std::any_of(urls.begin(), urls.end(), [&](const std::string& url) {
            const Profile* profile = run_.profiles.find(url);
            if (!profile) return s.type && run_.definitions.derives(s.type->name, last_step(url));
            const Context within =
                s.value && s.value->find("resourceType") ? Context{s.value, s.value, context.bundle} : context;
            return run_.passes([&] { check(*profile, s, within); });
          });
        });
      };
      if (!any(fits)) return false;
    } else if (e.node->strength == model::Strength::required && run_.known.terminology().has_set(e.node->value_set)) {
      const auto fits = [&](const Spot& s) {
        const auto& terminology = run_.known.terminology();
        if (!s.value) return false;
        if (s.value->is_string()) return terminology.in_set(e.node->value_set, {}, s.value->text()) == Answer::yes;
        const auto in = [&](const Value& c) {
          return terminology.in_set(e.node->value_set, c.text("system"), c.text("code")) == Answer::yes;
        };
        const auto codings = (*s.value)["coding"].elements();
        return s.value->find("coding") ? std::any_of(codings.begin(), codings.end(), in) : in(*s.value);
      };
      if (!any(fits)) return false;
    } else if (e.node->max && *e.node->max == 0) {
      if (!found.empty()) return false;
    }
  }
  return true;
}

std::vector<Spot> Conform::reached(const Spot& spot, const Path& steps, const Context& context) {
  static const Place anywhere{};
  std::vector<Spot> now{spot}, next;
  for (const std::string& step : steps) {
    next.clear();
    for (const Spot& at : now) {
      if (step == "resolve()") {
        const std::string_view reference = !at.value               ? std::string_view()
                                           : at.value->is_string() ? at.value->text()
                                                                   : at.value->text("reference");
        if (const Value* target = run_.resolve(reference, context))
          next.push_back({target, nullptr, run_.definitions.type(target->text("resourceType")), nullptr,
                          Place{nullptr, target->text("resourceType")}});
        continue;
      }
      if (const std::string type = argument(step, "ofType"); !type.empty()) {
        if (at.type && run_.definitions.derives(at.type->name, type)) next.push_back(at);
        continue;
      }
      const std::string url = argument(step, "extension");
      const Value* object = at.value && at.value->is_object() ? at.value : at.companion;
      if (!object) continue;
      const model::Children* content = at.element && at.element->backbone ? at.element->backbone : at.type;
      if (object->find("resourceType")) content = run_.definitions.type(object->text("resourceType"));
      for (Spot& child : spots_of(*object, content, url.empty() ? std::string_view(step) : "extension", anywhere)) {
        if (!url.empty() && child.value->text("url") != url) continue;
        child.place = Place{nullptr, child.type ? std::string_view(child.type->name) : std::string_view(step)};
        next.push_back(child);
      }
    }
    std::swap(now, next);
  }
  return now;
}

}  // namespace fhir::validate
