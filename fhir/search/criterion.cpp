#include "fhir/search/criterion.hpp"

#include <algorithm>

#include "fhir/search/value.hpp"
#include "fhir/search/words.hpp"

namespace fhir::search {

using core::store::Criterion;
using core::store::RowKind;
using model::SearchParameter;

namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

// A parameter of the same letters in another case, or nothing.
std::string meant(const Scope& scope, std::string_view code) {
  const std::string wanted = lower(code);
  for (const SearchParameter* parameter : scope.index.parameters(
           scope.types.empty() ? std::string_view("Resource") : scope.types.front()))
    if (lower(parameter->code) == wanted) return parameter->code;
  for (const std::string_view name :
       {"_sort", "_count", "_include", "_revinclude", "_summary", "_elements", "_total", "_has", "_filter", "_list",
        "_type", "_contained", "_format", "_pretty", "_explain", "_text", "_content"})
    if (lower(name) == wanted) return std::string(name);
  return {};
}

core::Error unknown(const Scope& scope, std::string_view code, std::string_view name) {
  std::string text = "no search parameter " + quoted(code) + " for ";
  text += scope.types.empty()      ? "a search over all types"
          : scope.types.size() > 3 ? "these types"
                                   : joined(scope.types);
  if (const std::string hint = meant(scope, code); !hint.empty() && hint != code)
    text += "; did you mean " + quoted(hint) + "?";
  return {core::Kind::not_found, text, std::string(name)};
}

core::Result<Criterion> missing_from(const Found& found, std::string_view name, std::string_view value) {
  if (value != "true" && value != "false")
    return core::invalid(":missing takes true or false, not " + quoted(value), std::string(name));
  Criterion criterion;
  criterion.form = Criterion::Form::missing;
  criterion.param = found.parameter->code;
  criterion.kind = found.type->kind;
  criterion.missing = value == "true";
  return criterion;
}

core::Result<core::Done> check_modifier(const Scope& scope, const Found& found, std::string_view modifier,
                                        std::string_view name) {
  if (modifier.empty() ||
      std::find(found.type->modifiers.begin(), found.type->modifiers.end(), modifier) != found.type->modifiers.end())
    return core::Done{};
  const bool is_type = scope.index.definitions().is_resource(modifier);
  if (found.type->kind != RowKind::reference || !is_type)
    return core::invalid(
        "a parameter of type " + std::string(found.type->name) + " has no modifier :" + std::string(modifier),
        std::string(name));
  if (!found.targets.empty() && std::find(found.targets.begin(), found.targets.end(), modifier) == found.targets.end())
    return core::invalid(quoted(found.parameter->code) + " never refers to " + std::string(modifier) + ", only to " +
                             joined(found.targets),
                         std::string(name));
  return core::Done{};
}

core::Result<Criterion> id_from(std::string_view name, std::string_view modifier, std::string_view value) {
  Criterion criterion;
  criterion.form = Criterion::Form::id;
  criterion.param = "_id";
  if (modifier == "missing") {
    if (value != "true" && value != "false") return core::invalid(":missing takes true or false", std::string(name));
    criterion.negate = value == "false";  // every resource has an id
    return criterion;
  }
  if (!modifier.empty() && modifier != "not")
    return core::invalid("_id has no modifier :" + std::string(modifier), std::string(name));
  criterion.negate = modifier == "not";
  for (const std::string_view id : split(value, ','))
    if (!id.empty()) criterion.ids.push_back(unescaped(id));
  return criterion;
}

core::Result<Criterion> text_from(std::string_view name, std::string_view code, std::string_view modifier,
                                  std::string_view value) {
  if (!modifier.empty()) return core::invalid(quoted(code) + " has no modifier :" + std::string(modifier), std::string(name));
  Criterion criterion;
  criterion.form = Criterion::Form::words;
  criterion.param = code;
  criterion.kind = RowKind::string;
  for (const std::string_view alternative : split(value, ',')) {
    if (alternative.empty()) continue;
    auto asked = words_asked(name, unescaped(alternative));
    if (!asked) return asked.error();
    for (core::store::Term& term : *asked) criterion.any.push_back(std::move(term));
  }
  return criterion;
}

}  // namespace

bool is_blank(std::string_view value) {
  const auto parts = split(value, ',');
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); });
}

void touch(std::vector<std::string>& touched, const std::vector<std::string>& types) {
  const auto add = [&](const std::string& type) {
    if (std::find(touched.begin(), touched.end(), type) == touched.end()) touched.push_back(type);
  };
  constexpr std::size_t many = 40;
  if (types.empty() || types.size() > many) return add("*");
  for (const std::string& type : types) add(type);
}

Criterion never() {
  Criterion criterion;
  criterion.form = Criterion::Form::id;
  criterion.param = "_id";
  return criterion;
}

std::vector<std::string> targets_of(const SearchParameter& parameter) {
  if (parameter.code == "patient") return {"Patient"};  // the expressions keep nothing else, whatever the list says
  return parameter.targets;
}

core::Result<Found> find(const Scope& scope, std::string_view code, std::string_view name) {
  static const std::vector<std::string> any{"Resource"};
  Found found;
  bool open = false;  // some type's references lead anywhere
  for (const std::string& type : scope.types.empty() ? any : scope.types) {
    const SearchParameter* parameter = scope.index.parameter(type, code);
    if (parameter == nullptr) return unknown(scope, code, name);
    if (const std::string_view waits = scope.index.waits(type, code); !waits.empty())
      return core::unsupported("the search parameter " + quoted(code) + " of " + type + " cannot be used yet: " +
                                   std::string(waits),
                               std::string(name));
    if (!scope.index.supports(type == "Resource" ? "Basic" : type, code))
      return core::unsupported("the search parameter " + quoted(code) + " of " + type + " is not offered",
                               std::string(name));
    if (found.parameter != nullptr && found.parameter->type != parameter->type)
      return core::invalid(quoted(code) + " is not of the same type for all types searched", std::string(name));
    if (found.parameter == nullptr) found.parameter = parameter;
    const auto targets = targets_of(*parameter);
    open = open || targets.empty();
    for (const std::string& target : targets)
      if (std::find(found.targets.begin(), found.targets.end(), target) == found.targets.end())
        found.targets.push_back(target);
  }
  if (open) found.targets.clear();
  found.type = type_of(found.parameter->type);
  if (found.type == nullptr)
    return core::unsupported("the search parameter " + quoted(code) + " is not offered as a plain value",
                             std::string(name));
  return found;
}

core::Result<Criterion> rows_from(const Scope& scope, const Found& found, std::string_view name,
                                  std::string_view modifier, std::string_view value) {
  if (modifier == "missing") return missing_from(found, name, value);
  if (auto done = check_modifier(scope, found, modifier, name); !done) return done.error();
  Criterion criterion;
  criterion.param = found.parameter->code;
  criterion.kind = found.type->kind;
  criterion.negate = modifier == "not" || modifier == "not-in";
  if (criterion.param == "_lastUpdated") criterion.form = Criterion::Form::updated;
  const Asked asked{scope.index, scope.context, *found.parameter, std::string(name), modifier, found.targets};
  for (const std::string_view alternative : split(value, ',')) {
    if (alternative.empty()) continue;
    if (auto done = found.type->terms(asked, alternative, criterion.any); !done) return done.error();
  }
  if (!criterion.any.empty()) return criterion;
  Criterion none = never();  // an empty value set, say: nothing is in it
  none.negate = criterion.negate;
  return none;
}

core::Result<Criterion> criterion_from(const Scope& scope, std::string_view name, std::string_view value) {
  if (scope.depth > most_hops)
    return core::invalid("more than " + std::to_string(most_hops) + " hops or nested filters", std::string(name));
  if (name.substr(0, 5) == "_has:") return has_from(scope, name, value);
  if (name == "_filter") return filter_from(scope, value);
  if (name == "_list") return list_from(scope, name, value);
  if (name.find('.') != std::string_view::npos) return chain_from(scope, name, value);
  const std::size_t colon = name.find(':');
  const std::string_view code = name.substr(0, colon);
  const std::string_view modifier = colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
  if (colon != std::string_view::npos && modifier.empty())
    return core::invalid("a : without a modifier", std::string(name));
  if (code == "_id") return id_from(name, modifier, value);
  if (code == "_text" || code == "_content") return text_from(name, code, modifier, value);
  const auto found = find(scope, code, name);
  if (!found) return found.error();
  if (code == "_lastUpdated" && modifier == "missing")
    return id_from("_lastUpdated", modifier, value);  // it always has one
  return rows_from(scope, *found, name, modifier, value);
}

}  // namespace fhir::search
