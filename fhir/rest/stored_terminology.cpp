#include "fhir/rest/stored_terminology.hpp"

#include <algorithm>
#include <iterator>

#include "fhir/rest/reference.hpp"

namespace fhir::rest {
namespace {

constexpr int deepest = 20;  // value sets within value sets
constexpr int most_looked_at = 1'000;
constexpr std::size_t most_codes = 50'000;

void contained(const json::Value& contains, std::set<std::pair<std::string, std::string>>& out) {
  for (const json::Value& item : contains.elements()) {
    if (!item["abstract"].boolean() && !item.text("code").empty()) out.emplace(item.text("system"), item.text("code"));
    contained(item["contains"], out);
  }
}

// The concepts of a code system by nesting: calls `each` with a code and the codes above it, outermost first.
template <class Each>
void walk(const json::Value& concepts, std::vector<std::string_view>& above, const Each& each) {
  for (const json::Value& item : concepts.elements()) {
    each(item.text("code"), above);
    above.push_back(item.text("code"));
    walk(item["concept"], above, each);
    above.pop_back();
  }
}

bool complete(const json::Value& code_system) { return code_system.text("content") == "complete"; }

}  // namespace

std::optional<json::Document> StoredTerminology::resource(const std::string& type, std::string_view canonical) {
  if (!view_) {
    auto opened = engine_.view(caller_);
    if (!opened) return std::nullopt;
    view_ = std::move(*opened);
  }
  const std::size_t bar = canonical.find('|');
  core::store::Query query;
  query.types = {type};
  core::store::Criterion& criterion = query.all.emplace_back();
  criterion.param = "url";
  criterion.kind = core::store::RowKind::uri;
  criterion.any.emplace_back().value = canonical.substr(0, bar);
  auto found = find_records(*view_, std::move(query), 100);
  if (!found) return std::nullopt;
  for (auto record = found->rbegin(); record != found->rend(); ++record) {  // the newest first
    auto document = json::parse(record->body);
    if (!document) continue;
    if (bar == std::string_view::npos || document->root().text("version") == canonical.substr(bar + 1))
      return std::move(*document);
  }
  return std::nullopt;
}

bool StoredTerminology::system_part(const json::Value& part, Set& out) {
  const std::string system(part.text("system"));
  if (part["concept"].size() > 0) {
    for (const json::Value& item : part["concept"].elements()) out.emplace(system, item.text("code"));
    return true;
  }
  std::string_view root;  // filter concept is-a ROOT is understood, no other
  for (const json::Value& filter : part["filter"].elements()) {
    if (part["filter"].size() != 1 || filter.text("property") != "concept" || filter.text("op") != "is-a") return false;
    root = filter.text("value");
  }
  const auto stored = resource("CodeSystem", system);
  if (!stored || !complete(stored->root())) return false;
  std::vector<std::string_view> above;
  walk(stored->root()["concept"], above, [&](std::string_view code, const std::vector<std::string_view>& over) {
    if (root.empty() || code == root || std::find(over.begin(), over.end(), root) != over.end())
      out.emplace(system, code);
  });
  return true;
}

// Within one include: what the system part gives, met by every value set it names.
bool StoredTerminology::part(const json::Value& part, int depth, Set& out) {
  std::optional<Set> met;
  if (part.find("system") != nullptr) {
    met.emplace();
    if (!system_part(part, *met)) return false;
  }
  for (const json::Value& canonical : part["valueSet"].elements()) {
    Set other;
    if (!set(canonical.text(), depth + 1, other)) return false;
    if (!met) {
      met = std::move(other);
      continue;
    }
    Set both;
    std::set_intersection(met->begin(), met->end(), other.begin(), other.end(), std::inserter(both, both.end()));
    met = std::move(both);
  }
  if (!met) return false;
  out.merge(*met);
  return out.size() <= most_codes;
}

bool StoredTerminology::compose(const json::Value& compose, int depth, Set& out) {
  for (const json::Value& include : compose["include"].elements())
    if (!part(include, depth, out)) return false;
  for (const json::Value& exclude : compose["exclude"].elements()) {
    Set gone;
    if (!part(exclude, depth, gone)) return false;
    for (const Coding& coding : gone) out.erase(coding);
  }
  return true;
}

bool StoredTerminology::set(std::string_view canonical, int depth, Set& out) {
  if (depth > deepest || ++looked_at_ > most_looked_at) return false;
  const auto stored = resource("ValueSet", canonical);
  if (!stored) return false;
  if (const json::Value* rules = stored->root().find("compose")) return compose(*rules, depth, out);
  const json::Value* expansion = stored->root().find("expansion");
  if (expansion == nullptr) return false;
  contained((*expansion)["contains"], out);
  return true;
}

std::optional<search::Codes> StoredTerminology::expand(std::string_view value_set) {
  Set found;
  looked_at_ = 0;
  if (!set(value_set, 0, found)) return std::nullopt;
  return search::Codes(found.begin(), found.end());
}

std::optional<search::Codes> StoredTerminology::hierarchy(std::string_view system, std::string_view code, bool above) {
  const auto stored = resource("CodeSystem", system);
  if (!stored) return std::nullopt;
  std::set<std::string> codes{std::string(code)};
  std::vector<std::string_view> path;
  walk(stored->root()["concept"], path, [&](std::string_view each, const std::vector<std::string_view>& over) {
    if (above && each == code) codes.insert(over.begin(), over.end());
    if (!above && std::find(over.begin(), over.end(), code) != over.end()) codes.emplace(each);
  });
  search::Codes out;
  for (const std::string& each : codes) out.emplace_back(system, each);
  return out;
}

}  // namespace fhir::rest
