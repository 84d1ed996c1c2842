#include "adapters/ehr/page.hpp"

#include "fhir/rest/identity.hpp"

namespace adapters::ehr {
namespace {

using core::store::Key;
using fhir::json::Value;

std::optional<core::Instant> instant_of(std::string_view text) {
  const auto moment = core::moment_from(text);
  if (!moment) return std::nullopt;
  return moment->low;
}

// The last two steps of "Patient/1", "http://host/fhir/Patient/1/_history/3".
std::optional<Key> key_in(const fhir::model::Definitions& definitions, std::string_view url) {
  url = url.substr(0, url.find("/_history"));
  const std::size_t slash = url.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::size_t before = url.rfind('/', slash - 1);
  const std::string_view type = before == std::string_view::npos ? url.substr(0, slash) : url.substr(before + 1, slash - before - 1);
  const std::string_view id = url.substr(slash + 1);
  if (!definitions.is_resource(type) || !fhir::rest::is_id(id)) return std::nullopt;
  return Key{std::string(type), std::string(id)};
}

// "http://host/fhir" of "http://host/fhir/Patient/1" when that is what the entry carries.
std::string home_of(std::string_view full_url, const Key& key) {
  const std::string tail = "/" + key.type + "/" + key.id;
  if (!full_url.starts_with("http") || !full_url.ends_with(tail)) return {};
  return std::string(full_url.substr(0, full_url.size() - tail.size()));
}

bool take_deletion(const fhir::model::Definitions& definitions, const Value& entry, Page& page, std::size_t number) {
  if (entry["request"].text("method") != "DELETE") return false;
  auto key = key_in(definitions, entry["request"].text("url"));
  if (!key) key = key_in(definitions, entry.text("fullUrl"));
  if (!key) return false;
  page.entries.push_back({nullptr, *std::move(key), instant_of(entry["response"].text("lastModified")), number});
  return true;
}

void take(const fhir::model::Definitions& definitions, const Value& entry, Page& page, std::size_t number) {
  const Value* resource = entry.find("resource");
  const bool there = resource != nullptr && resource->is_object();
  if (there && (resource->text("resourceType") == "OperationOutcome" || entry["search"].text("mode") == "outcome")) {
    ++page.remarks;
    if (page.remark.empty()) page.remark = remark_of(*resource);
    return;
  }
  if (entry["request"].text("method") == "DELETE" || !there) {
    if (!take_deletion(definitions, entry, page, number)) ++page.unreadable;
    return;
  }
  Key key{std::string(resource->text("resourceType")), std::string(resource->text("id"))};
  if (!definitions.is_resource(key.type)) {
    ++page.unreadable;
    return;
  }
  if (page.home.empty()) page.home = home_of(entry.text("fullUrl"), key);
  page.entries.push_back({resource, std::move(key), instant_of((*resource)["meta"].text("lastUpdated")), number});
}

}  // namespace

std::string remark_of(const Value& outcome) {
  for (const Value& issue : outcome["issue"].elements()) {
    const std::string_view severity = issue.text("severity");
    if (severity == "information") continue;
    return std::string(severity.substr(0, 20)) + ": " + std::string(issue.text("code").substr(0, 40));
  }
  return {};
}

core::Result<Page> page_from(const fhir::model::Definitions& definitions, std::string_view body) {
  auto document = fhir::json::parse(body);
  if (!document) return core::fault("the answer is not JSON: " + document.error().message, document.error().where);
  Page page;
  page.document = *std::move(document);
  const Value& root = page.document.root();
  const std::string_view kind = root.text("resourceType");
  if (kind == "OperationOutcome")
    return core::fault("the answer is no page but an OperationOutcome (" + remark_of(root) + ")");
  if (kind != "Bundle") return core::fault("the answer is not a Bundle");
  const std::string_view type = root.text("type");
  if (type != "searchset" && type != "history") return core::fault("the answer is a Bundle, but neither searchset nor history");
  page.at = instant_of(root["meta"].text("lastUpdated"));
  for (const Value& link : root["link"].elements())
    if (link.text("relation") == "next") page.next = std::string(link.text("url"));
  std::size_t number = 0;
  for (const Value& entry : root["entry"].elements()) take(definitions, entry, page, number++);
  return page;
}

}  // namespace adapters::ehr
