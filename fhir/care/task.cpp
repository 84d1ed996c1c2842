#include "fhir/care/task.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"

namespace fhir::care {
namespace {

using core::population::no_day;
using json::Document;
using json::Value;

std::string in_house(std::string_view path) { return std::string(house) + "/" + std::string(path); }

Value coding(Document& doc, std::string_view system, std::string_view code) {
  Value value = doc.object();
  if (!system.empty()) doc.set(value, "system", doc.string(system));
  doc.set(value, "code", doc.string(code));
  return value;
}

Value concept_of(Document& doc, std::initializer_list<Value> codings, std::string_view text = {}) {
  Value value = doc.object();
  if (codings.size() > 0) {
    Value list = doc.array();
    for (const Value& each : codings) doc.push(list, each);
    doc.set(value, "coding", list);
  }
  if (!text.empty()) doc.set(value, "text", doc.string(text));
  return value;
}

Value list_of(Document& doc, std::initializer_list<Value> values) {
  Value list = doc.array();
  for (const Value& each : values) doc.push(list, each);
  return list;
}

Value integer_extension(Document& doc, std::string_view name, int number) {
  Value value = doc.object();
  doc.set(value, "url", doc.string(in_house("StructureDefinition/" + std::string(name))));
  doc.set(value, "valueInteger", doc.number(static_cast<std::int64_t>(number)));
  return value;
}

// Our two extensions first, those of clients after.
void set_extensions(Document& doc, const Gap& gap) {
  Value& task = doc.root();
  const std::string rank = in_house("StructureDefinition/rank"), effort = in_house("StructureDefinition/effort-minutes");
  Value list = list_of(doc, {integer_extension(doc, "rank", rank_of(gap)), integer_extension(doc, "effort-minutes", gap.effort_minutes)});
  for (const Value& each : task["extension"].elements())
    if (each.text("url") != rank && each.text("url") != effort) doc.push(list, each);
  doc.set(task, "extension", list);
}

Value part(Document& doc, std::string_view type, std::string_view name, Value value) {
  Value object = doc.object();
  doc.set(object, "type", concept_of(doc, {coding(doc, in_house("CodeSystem/task-part"), type)}));
  doc.set(object, name, value);
  return object;
}

bool is_part(const Value& element, std::string_view type) { return has_coding(element["type"], in_house("CodeSystem/task-part"), type); }

// Replaces the parts of one type by new ones; parts of other types stay.
void set_parts(Document& doc, std::string_view element, std::string_view type, std::vector<Value> parts) {
  Value& task = doc.root();
  for (const Value& each : task[element].elements())
    if (!is_part(each, type)) parts.push_back(each);
  if (parts.empty()) {
    doc.remove(task, element);
    return;
  }
  Value list = doc.array();
  for (const Value& each : parts) doc.push(list, each);
  doc.set(task, element, list);
}

void set_evidence(Document& doc, const std::vector<std::string>& evidence) {
  std::vector<Value> parts;
  for (const std::string& each : evidence) parts.push_back(part(doc, "evidence", "valueReference", reference_from(doc, each)));
  set_parts(doc, "output", "evidence", std::move(parts));
}

std::string_view status_code(GapStatus status) {
  constexpr std::array<std::string_view, 7> codes{"satisfied", "due-soon", "open", "overdue", "excluded", "not-applicable", "not-evaluable"};
  return codes[static_cast<std::size_t>(status)];
}

// How the work stands (not reached) is kept beside the gap's status as long as the gap waits for its physician again.
void set_business_status(Document& doc, GapStatus status) {
  const std::string work = in_house("CodeSystem/work-status");
  Value business = concept_of(doc, {coding(doc, in_house("CodeSystem/gap-status"), status_code(status))});
  Value codings = doc.copy(business["coding"]);
  for (const Value& each : doc.root()["businessStatus"]["coding"].elements())
    if (each.text("system") == work && doc.root().text("status") == "requested" && has_coding(doc.root()["statusReason"], work, each.text("code")))
      doc.push(codings, each);
  doc.set(business, "coding", codings);
  doc.set(doc.root(), "businessStatus", business);
}

void set_or_remove(Document& doc, std::string_view name, const std::string& target) {
  if (target.empty())
    doc.remove(doc.root(), name);
  else
    doc.set(doc.root(), name, reference_from(doc, target));
}

core::Day decided_until(const Value& task) {
  const Value* until = extension(task, in_house("StructureDefinition/decided-until"));
  return until ? when((*until)["valueDate"]).day : no_day;
}

// What becomes of a stored status while the gap stands.
std::string_view standing(const Value* stored, core::Day today) {
  if (!stored) return "requested";
  const std::string_view status = stored->text("status");
  if (status == "accepted" || status == "in-progress" || status == "received" || status == "ready") return status;
  if (status == "rejected" || status == "on-hold") {
    const core::Day until = decided_until(*stored);
    return until != no_day && until <= today ? "requested" : status;
  }
  return "requested";  // new, completed or cancelled before: it is open again
}

std::string_view status_for(const Gap& gap, const Value* stored, core::Day today) {
  switch (gap.status) {
    case GapStatus::satisfied: return "completed";
    case GapStatus::excluded:
    case GapStatus::not_applicable: return "cancelled";
    default: return standing(stored, today);
  }
}

void set_meta(Document& doc) {
  Value& task = doc.root();
  Value meta = task["meta"].is_object() ? task["meta"] : doc.object();
  doc.remove(meta, "versionId");
  doc.remove(meta, "lastUpdated");
  doc.set(meta, "profile", list_of(doc, {doc.string(in_house("StructureDefinition/gap-task"))}));
  Value tags = list_of(doc, {coding(doc, in_house("CodeSystem/origin"), "panelbridge")});
  for (const Value& tag : meta["tag"].elements())
    if (!has_coding(tag, in_house("CodeSystem/origin"), "panelbridge")) doc.push(tags, tag);
  doc.set(meta, "tag", tags);
  doc.set(task, "meta", meta);
}

void set_identity(Document& doc, const Gap& gap, core::Instant now) {
  Value& task = doc.root();
  const std::string identity = gap.identity();
  doc.set(task, "resourceType", doc.string("Task"));
  doc.set(task, "id", doc.string(task_id_from(identity)));
  set_meta(doc);
  set_extensions(doc, gap);
  Value identifier = doc.object();
  doc.set(identifier, "system", doc.string(in_house("gap")));
  doc.set(identifier, "value", doc.string(identity));
  doc.set(task, "identifier", list_of(doc, {identifier}));
  if (!task.find("authoredOn")) doc.set(task, "authoredOn", doc.string(core::text(now)));
}

void set_status(Document& doc, std::string_view status, const std::string& reason) {
  Value& task = doc.root();
  const bool was_same = task.text("status") == status;
  doc.set(task, "status", doc.string(status));
  if (status == "cancelled" && !reason.empty())
    doc.set(task, "statusReason", concept_of(doc, {}, reason));
  else if (!was_same)
    doc.remove(task, "statusReason");
}

void set_content(Document& doc, const Gap& gap, Language language) {
  Value& task = doc.root();
  set_business_status(doc, gap.status);
  doc.set(task, "intent", doc.string("proposal"));
  if (!task.find("priority")) doc.set(task, "priority", doc.string("routine"));
  std::vector<Value> codings;
  Value code = gap.clinical.code.empty()
                   ? concept_of(doc, {coding(doc, in_house("CodeSystem/item"), gap.family)}, gap.title)
                   : concept_of(doc, {coding(doc, gap.clinical.system, gap.clinical.code), coding(doc, in_house("CodeSystem/item"), gap.family)}, gap.title);
  doc.set(task, "code", code);
  doc.set(task, "description", doc.string(describe(gap, language)));
  doc.set(task, "for", reference_from(doc, gap.person));
  set_or_remove(doc, "owner", gap.owner);
  set_or_remove(doc, "reasonReference", gap.condition);
  if (!gap.activity.empty()) doc.set(task, "instantiatesCanonical", doc.string(gap.activity));
  if (gap.due != no_day) {
    Value period = doc.object();
    doc.set(period, "end", doc.string(core::text(gap.due)));
    Value restriction = doc.object();
    doc.set(restriction, "period", period);
    doc.set(task, "restriction", restriction);
  }
  std::vector<Value> reasons;
  for (const std::string& programme : gap.programmes) reasons.push_back(part(doc, "reason", "valueCanonical", doc.string(programme)));
  set_parts(doc, "input", "reason", std::move(reasons));
}

// FNV-1a, twice with different starts: 128 bits of a name that is not secret.
std::uint64_t hash(std::string_view text, std::uint64_t start) {
  std::uint64_t h = start;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  h ^= h >> 32;
  return h * 0x9E3779B97F4A7C15ULL;
}

// One order of members whatever came first, so that bytes compare.
constexpr std::array order{"resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension", "identifier",
                           "instantiatesCanonical", "instantiatesUri", "basedOn", "groupIdentifier", "partOf", "status", "statusReason", "businessStatus",
                           "intent", "priority", "code", "description", "focus", "for", "encounter", "executionPeriod", "authoredOn", "lastModified",
                           "requester", "performerType", "owner", "location", "reasonCode", "reasonReference", "insurance", "note", "relevantHistory",
                           "restriction", "input", "output"};

Document in_order(Document doc) {
  Document sorted;
  Value task = sorted.object();
  for (const char* name : order)
    if (const Value* found = doc.root().find(name)) sorted.set(task, name, sorted.copy(*found));
  for (const json::Member& member : doc.root().members())
    if (!task.find(member.name)) sorted.set(task, member.name, sorted.copy(member.value));
  sorted.root() = task;
  return sorted;
}

Document finished(Document doc, const Value* stored, core::Instant now) {
  if (!stored || !says_the_same(doc.root(), *stored)) doc.set(doc.root(), "lastModified", doc.string(core::text(now)));
  return in_order(std::move(doc));
}

}  // namespace

std::string task_id_from(std::string_view identity) {
  constexpr char digits[] = "0123456789abcdef";
  std::string id = "gap-";
  for (const std::uint64_t half : {hash(identity, 14695981039346656037ULL), hash(identity, 0x6C62272E07BB0142ULL)})
    for (int shift = 60; shift >= 0; shift -= 4) id += digits[(half >> shift) & 15];
  return id;
}

int rank_of(const Gap& gap) { return (gap.due == no_day ? 0 : gap.due) - gap.urgency_days - gap.tier * 30; }

bool is_final(std::string_view status) {
  return status == "completed" || status == "cancelled" || status == "rejected" || status == "failed" || status == "entered-in-error";
}

json::Document task_from(const Gap& gap, const json::Value* stored, core::Instant now, core::Day today, Language language) {
  Document doc;
  doc.root() = stored ? doc.copy(*stored) : doc.object();
  set_identity(doc, gap, now);
  const std::string_view status = status_for(gap, stored, today);
  set_status(doc, status, gap.reason);
  set_content(doc, gap, language);
  set_evidence(doc, gap.status == GapStatus::satisfied ? gap.evidence : std::vector<std::string>{});
  return finished(std::move(doc), stored, now);
}

json::Document closed_from(const json::Value& stored, GapStatus status, const std::vector<std::string>& evidence, core::Day evidence_day,
                           const std::string& reason, core::Instant now, Language language) {
  Document doc;
  doc.root() = doc.copy(stored);
  set_meta(doc);
  const std::string why = said(reason, language);
  set_status(doc, status == GapStatus::satisfied ? "completed" : "cancelled", why);
  set_business_status(doc, status);
  set_evidence(doc, status == GapStatus::satisfied ? evidence : std::vector<std::string>{});
  Gap words;
  words.title = std::string(stored["code"].text("text"));
  words.status = status;
  words.reason = why;
  words.evidence_day = evidence_day;
  doc.set(doc.root(), "description", doc.string(describe(words, language)));
  return finished(std::move(doc), &stored, now);
}

bool says_the_same(const json::Value& a, const json::Value& b) {
  const auto counts = [](std::string_view name) { return name != "meta" && name != "lastModified"; };
  std::size_t in_a = 0, in_b = 0;
  for (const json::Member& member : b.members()) in_b += counts(member.name);
  for (const json::Member& member : a.members()) {
    if (!counts(member.name)) continue;
    ++in_a;
    const json::Value* other = b.find(member.name);
    if (!other || !json::equal(member.value, *other)) return false;
  }
  return in_a == in_b;
}

}  // namespace fhir::care
