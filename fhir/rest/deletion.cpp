#include "fhir/rest/deletion.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "core/store/criteria.hpp"
#include "fhir/rest/reference.hpp"
#include "fhir/rest/write.hpp"

namespace fhir::rest {
namespace {

using core::store::Criterion;
using core::store::Key;
using core::store::Query;
using core::store::Record;

// A group outlives its members, another record of the same person is a record of its own: neither is data of this
// Patient.
constexpr std::array<std::string_view, 2> outlive = {"Group", "Patient"};
constexpr std::array<std::string_view, 7> open_statuses = {"draft", "requested",   "received", "accepted",
                                                           "ready", "in-progress", "on-hold"};

core::Error refused(const Key& key, const std::map<std::string, std::size_t>& counts) {
  std::string list;
  for (const auto& [type, count] : counts) list += (list.empty() ? "" : ", ") + std::to_string(count) + ' ' + type;
  return {core::Kind::conflict,
          key.type + '/' + key.id + " still has data: " + list +
              ". Ask for _cascade=delete (or X-Cascade: delete) to delete it all.",
          "id"};
}

// What the panel core worked out from the person's data (a risk that nobody overruled, what the person gets, who the person was
// joined with): it goes with the person.
bool computed(const Record& record) {
  if (record.key.type != "RiskAssessment" && record.key.type != "CarePlan" && record.key.type != "Provenance") return false;
  const auto document = json::parse(record.body);
  if (!document || document->root().find("performer") != nullptr) return false;
  for (const json::Value& tag : document->root()["meta"]["tag"].elements())
    if (tag.text("system") == "https://w3id.org/panelbridge/fhir/CodeSystem/origin" && tag.text("code") == "panelbridge") return true;
  return false;
}

core::store::Op removal(const Key& key) {
  core::store::Op op;
  op.action = core::store::Op::Action::remove;
  op.key = key;
  return op;
}

core::Result<core::Done> cancel_tasks(const Exchange& exchange, core::store::Snapshot& view, const Key& patient,
                                      const std::set<Key>& going, Deletion& out) {
  Query query;
  query.types = {"Task"};
  query.all = {core::store::reference_criterion("subject", {patient.type + '/' + patient.id})};
  auto tasks = find_records(view, query, query.limit);
  if (!tasks) return tasks.error();
  for (const Record& record : *tasks) {
    auto document = json::parse(record.body);
    if (!document) return core::fault("A stored resource cannot be read.");
    json::Value& task = document->root();
    if (std::find(open_statuses.begin(), open_statuses.end(), task.text("status")) == open_statuses.end()) continue;
    if (going.contains(record.key)) continue;
    document->set(task, "status", document->string("cancelled"));
    json::Value& reason = document->set(task, "statusReason", document->object());
    document->set(reason, "text", document->string("The record of the person was deleted."));
    core::store::Op op = put(exchange.engine, *document, task, record.key);
    op.if_version = record.version;
    out.ops.push_back(std::move(op));
  }
  return core::Done{};
}

core::Result<core::Done> take_compartment(const Exchange& exchange, core::store::Snapshot& view, const Key& patient,
                                          bool cascade, const std::set<Key>& going, Deletion& out) {
  std::map<std::string, std::size_t> staying;
  const model::Compartment* compartment = exchange.engine.definitions().compartment(patient.type);
  if (compartment == nullptr) return core::Done{};
  for (const auto& [type, parameters] : compartment->resources) {
    if (std::find(outlive.begin(), outlive.end(), type) != outlive.end()) continue;
    auto inside = search::compartment(exchange.engine.index(), patient.type, patient.id, type);
    if (!inside) continue;
    Query query;
    query.types = {type};
    query.all = {std::move(*inside)};
    auto found = find_records(view, query, query.limit);
    if (!found) return found.error();
    core::store::Guard guard{query, {}, "compartment"};
    for (const Record& record : *found) {
      guard.ids.push_back(record.key.id);
      if (going.contains(record.key)) continue;
      if (cascade || computed(record)) out.ops.push_back(removal(record.key));
      else ++staying[type];
    }
    out.guards.push_back(std::move(guard));
  }
  if (!staying.empty()) return refused(patient, staying);
  return core::Done{};
}

}  // namespace

bool cascades(const Exchange& exchange) {
  return exchange.parameter("_cascade") == "delete" || exchange.header("X-Cascade").starts_with("delete");
}

core::Result<Deletion> deletion(Exchange& exchange, core::store::Snapshot& view, const Key& key, bool cascade,
                                const std::set<Key>& going) {
  Deletion out;
  out.ops.push_back(removal(key));
  if (key.type != "Patient") return out;
  std::set<Key> gone = going;
  if (auto taken = take_compartment(exchange, view, key, cascade, gone, out); !taken) return taken.error();
  for (const core::store::Op& op : out.ops) gone.insert(op.key);
  if (auto cancelled = cancel_tasks(exchange, view, key, gone, out); !cancelled) return cancelled.error();
  return out;
}

}  // namespace fhir::rest
