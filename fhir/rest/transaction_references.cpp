// References among the entries of a transaction and from them to what is stored, moved to where the resources will be.
// Source: FHIR R4 Bundle 2.36.4.1 (resolving references), RESTful API 3.1.0.11.2.
#include "fhir/rest/transaction.hpp"

namespace fhir::rest {
namespace {

// "http://example.org/fhir" of "http://example.org/fhir/Patient/1"; empty when the url is no such place.
std::string root_of(const model::Definitions& definitions, const std::string& full_url) {
  if (!full_url.starts_with("http")) return {};
  const std::size_t id = full_url.rfind('/');
  if (id == std::string::npos || id == 0) return {};
  const std::size_t type = full_url.rfind('/', id - 1);
  if (type == std::string::npos || !definitions.is_resource(std::string_view(full_url).substr(type + 1, id - type - 1)))
    return {};
  return full_url.substr(0, type);
}

std::string place(const core::store::Key& key) { return key.type + '/' + key.id; }

core::Error unknown_entry(std::string_view reference) {
  return core::invalid("refers to '" + std::string(reference.substr(0, 80)) +
                       "', which is the fullUrl of no entry of this Bundle that stays.");
}

}  // namespace

void Transaction::note_places() {
  for (const Step& step : steps_) {
    if (step.key.id.empty() || step.act == Step::Act::remove || step.act == Step::Act::read) continue;
    if (!step.entry.full_url.empty()) places_.emplace(step.entry.full_url, &step);
    const bool named_by_id =
        step.entry.full_url.empty() || root_of(exchange_.engine.definitions(), step.entry.full_url).empty();
    if (step.entry.full_url.empty() && named_by_id && step.entry.resource != nullptr) {
      const std::string_view id = step.entry.resource->text("id");
      if (!id.empty()) places_.emplace(step.target.type + '/' + std::string(id), &step);
    }
  }
}

std::optional<std::string> Transaction::moved(std::string_view reference, const std::string& root) const {
  constexpr std::string_view history = "/_history/";
  const std::size_t versioned = reference.find(history);
  const std::string bare(reference.substr(0, versioned));
  auto found = places_.find(bare);
  if (found == places_.end() && !root.empty()) found = places_.find(root + '/' + bare);
  if (found == places_.end()) return std::nullopt;
  const Step& step = *found->second;
  if (versioned == std::string_view::npos) return place(step.key);
  const bool fresh = step.act == Step::Act::put && step.entry.request.method == "POST";
  return place(step.key) + std::string(history) +
         (fresh ? "1" : std::string(reference.substr(versioned + history.size())));
}

Transaction::Done Transaction::move_references() {
  note_places();
  const model::Definitions& definitions = exchange_.engine.definitions();
  Conditional conditional(exchange_, view_);
  std::set<std::string> wanted;  // types that conditional references name
  for (Step& step : steps_)
    if (step.act == Step::Act::put)
      each_reference(*step.document, *step.resource, [&](std::string_view reference) -> std::optional<std::string> {
        if (is_conditional(definitions, reference)) wanted.emplace(reference.substr(0, reference.find('?')));
        return std::nullopt;
      });
  for (const Step& step : steps_)
    if (step.act == Step::Act::put && wanted.contains(step.key.type))
      conditional.offer({step.key, exchange_.engine.index().rows(*step.resource)});
  for (Step& step : steps_) {
    if (step.act != Step::Act::put) continue;
    const std::string root = root_of(definitions, step.entry.full_url);
    std::optional<core::Error> failure;
    each_reference(*step.document, *step.resource, [&](std::string_view reference) -> std::optional<std::string> {
      if (failure || reference.empty() || reference.front() == '#') return std::nullopt;
      if (!is_conditional(definitions, reference)) {
        auto place = moved(reference, root);
        // Such a name means nothing outside this Bundle; a Bundle that is stored may have entries of its own.
        if (!place && reference.starts_with("urn:uuid:") && step.key.type != "Bundle") failure = unknown_entry(reference);
        return place;
      }
      auto resolved = conditional.resolve(reference);
      if (resolved) return *resolved;
      failure = resolved.error();
      return std::nullopt;
    });
    if (failure) return at(step, *failure);
    replace_uris(definitions, *step.document, *step.resource,
                 [&](std::string_view uri) { return uri.starts_with("urn:") ? moved(uri, {}) : std::nullopt; });
  }
  return core::Done{};
}

}  // namespace fhir::rest
