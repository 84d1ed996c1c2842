#include "fhir/care/outreach.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/store/criteria.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"

namespace fhir::care {

using core::Result;
using core::store::Record;
using core::store::Snapshot;
using core::store::reference_criterion;
using core::store::token_criterion;
using json::Document;
using json::Value;

namespace {

constexpr std::string_view unreachable = "unreachable";

std::string in_house(std::string_view name) { return std::string(house) + "/" + std::string(name); }

Value concept_of(Document& doc, std::string_view system, std::string_view code, std::string_view text) {
  Value value = doc.object(), coding = doc.object(), list = doc.array();
  doc.set(coding, "system", doc.string(in_house("CodeSystem/" + std::string(system))));
  doc.set(coding, "code", doc.string(code));
  doc.push(list, coding);
  doc.set(value, "coding", list);
  if (!text.empty()) doc.set(value, "text", doc.string(text));
  return value;
}

void set_time(Document& doc, core::Instant now) { doc.set(doc.root(), "lastModified", doc.string(core::text(now))); }

std::string missed(const Contacts& contacts, Language language) {
  struct Words {
    std::string_view attempts, last, by, on;
  };
  static constexpr std::array<Words, 2> words{{{" attempts", ", the last", " by ", " on "}, {" pogingen", ", de laatste", " per ", " op "}}};
  const Words& w = words[static_cast<std::size_t>(language)];
  std::string text = said("Not reached in ", language) + std::to_string(contacts.failed) + std::string(w.attempts);
  if (!contacts.last_medium.empty() || !contacts.last_day.empty()) text += w.last;
  if (!contacts.last_medium.empty()) text.append(w.by).append(contacts.last_medium);
  if (!contacts.last_day.empty()) text.append(w.on).append(contacts.last_day);
  return text + ".";
}

}  // namespace

void assign(Document& child, const std::string& owner) {
  const std::string url = in_house("StructureDefinition/assigned-owner");
  Value kept = child.array(), mark = child.object();
  for (const Value& each : child.root()["extension"].elements())
    if (each.text("url") != url) child.push(kept, child.copy(each));
  child.set(mark, "url", child.string(url));
  child.set(mark, "valueReference", reference_from(child, owner));
  child.push(kept, mark);
  child.set(child.root(), "extension", kept);
  child.set(child.root(), "owner", reference_from(child, owner));
}

Result<std::string> outreach_owner(Snapshot& snapshot, const Value& gap) {
  const std::string patient = link_from(gap["for"]);
  if (patient.starts_with("Patient/")) {
    const auto record = snapshot.read({"Patient", patient.substr(8)});
    if (!record) return record.error();
    if (*record && !(*record)->deleted())
      if (const auto parsed = json::parse((*record)->body); parsed)
        if (std::string practice = link_from(parsed->root()["managingOrganization"]); !practice.empty()) return practice;
  }
  return link_from(gap["owner"]);
}

Document outreach_from(const Value& gap, const OutreachOrder& order, core::Instant now) {
  Document doc;
  doc.root() = doc.object();
  Value& task = doc.root();
  doc.set(task, "resourceType", doc.string("Task"));
  doc.set(task, "id", doc.string(order.id));
  Value meta = doc.object(), tag = doc.object(), tags = doc.array();
  doc.set(tag, "system", doc.string(in_house("CodeSystem/origin")));
  doc.set(tag, "code", doc.string("panelbridge"));
  doc.push(tags, tag);
  doc.set(meta, "tag", tags);
  doc.set(task, "meta", meta);
  push_to(doc, doc.root(), "partOf", reference_from(doc, "Task/" + std::string(gap.text("id"))));
  doc.set(task, "status", doc.string("requested"));
  doc.set(task, "intent", doc.string("order"));
  doc.set(task, "priority", doc.string("routine"));
  doc.set(task, "code", concept_of(doc, "task-kind", order.kind, ""));
  doc.set(task, "description", doc.string(gap.text("description")));
  doc.set(task, "for", doc.copy(gap["for"]));
  doc.set(task, "authoredOn", doc.string(core::text(now)));
  set_time(doc, now);
  doc.set(task, "requester", reference_from(doc, order.requester));
  if (!order.owner.empty()) assign(doc, order.owner);
  return doc;
}

bool moves_along(const Value& child, const std::string& owner) {
  const std::string_view status = child.text("status");
  if (status != "requested" && status != "received" && status != "accepted") return false;
  const Value* assigned = extension(child, in_house("StructureDefinition/assigned-owner"));
  const std::string now = link_from(child["owner"]);
  return assigned && !owner.empty() && now != owner && link_from((*assigned)["valueReference"]) == now;
}

bool serve_too(Document& child, const Value& gap, core::Instant now) {
  std::vector<std::string> parents;
  add_links(child.root()["partOf"], parents);
  const std::string parent = "Task/" + std::string(gap.text("id"));
  if (std::find(parents.begin(), parents.end(), parent) != parents.end()) return false;
  push_to(child, child.root(), "partOf", reference_from(child, parent));
  const std::string words(child.root().text("description"));
  child.set(child.root(), "description", child.string(words + "\n" + std::string(gap.text("description"))));
  set_time(child, now);
  return true;
}

Result<std::optional<Record>> open_outreach(Snapshot& snapshot, const std::string& patient, const std::string& owner, const std::string& requester) {
  core::store::Query query;
  query.types = {"Task"};
  const std::size_t slash = patient.find('/');
  if (slash == std::string::npos) return std::optional<Record>{};
  query.all.push_back(reference_criterion("patient", {patient}));
  query.all.push_back(token_criterion("code", {"outreach"}, in_house("CodeSystem/task-kind")));
  query.all.push_back(token_criterion("status", {"requested", "received", "accepted"}));
  auto records = find_all(snapshot, query);
  if (!records) return records.error();
  for (Record& record : *records)
    if (const auto parsed = json::parse(record.body); parsed)
      if (link_from(parsed->root()["owner"]) == owner && link_from(parsed->root()["requester"]) == requester) return std::optional(std::move(record));
  return std::optional<Record>{};
}

Result<std::vector<Record>> children_of(Snapshot& snapshot, std::string_view gap_task) {
  core::store::Query query;
  query.types = {"Task"};
  query.all.push_back(reference_criterion("part-of", {"Task/" + std::string(gap_task)}));
  auto records = find_all(snapshot, query);
  if (!records) return records.error();
  const auto authored = [](const Record& record) {
    const auto parsed = json::parse(record.body);
    return parsed ? std::string(parsed->root().text("authoredOn")) : std::string();
  };
  std::stable_sort(records->begin(), records->end(), [&](const Record& a, const Record& b) { return authored(a) > authored(b); });
  return records;
}

Result<Contacts> contacts_of(Snapshot& snapshot, std::string_view outreach_task) {
  core::store::Query query;
  query.types = {"Communication"};
  query.all.push_back(reference_criterion("based-on", {"Task/" + std::string(outreach_task)}));
  auto records = find_all(snapshot, query);
  if (!records) return records.error();
  Contacts contacts;
  std::string newest;
  for (const Record& record : *records) {
    const auto parsed = json::parse(record.body);
    if (!parsed) continue;
    const Value& contact = parsed->root();
    const std::string_view status = contact.text("status");
    if (status == "entered-in-error" || status == "preparation") continue;
    const bool failed = status == "not-done" || contact.find("statusReason");
    contacts.failed += failed;
    contacts.reached = contacts.reached || (!failed && status == "completed");
    const std::string_view sent = contact.text("sent");
    if (!failed || (!newest.empty() && sent <= newest)) continue;
    newest = std::string(sent);
    const Value& medium = contact["medium"][0];
    const std::string_view by = medium.text("text").empty() ? medium["coding"][0].text("code") : medium.text("text");
    contacts.last_medium = std::string(by);
    contacts.last_day = std::string(sent.substr(0, 10));
  }
  return contacts;
}

bool is_unreachable(const Value& task) {
  return task.text("status") == "failed" && has_coding(task["statusReason"], in_house("CodeSystem/work-status"), unreachable);
}

void set_unreachable(Document& task, const Contacts& contacts, core::Instant now, Language language) {
  task.set(task.root(), "status", task.string("failed"));
  task.set(task.root(), "statusReason", concept_of(task, "work-status", unreachable, missed(contacts, language)));
  set_time(task, now);
}

void bring_back(Document& gap, const Contacts& contacts, core::Instant now, Language language) {
  Value& task = gap.root();
  gap.set(task, "status", gap.string("requested"));
  const std::string text = missed(contacts, language) + said(" Back on the physician's list.", language);
  gap.set(task, "statusReason", concept_of(gap, "work-status", unreachable, text));
  Value business = gap.copy(task["businessStatus"]), codings = gap.array();
  for (const Value& coding : task["businessStatus"]["coding"].elements())
    if (coding.text("code") != unreachable) gap.push(codings, coding);
  const Value mark = concept_of(gap, "work-status", unreachable, "");
  gap.push(codings, mark["coding"][0]);
  gap.set(business, "coding", codings);
  gap.set(task, "businessStatus", business);
  Value note = gap.object();
  gap.set(note, "time", gap.string(core::text(now)));
  gap.set(note, "text", gap.string(text));
  push_to(gap, gap.root(), "note", note);
}

}  // namespace fhir::care
