#include "adapters/server/partner_endpoint.hpp"

#include "fhir/json/json.hpp"
#include "fhir/rest/meta.hpp"

namespace adapters::server {
namespace {

using fhir::json::Document;
using fhir::json::Value;

constexpr std::string_view house_origin = "https://w3id.org/panelbridge/fhir/CodeSystem/origin";
constexpr std::string_view house_partner = "https://w3id.org/panelbridge/fhir/partner";
constexpr std::string_view house_kind = "https://w3id.org/panelbridge/fhir/CodeSystem/partner-kind";
constexpr std::string_view connection_type = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type";
constexpr std::string_view payload_type = "http://terminology.hl7.org/CodeSystem/endpoint-payload-type";

Value coding(Document& document, std::string_view system, std::string_view code) {
  Value coding = document.object();
  document.set(coding, "system", document.string(system));
  document.set(coding, "code", document.string(code));
  return coding;
}

Value list_of(Document& document, Value value) {
  Value list = document.array();
  document.push(list, value);
  return list;
}

Document resource_of(const PartnerEndpoint& endpoint, const std::string& id) {
  Document document;
  Value& root = document.root() = document.object();
  document.set(root, "resourceType", document.string("Endpoint"));
  document.set(root, "id", document.string(id));
  Value meta = document.object();
  document.set(meta, "tag", list_of(document, coding(document, house_origin, "panelbridge")));
  document.set(root, "meta", meta);
  Value identifier = document.object();
  document.set(identifier, "system", document.string(house_partner));
  document.set(identifier, "value", document.string(endpoint.id));
  document.set(root, "identifier", list_of(document, identifier));
  document.set(root, "status", document.string(endpoint.status));
  const bool fhir = endpoint.kind == "fhir";
  document.set(root, "connectionType",
               fhir ? coding(document, connection_type, "hl7-fhir-rest") : coding(document, house_kind, endpoint.kind));
  document.set(root, "name", document.string(endpoint.id));
  Value payload = document.object();
  document.set(payload, "coding", list_of(document, coding(document, payload_type, "any")));
  document.set(root, "payloadType", list_of(document, payload));
  document.set(root, "address", document.string(endpoint.address));
  return document;
}

bool says_so(const core::store::Record& record, const PartnerEndpoint& endpoint) {
  if (record.deleted()) return false;
  const auto now = fhir::json::parse(record.body);
  return now && now->root().text("status") == endpoint.status && now->root().text("address") == endpoint.address;
}

}  // namespace

core::Result<core::Done> publish(const PartnerEndpoint& endpoint, core::store::Store& store,
                                 const fhir::search::Index& index) {
  const std::string id = ("partner-" + endpoint.id).substr(0, 64);
  {
    auto snapshot = store.snapshot();
    if (!snapshot) return snapshot.error();
    auto now = (*snapshot)->read(core::store::Key{"Endpoint", id});
    if (!now) return now.error();
    if (*now && says_so(**now, endpoint)) return core::Done{};
  }
  const Document document = resource_of(endpoint, id);
  fhir::rest::Stored stored = fhir::rest::stored_form(document.root(), id);
  core::store::Op op;
  op.key = {"Endpoint", id};
  op.body = std::move(stored.body);
  op.stamp_at = stored.stamp_at;
  op.rows = index.rows(document.root());
  core::store::Batch batch;
  batch.ops.push_back(std::move(op));
  batch.waits = false;  // said again at the next start if it is lost
  auto committed = store.commit(std::move(batch));
  if (!committed) return committed.error();
  return core::Done{};
}

}  // namespace adapters::server
