#include "fhir/terminology/terminology.hpp"

#include <algorithm>
#include <array>

namespace fhir::terminology {
namespace {

using json::Value;

std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view without_version(std::string_view canonical) { return canonical.substr(0, canonical.find('|')); }

Answer either(Answer a, Answer b) {
  if (a == Answer::yes || b == Answer::yes) return Answer::yes;
  return a == Answer::unknown || b == Answer::unknown ? Answer::unknown : Answer::no;
}

Answer both(Answer a, Answer b) {
  if (a == Answer::no || b == Answer::no) return Answer::no;
  return a == Answer::unknown || b == Answer::unknown ? Answer::unknown : Answer::yes;
}

Answer answer(bool truth) { return truth ? Answer::yes : Answer::no; }

bool in_expansion(const Value& contains, std::string_view system, std::string_view code) {
  return std::any_of(contains.elements().begin(), contains.elements().end(), [&](const Value& entry) {
    const bool here = entry.text("code") == code && (system.empty() || entry.text("system") == system) &&
                      !entry["abstract"].boolean();
    return here || in_expansion(entry["contains"], system, code);
  });
}

// The values of a property of a concept as text.
bool has_property(const Value& concept_value, std::string_view code, std::string_view wanted) {
  for (const Value& property : concept_value["property"].elements()) {
    if (property.text("code") != code) continue;
    for (const json::Member& member : property.members()) {
      if (!member.name.starts_with("value")) continue;
      const std::string_view text = member.value.is_boolean()  ? (member.value.boolean() ? "true" : "false")
                                    : member.value.is_object() ? member.value.text("code")
                                                               : member.value.text();
      if (text == wanted) return true;
    }
  }
  return false;
}

bool listed(std::string_view list, std::string_view word) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (list.substr(0, comma) == word) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

void Terminology::add(const Value& resource) {
  const std::string url(resource.text("url"));
  if (url.empty()) return;
  if (resource.text("resourceType") == "ValueSet") {
    sets_[url] = &resource;
    if (const std::string_view version = resource.text("version"); !version.empty())
      sets_[url + '|' + std::string(version)] = &resource;
  } else if (resource.text("resourceType") == "CodeSystem" && resource.text("content") != "supplement") {
    System& system = systems_[url] = {};
    system.complete = resource.text("content") == "complete";
    const Value* case_sensitive = resource.find("caseSensitive");
    system.folded = case_sensitive && case_sensitive->is_boolean() && !case_sensitive->boolean();
    add_concepts(system, resource["concept"], {});
  }
}

void Terminology::add_concepts(System& system, const Value& list, std::string_view parent) {
  for (const Value& entry : list.elements()) {
    std::string_view code = entry.text("code");
    if (system.folded) code = texts_.emplace_back(folded(code));
    Concept& item = system.concepts[code];
    item.value = &entry;
    if (!parent.empty()) item.parents.push_back(parent);
    for (const Value& property : entry["property"].elements())
      if (const auto name = property.text("code"); name == "subsumedBy" || name == "parent")
        item.parents.push_back(property.text("valueCode"));
    add_concepts(system, entry["concept"], code);
  }
}

const Terminology::System* Terminology::system(std::string_view url) const {
  const auto it = systems_.find(std::string(without_version(url)));
  return it == systems_.end() ? nullptr : &it->second;
}

const Value* Terminology::set(std::string_view canonical) const {
  auto it = sets_.find(std::string(canonical));
  if (it == sets_.end()) it = sets_.find(std::string(without_version(canonical)));
  return it == sets_.end() ? nullptr : it->second;
}

bool Terminology::has_system(std::string_view url) const {
  const System* found = system(url);
  return found && found->complete;
}

bool Terminology::has_set(std::string_view canonical) const {
  return set(canonical) || definitions_.value_set(without_version(canonical));
}

const Terminology::Concept* Terminology::find(const System& system, std::string_view code) const {
  const auto it = system.folded ? system.concepts.find(folded(code)) : system.concepts.find(code);
  return it == system.concepts.end() ? nullptr : &it->second;
}

Answer Terminology::in_system(std::string_view url, std::string_view code) const {
  const System* found = system(url);
  if (!found) return Answer::unknown;
  if (find(*found, code)) return Answer::yes;
  return found->complete ? Answer::no : Answer::unknown;
}

std::vector<std::string_view> Terminology::displays(std::string_view url, std::string_view code) const {
  std::vector<std::string_view> out;
  const System* found = system(url);
  const Concept* item = found ? find(*found, code) : nullptr;
  if (!item) return out;
  if (const std::string_view display = item->value->text("display"); !display.empty()) out.push_back(display);
  for (const Value& designation : (*item->value)["designation"].elements()) out.push_back(designation.text("value"));
  return out;
}

Answer Terminology::in_set(std::string_view canonical, std::string_view system, std::string_view code) const {
  Walk walk;
  return in_set(canonical, system, code, walk);
}

Answer Terminology::in_set(std::string_view canonical, std::string_view system, std::string_view code,
                           Walk& walk) const {
  if (walk.depth > deepest || ++walk.looked_at > most_looked_at) return Answer::unknown;
  const Value* known = set(canonical);
  if (!known) {
    const model::ValueSet* base = definitions_.value_set(without_version(canonical));
    if (!base) return Answer::unknown;
    return answer(system.empty() ? base->codes.contains(code) : base->contains(system, code));
  }
  return in_resource(*known, system, code, walk);
}

Answer Terminology::in_resource(const Value& value_set, std::string_view system, std::string_view code) const {
  Walk walk;
  return in_resource(value_set, system, code, walk);
}

Answer Terminology::in_resource(const Value& value_set, std::string_view system, std::string_view code,
                                Walk& walk) const {
  if (const Value* compose = value_set.find("compose")) return in_compose(*compose, system, code, walk);
  if (const Value* expansion = value_set.find("expansion"))
    return answer(in_expansion((*expansion)["contains"], system, code));
  return Answer::unknown;
}

Answer Terminology::in_compose(const Value& compose, std::string_view system, std::string_view code, Walk& walk) const {
  Answer included = Answer::no, excluded = Answer::no;
  for (const Value& part : compose["include"].elements())
    included = either(included, in_part(part, system, code, walk));
  if (included == Answer::no) return included;
  for (const Value& part : compose["exclude"].elements())
    excluded = either(excluded, in_part(part, system, code, walk));
  if (excluded == Answer::yes) return Answer::no;
  return excluded == Answer::unknown ? Answer::unknown : included;
}

Answer Terminology::in_part(const Value& part, std::string_view system, std::string_view code, Walk& walk) const {
  Answer result = Answer::yes;
  if (const std::string_view wanted = part.text("system"); !wanted.empty()) {
    if (!system.empty() && system != wanted) return Answer::no;
    result = in_system_part(part, code);
  }
  ++walk.depth;
  for (const Value& other : part["valueSet"].elements())
    result = both(result, in_set(other.text(), system, code, walk));
  --walk.depth;
  return result;
}

Answer Terminology::in_system_part(const Value& part, std::string_view code) const {
  const System* known = system(part.text("system"));
  if (const Value* list = part.find("concept")) {
    const bool fold = known && known->folded;
    return answer(std::any_of(list->elements().begin(), list->elements().end(), [&](const Value& entry) {
      return entry.text("code") == code || (fold && folded(entry.text("code")) == folded(code));
    }));
  }
  Answer result = in_system(part.text("system"), code);
  for (const Value& filter : part["filter"].elements())
    result = both(result, known ? passes(*known, filter, code) : Answer::unknown);
  return result;
}

bool Terminology::below(const System& system, std::string_view code, std::string_view ancestor) const {
  std::vector<std::string_view> open{code}, seen;
  while (!open.empty()) {
    const Concept* item = find(system, open.back());
    open.pop_back();
    if (!item) continue;
    for (const std::string_view parent : item->parents) {
      if (parent == ancestor) return true;
      if (std::find(seen.begin(), seen.end(), parent) != seen.end()) continue;
      seen.push_back(parent);
      open.push_back(parent);
    }
  }
  return false;
}

Answer Terminology::passes(const System& system, const Value& filter, std::string_view code) const {
  const std::string_view property = filter.text("property"), op = filter.text("op"), value = filter.text("value");
  const Concept* item = find(system, code);
  if (!item) return system.complete ? Answer::no : Answer::unknown;
  if (property == "concept" || property == "code") {
    if (op == "is-a") return answer(code == value || below(system, code, value));
    if (op == "descendent-of") return answer(below(system, code, value));
    if (op == "is-not-a") return answer(code != value && !below(system, code, value));
    if (op == "=") return answer(code == value);
    if (op == "in") return answer(listed(value, code));
    if (op == "not-in") return answer(!listed(value, code));
    return Answer::unknown;
  }
  if (op == "=") return answer(has_property(*item->value, property, value));
  return Answer::unknown;
}

}  // namespace fhir::terminology
