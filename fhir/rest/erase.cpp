// $erase: a resource goes with all its versions, a person with everything about them; an AuditEvent remains that says
// so. For operators. Source: the right to erasure; not part of FHIR R4 (its delete keeps the history).
#include <set>

#include "fhir/rest/identity.hpp"
#include "fhir/rest/operations.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/reference.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {
namespace {

using core::store::Key;

struct About {
  std::set<Key> keys;
  std::vector<core::store::Guard> guards;  // nothing more came meanwhile
};

core::Result<About> about_person(const Exchange& exchange, core::store::Snapshot& view, const std::string& id) {
  About out;
  const search::Index& index = exchange.engine.index();
  std::vector<std::string> types{"Task"};
  for (const auto& [type, codes] : exchange.engine.definitions().compartment("Patient")->resources)
    if (type != "Group" && type != "Patient") types.push_back(type);
  for (const std::string& type : types) {
    core::store::Query query;
    query.types = {type};
    if (type == "Task") {
      auto parsed = search::criteria(index, type, "patient=Patient/" + id,
                                     exchange.engine.search_context(search::Handling::strict, exchange.caller()));
      if (!parsed) return parsed.error();
      query = std::move(*parsed);
    } else {
      auto inside = search::compartment(index, "Patient", id, type);
      if (!inside) continue;
      query.all = {std::move(*inside)};
    }
    auto found = find_records(view, query, query.limit);
    if (!found) return found.error();
    core::store::Guard guard{std::move(query), {}, "about"};
    for (const core::store::Record& record : *found) {
      guard.ids.push_back(record.key.id);
      out.keys.insert(record.key);
    }
    out.guards.push_back(std::move(guard));
  }
  return out;
}

// Who erased what and when; of the person only the id that the reference had.
core::Result<core::store::Op> audit(const Exchange& exchange, const Key& key, std::size_t count) {
  const std::string now = core::text(exchange.engine.now());
  std::string text =
      R"({"resourceType":"AuditEvent","type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest"},)"
      R"("subtype":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/audit","code":"erase"}],"action":"D","recorded":")" +
      now + R"(","outcome":"0","outcomeDesc":)";
  json::write_string(
      "Erased " + key.type + '/' + key.id + " and " + std::to_string(count - 1) + " resources with it, all versions.",
      text);
  text += R"(,"agent":[{"requestor":true,"who":{"display":)";
  json::write_string(exchange.caller().id, text);
  text += R"(}}],"source":{"observer":{"display":"panelbridge"}}})";
  auto document = json::parse(text);
  if (!document) return document.error();
  return put(exchange.engine, *document, document->root(), {"AuditEvent", new_id(exchange.engine.now())});
}

Answer erase_all(Exchange& exchange, bool everything) {
  const Key key{exchange.target.type, exchange.target.id};
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto known = (*view)->read(key);
  if (!known) return known.error();
  if (!*known) return core::not_found(key.type + '/' + key.id + " is not known.", "id");
  std::set<Key> keys;
  core::store::Batch batch;
  if (key.type == "Patient") {
    auto about = about_person(exchange, **view, key.id);
    if (!about) return about.error();
    if (!about->keys.empty() && !everything)
      return core::Error{core::Kind::conflict,
                         "There are " + std::to_string(about->keys.size()) +
                             " resources about this person. Call with everything=true.",
                         "everything"};
    keys = std::move(about->keys);
    batch.guards = std::move(about->guards);
  }
  keys.insert(key);
  for (const Key& each : keys) {
    core::store::Op op;
    op.action = core::store::Op::Action::erase;
    op.key = each;
    batch.ops.push_back(std::move(op));
  }
  auto record = audit(exchange, key, keys.size());
  if (!record) return record.error();
  batch.ops.push_back(std::move(*record));
  view->reset();
  auto committed = exchange.engine.commit(std::move(batch), exchange.caller());
  if (!committed) return committed.error();
  Response response;
  response.body = std::make_shared<const std::string>(
      outcome_text(validate::Severity::information, "informational",
                   "Erased " + std::to_string(keys.size()) + " resources with their history."));
  return response;
}

}  // namespace

Answer erase(Exchange& exchange) {
  // Until callers are configured there is only the anonymous one, on a loopback address: the operator.
  if (!exchange.caller().operator_role && exchange.caller().id != core::access::Caller{}.id)
    return core::Error{core::Kind::forbidden, "Only an operator may erase.", {}};
  auto input = operation_input(exchange);
  if (!input) return input.error();
  bool everything = false;
  for (const auto& [name, value] : *input) everything = everything || (name == "everything" && value == "true");
  return persist(exchange, [&] { return erase_all(exchange, everything); });
}

}  // namespace fhir::rest
