#include "fhir/rest/reference.hpp"

#include <algorithm>

namespace fhir::rest {
namespace {

// A query of the bundle's own resources never leads elsewhere: chains do not match among them.
class Alone final : public core::store::Resolver {
 public:
  bool chain(const core::store::Criterion&, const core::store::Row&) override { return false; }
  bool has(const core::store::Criterion&, const core::store::Subject&) override { return false; }
};

core::Error unresolved(std::string_view reference, std::size_t count) {
  const std::string what = count == 0 ? "matches nothing" : "matches several resources";
  return {core::Kind::stale, "The conditional reference '" + std::string(reference) + "' " + what + '.', {}};
}

bool uri_type(std::string_view code) {
  return code == "uri" || code == "url" || code == "canonical" || code == "oid" || code == "uuid";
}

// Is there any URN beside those in Reference.reference? Most resources have none, and need no second look.
bool has_urn(const json::Value& value) {
  for (const json::Value& item : value.elements())
    if (item.is_string() ? item.text().starts_with("urn:") : has_urn(item)) return true;
  for (const json::Member& member : value.members()) {
    if (!member.value.is_string()) {
      if (has_urn(member.value)) return true;
    } else if (member.name == "div") {
      if (member.value.text().find("\"urn:") != std::string_view::npos) return true;
    } else if (member.name != "reference" && member.value.text().starts_with("urn:")) {
      return true;
    }
  }
  return false;
}

class UriReplacer {
 public:
  UriReplacer(const model::Definitions& definitions, json::Document& document, const Change& moved)
      : definitions_(definitions), document_(document), moved_(moved) {}

  void resource(json::Value& node) {
    const model::Type* type = definitions_.type(node.text("resourceType"));
    if (type == nullptr) return;
    for (json::Member& member : document_.members(node)) below(member.value, type->find(member.name));
  }

 private:
  void below(json::Value& value, const model::Type::Named* named) {
    if (value.is_array()) {
      for (json::Value& item : document_.elements(value)) below(item, named);
    } else if (value.is_object()) {
      object(value, named);
    } else if (value.is_string() && named != nullptr && named->type != nullptr) {
      if (uri_type(named->type->code)) {
        if (const auto replacement = moved_(value.text())) value = document_.string(*replacement);
      } else if (named->type->code == "xhtml") {
        narrative(value);
      }
    }
  }

  void object(json::Value& value, const model::Type::Named* named) {
    if (value.find("resourceType") != nullptr) return resource(value);
    for (json::Member& member : document_.members(value)) {
      if (member.value.kind() != json::Kind::string && !member.value.is_object() && !member.value.is_array()) continue;
      const model::Type::Named* child = nullptr;
      if (named != nullptr && named->element != nullptr && named->element->children != nullptr)
        child = model::find_child(*named->element, member.name);
      else if (named != nullptr && named->type != nullptr && named->type->type != nullptr)
        child = named->type->type->find(member.name);
      below(member.value, child);
    }
  }

  // href="urn:uuid:..." and src="...": the quoted text as a whole is the key.
  void narrative(json::Value& value) {
    std::string text(value.text());
    bool changed = false;
    for (const std::string_view attribute : {"href=", "src="}) {
      for (std::size_t at = text.find(attribute); at != std::string::npos; at = text.find(attribute, at + 1)) {
        const std::size_t open = at + attribute.size();
        const std::size_t close = open < text.size() ? text.find(text[open], open + 1) : std::string::npos;
        if (close == std::string::npos) break;
        const auto replacement = moved_(std::string_view(text).substr(open + 1, close - open - 1));
        if (!replacement) continue;
        text.replace(open + 1, close - open - 1, *replacement);
        changed = true;
      }
    }
    if (changed) value = document_.string(text);
  }

  const model::Definitions& definitions_;
  json::Document& document_;
  const Change& moved_;
};

}  // namespace

void each_reference(json::Document& document, json::Value& node, const Change& change) {
  if (node.is_array()) {
    for (json::Value& item : document.elements(node)) each_reference(document, item, change);
    return;
  }
  for (json::Member& member : document.members(node)) {
    if (member.value.is_object() || member.value.is_array()) {
      each_reference(document, member.value, change);
    } else if (member.name == "reference" && member.value.is_string()) {
      if (auto text = change(member.value.text())) member.value = document.string(*text);
    }
  }
}

void replace_uris(const model::Definitions& definitions, json::Document& document, json::Value& resource,
                  const Change& moved) {
  if (has_urn(resource)) UriReplacer(definitions, document, moved).resource(resource);
}

bool is_conditional(const model::Definitions& definitions, std::string_view reference) {
  const std::size_t mark = reference.find('?');
  return mark != std::string_view::npos && mark > 0 && definitions.is_resource(reference.substr(0, mark));
}

core::Result<std::vector<core::store::Record>> find_records(core::store::Snapshot& view, core::store::Query query,
                                                            std::size_t limit) {
  query.limit = limit;
  auto found = view.find(query);
  if (!found) return found.error();
  return view.load(found->matches);
}

core::Result<std::string> Conditional::resolve(std::string_view reference) {
  if (const auto known = known_.find(reference); known != known_.end()) return known->second;
  const std::size_t mark = reference.find('?');
  const std::string type(reference.substr(0, mark));
  const Engine& engine = exchange_.engine;
  auto query = search::criteria(engine.index(), type, reference.substr(mark + 1),
                                engine.search_context(search::Handling::strict, exchange_.caller()));
  if (!query) {
    query.error().message =
        "The conditional reference '" + std::string(reference) + "' cannot be used: " + query.error().message;
    return query.error();
  }
  std::vector<std::string> matches;
  Alone alone;
  if (const auto same = candidates_.find(type); same != candidates_.end())
    for (const Candidate& candidate : same->second)
      if (core::store::matches(query->all, {candidate.key.type, candidate.key.id, 0, candidate.rows}, alone))
        matches.push_back(type + '/' + candidate.key.id);
  auto records = find_records(view_, std::move(*query), 2);
  if (!records) return records.error();
  for (const core::store::Record& record : *records) {
    const std::string place = record.key.type + '/' + record.key.id;
    if (std::find(matches.begin(), matches.end(), place) == matches.end()) matches.push_back(place);
  }
  if (matches.size() != 1) return unresolved(reference, matches.size());
  return known_.emplace(std::string(reference), matches.front()).first->second;
}

core::Result<core::Done> resolve_conditional(Exchange& exchange, json::Value& resource) {
  const model::Definitions& definitions = exchange.engine.definitions();
  std::unique_ptr<core::store::Snapshot> view;
  std::optional<Conditional> conditional;
  std::optional<core::Error> failure;
  each_reference(*exchange.document, resource, [&](std::string_view reference) -> std::optional<std::string> {
    if (failure || !is_conditional(definitions, reference)) return std::nullopt;
    if (!conditional) {
      auto opened = exchange.engine.view(exchange.caller());
      if (!opened) {
        failure = opened.error();
        return std::nullopt;
      }
      view = std::move(*opened);
      conditional.emplace(exchange, *view);
    }
    auto place = conditional->resolve(reference);
    if (place) return *place;
    failure = place.error();
    return std::nullopt;
  });
  if (failure) return *failure;
  return core::Done{};
}

}  // namespace fhir::rest
