// Records that turn out to be one person: the leading record's Task goes on and takes over what was decided on the other's; the
// other is cancelled with a link to it. A Provenance for each record that was joined is the trail; its history tells the rest.
// Source: FHIR R4 Patient.link, Provenance; the house's rule that the surviving Task keeps its identity.
#include <algorithm>
#include <optional>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/outreach.hpp"
#include "fhir/care/round.hpp"

namespace fhir::care {

using core::Done;
using core::Result;
using core::population::PersonId;
using core::store::Key;

namespace {

bool stands(GapStatus status) { return status != GapStatus::satisfied && status != GapStatus::excluded && status != GapStatus::not_applicable; }

}  // namespace

void Surveillance::find_inheritance(Round& round, PersonId person, const std::vector<Gap>& gaps) {
  round.inherits.clear();
  const std::vector<std::string> patients = population_.patients(person);
  for (std::size_t i = 1; i < patients.size(); ++i) {
    const std::vector<StoredGap>* known = ledger_.find(patients[i]);
    if (!known) continue;
    for (const StoredGap& stored : *known) {
      if (stored.over || !stored.decided) continue;
      const auto gap = std::find_if(gaps.begin(), gaps.end(), [&](const Gap& g) { return g.family == stored.family && stands(g.status); });
      if (gap != gaps.end()) round.inherits.emplace(task_id_from(gap->identity()), stored.task);
    }
  }
}

// What was decided on the other Task holds for this one: status, reason, notes, until when; its open children now serve this one.
Result<Done> Surveillance::take_over(Round& round, json::Document& task, const std::string& id, const std::string& other) {
  auto record = round.snapshot.read(Key{"Task", other});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return Done{};
  const auto decided = json::parse((*record)->body);
  if (!decided) return decided.error();
  json::Value& root = task.root();
  for (const char* name : {"status", "statusReason"})
    if (const json::Value* found = decided->root().find(name)) task.set(root, name, task.copy(*found));
  for (const char* name : {"note", "extension"}) {
    json::Value list = task.array();
    for (const json::Value& each : root[name].elements()) task.push(list, each);
    for (const json::Value& each : decided->root()[name].elements())
      if (!each.text("url").ends_with("/rank") && !each.text("url").ends_with("/effort-minutes")) task.push(list, task.copy(each));
    if (list.size() > 0) task.set(root, name, list);
  }
  auto children = children_of(round.snapshot, other);
  if (!children) return children.error();
  for (const core::store::Record& child : *children) {
    auto document = json::parse(child.body);
    if (!document) return document.error();
    if (is_final(document->root().text("status")) || round.has(child.key)) continue;
    json::Value parents = document->array();
    for (const json::Value& each : document->root()["partOf"].elements()) {
      json::Value parent = document->copy(each);
      if (link_from(each) == "Task/" + other) document->set(parent, "reference", document->string("Task/" + id));
      document->push(parents, parent);
    }
    document->set(document->root(), "partOf", parents);
    round.put(document->root(), *parts_.index, child.version, {});
  }
  return Done{};
}

// `leader` empty: the record is a person of its own; only a record that was joined before has a trail to go on with.
Result<Done> Surveillance::put_trail(Round& round, const std::string& patient, const std::string& leader) {
  const std::string id = "joined-" + task_id_from(patient).substr(4, 24);
  auto record = round.snapshot.read(Key{"Provenance", id});
  if (!record) return record.error();
  const bool there = *record && !(*record)->deleted();
  if (!there && leader.empty()) return Done{};
  const std::string system = std::string(house) + "/CodeSystem/person-change", code = leader.empty() ? "parted" : "joined";
  if (there) {
    const auto before = json::parse((*record)->body);
    if (!before) return before.error();
    const bool same_leader = leader.empty() || link_from(before->root()["target"][1]) == leader;
    if (same_leader && has_coding(before->root()["activity"], system, code)) return Done{};
  }
  json::Document doc;
  doc.root() = doc.object();
  json::Value& root = doc.root();
  const auto object_with = [&](std::string_view name, std::string_view text) {
    json::Value value = doc.object();
    doc.set(value, name, doc.string(text));
    return value;
  };
  const auto list_of = [&](json::Value value) {
    json::Value list = doc.array();
    doc.push(list, value);
    return list;
  };
  const auto coding = [&](const std::string& of, const std::string& what) {
    json::Value value = object_with("system", of);
    doc.set(value, "code", doc.string(what));
    return value;
  };
  doc.set(root, "resourceType", doc.string("Provenance"));
  doc.set(root, "id", doc.string(id));
  json::Value meta = doc.object();
  doc.set(meta, "tag", list_of(coding(std::string(house) + "/CodeSystem/origin", "panelbridge")));
  doc.set(root, "meta", meta);
  json::Value targets = list_of(object_with("reference", patient));
  if (!leader.empty()) doc.push(targets, object_with("reference", leader));
  doc.set(root, "target", targets);
  doc.set(root, "recorded", doc.string(core::text(round.now)));
  json::Value activity = doc.object(), agent = doc.object();
  doc.set(activity, "coding", list_of(coding(system, code)));
  doc.set(activity, "text", doc.string(leader.empty() ? patient + " is a person of its own again" : patient + " and " + leader + " are one person"));
  doc.set(root, "activity", activity);
  doc.set(agent, "who", object_with("display", "panelbridge"));
  doc.set(root, "agent", list_of(agent));
  round.put(root, *parts_.index, there ? (*record)->version : 0, {});
  return Done{};
}

}  // namespace fhir::care
