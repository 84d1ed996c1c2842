#include <algorithm>
#include <set>

#include "fhir/validate/deep.hpp"

namespace fhir::validate {
namespace {

using json::Value;

// "https://x.org/fhir/Patient/1" -> "Patient/1"; empty for a URL of another form.
std::string_view restful_end(const model::Definitions& definitions, std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return {};
  const std::size_t id = url.rfind('/');
  const std::size_t type = id == url.npos ? id : url.rfind('/', id - 1);
  if (type == url.npos || !definitions.is_resource(url.substr(type + 1, id - type - 1))) return {};
  return url.substr(type + 1);
}

// A fullUrl of RESTful form ends with the type and id of its resource.
void check_full_url(Run& run, const Value& entry, const Place& place) {
  const std::string_view end = restful_end(run.definitions, entry.text("fullUrl"));
  const Value& resource = entry["resource"];
  if (end.empty() || resource.is_null() || resource.text("id").empty()) return;
  if (end != std::string(resource.text("resourceType")) + '/' + std::string(resource.text("id")))
    run.error("invalid", Place{&place, "resource"}.text(),
              "the fullUrl ends with " + std::string(end) + ", and the resource is another one");
}

void check_search_entry(Run& run, const Value& entry, const Place& place) {
  const bool outcome = entry["resource"].text("resourceType") == "OperationOutcome";
  const std::string_view mode = entry["search"].text("mode");
  const Place resource{&place, "resource"};
  if (mode == "outcome" && !outcome)
    run.error("invalid", resource.text(), "an entry of search mode outcome holds an OperationOutcome");
  if (mode == "match" && outcome)
    run.error("invalid", resource.text(), "an OperationOutcome is no match of a search: its mode is outcome");
}

// The types in _type of a search's self link; empty: not said.
std::set<std::string, std::less<>> searched_types(const Value& bundle) {
  std::set<std::string, std::less<>> types;
  for (const Value& link : bundle["link"].elements()) {
    if (link.text("relation") != "self") continue;
    std::string_view query = link.text("url");
    const std::size_t at = query.find("_type=");
    if (at == query.npos || (query[at - 1] != '?' && query[at - 1] != '&')) continue;
    query = query.substr(at + 6);
    query = query.substr(0, query.find('&'));
    while (!query.empty()) {
      types.emplace(query.substr(0, query.find(',')));
      query = query.find(',') == query.npos ? std::string_view() : query.substr(query.find(',') + 1);
    }
  }
  return types;
}

void check_links(Run& run, const Spot& bundle) {
  std::set<std::string_view> seen;
  const auto links = (*bundle.value)["link"].elements();
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::string_view relation = links[i].text("relation");
    if (!relation.empty() && !seen.insert(relation).second)
      run.error("invalid", Place{&bundle.place, "link", {}, static_cast<int>(i)}.text(),
                "there is another link of relation " + std::string(relation));
  }
}

}  // namespace

void check_bundle(Run& run, const Spot& bundle) {
  const Value& value = *bundle.value;
  const bool searchset = value.text("type") == "searchset";
  const auto types = searched_types(value);
  const auto entries = value["entry"].elements();
  check_links(run, bundle);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Place place{&bundle.place, "entry", {}, static_cast<int>(i)};
    check_full_url(run, entries[i], place);
    if (!searchset) continue;
    check_search_entry(run, entries[i], place);
    const std::string_view type = entries[i]["resource"].text("resourceType");
    if (!types.empty() && entries[i]["search"].text("mode") == "match" && type != "OperationOutcome" &&
        !types.contains(type))
      run.error("invalid", Place{&place, "resource"}.text(),
                "the search was for other types than " + std::string(type));
  }
}

}  // namespace fhir::validate
