// The resources of a referral, and what its end means for the gap Task.
#include <algorithm>
#include <array>

#include "core/store/criteria.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/care/task.hpp"
#include "fhir/rest/identity.hpp"

namespace fhir::care {
namespace {

using json::Document;
using json::Value;

constexpr std::string_view support = "support-";

std::string in_house(std::string_view path) { return std::string(house) + "/" + std::string(path); }

Value list_of(Document& doc, Value value) {
  Value list = doc.array();
  doc.push(list, value);
  return list;
}

Value concept_of(Document& doc, std::string_view system, std::string_view code) {
  Value coding = doc.object(), value = doc.object();
  doc.set(coding, "system", doc.string(system));
  doc.set(coding, "code", doc.string(code));
  doc.set(value, "coding", list_of(doc, coding));
  return value;
}

Document begun(std::string_view type, std::string_view id) {
  Document doc;
  doc.root() = doc.object();
  Value tag = doc.object(), meta = doc.object();
  doc.set(tag, "system", doc.string(in_house("CodeSystem/origin")));
  doc.set(tag, "code", doc.string("panelbridge"));
  doc.set(meta, "tag", list_of(doc, tag));
  doc.set(doc.root(), "resourceType", doc.string(type));
  doc.set(doc.root(), "id", doc.string(id));
  doc.set(doc.root(), "meta", meta);
  return doc;
}

// The service asked for: the gap's clinical code alone; its house code and words stay here.
Value service_of(Document& doc, const Value& gap) {
  Value code = doc.object(), list = doc.array();
  for (const Value& coding : gap["code"]["coding"].elements())
    if (coding.text("system") != in_house("CodeSystem/item")) doc.push(list, doc.copy(coding));
  if (list.size() > 0) doc.set(code, "coding", list);
  doc.set(code, "text", doc.string(gap["code"].text("text")));
  return code;
}

Document order_from(const Value& gap, std::string_view need, std::string_view by, core::Instant now) {
  Document doc = begun("ServiceRequest", rest::new_id(now));
  Value& order = doc.root();
  doc.set(order, "status", doc.string("active"));
  doc.set(order, "intent", doc.string("order"));
  doc.set(order, "category", list_of(doc, concept_of(doc, in_house("CodeSystem/need"), need)));
  doc.set(order, "priority", doc.string(gap.text("priority").empty() ? "routine" : gap.text("priority")));
  doc.set(order, "code", service_of(doc, gap));
  doc.set(order, "subject", doc.copy(gap["for"]));
  doc.set(order, "authoredOn", doc.string(core::text(now)));
  doc.set(order, "requester", reference_from(doc, by));
  if (gap.find("reasonReference")) doc.set(order, "reasonReference", list_of(doc, doc.copy(gap["reasonReference"])));
  return doc;
}

std::string words_of(const Value& referral) {
  const Value& reason = referral["statusReason"];
  if (!reason.text("text").empty()) return std::string(reason.text("text"));
  for (const Value& output : referral["output"].elements())
    if (const std::string_view text = output["valueCodeableConcept"].text("text"); !text.empty())
      return std::string(text);
  return {};
}

struct Found {
  core::store::Record record;
  Document task;
};

core::Result<core::Done> take(core::store::Record record, std::vector<Found>& found) {
  if (record.deleted()) return core::Done{};
  auto parsed = json::parse(record.body);
  if (!parsed) return parsed.error();
  if (is_referral(parsed->root())) found.push_back({std::move(record), std::move(*parsed)});
  return core::Done{};
}

// Children by partOf, and the referral that was taken for support when the gap closed.
core::Result<std::vector<Found>> referrals_of(core::store::Snapshot& snapshot, const Value& gap) {
  core::store::Query query;
  query.types = {"Task"};
  query.all.push_back(core::store::reference_criterion("part-of", {"Task/" + std::string(gap.text("id"))}));
  auto records = core::store::find_all(snapshot, query);
  if (!records) return records.error();
  std::vector<Found> found;
  for (core::store::Record& record : *records)
    if (auto taken = take(std::move(record), found); !taken) return taken.error();
  for (const Value& output : gap["output"].elements()) {
    const std::string link = link_from(output["valueReference"]);
    if (!link.starts_with("Task/") || std::any_of(found.begin(), found.end(), [&](const Found& each) {
          return "Task/" + each.record.key.id == link;
        }))
      continue;
    auto record = snapshot.read({"Task", link.substr(5)});
    if (!record) return record.error();
    if (*record)
      if (auto taken = take(std::move(**record), found); !taken) return taken.error();
  }
  return found;
}

Document back_on_list(const Value& gap, const Found& referral, core::Instant now) {
  Document doc;
  doc.root() = doc.copy(gap);
  const std::string words = words_of(referral.task.root());
  const std::string text =
      "the referral ended as " + std::string(referral.task.root().text("status")) + (words.empty() ? "" : ": " + words);
  Value reason = doc.object(), note = doc.object();
  doc.set(reason, "text", doc.string(text));
  doc.set(doc.root(), "status", doc.string("requested"));
  doc.set(doc.root(), "statusReason", reason);
  doc.set(note, "time", doc.string(core::text(now)));
  doc.set(note, "text", doc.string("Task/" + referral.record.key.id + ": " + text));
  Value notes = doc.array();
  for (const Value& each : gap["note"].elements()) doc.push(notes, doc.copy(each));
  doc.push(notes, note);
  doc.set(doc.root(), "note", notes);
  return doc;
}

}  // namespace

std::string need_of_gap(const Value& gap) {
  std::vector<Coding> codings;
  add_codings(gap["code"], codings);
  for (const Coding& coding : codings)
    if (coding.system == in_house("CodeSystem/item") && coding.code.starts_with(support))
      return coding.code.substr(support.size());
  return {};
}

bool may_be_referred(std::string_view need) {
  constexpr std::array<std::string_view, 1> by_a_person_only{"violence"};
  return !need.empty() && std::find(by_a_person_only.begin(), by_a_person_only.end(), need) == by_a_person_only.end();
}

Referral referral_from(const Value& gap, std::string_view need, std::string_view by, std::string_view owner,
                       core::Instant now) {
  Referral made{order_from(gap, need, by, now), begun("Task", rest::new_id(now))};
  Document& doc = made.task;
  Value& task = doc.root();
  doc.set(task, "partOf", list_of(doc, reference_from(doc, "Task/" + std::string(gap.text("id")))));
  doc.set(task, "status", doc.string("requested"));
  doc.set(task, "intent", doc.string("order"));
  doc.set(task, "priority", doc.string(made.order.root().text("priority")));
  doc.set(task, "code", concept_of(doc, task_codes, "fulfill"));
  doc.set(task, "description", doc.string(gap["code"].text("text")));
  doc.set(task, "focus", reference_from(doc, "ServiceRequest/" + std::string(made.order.root().text("id"))));
  doc.set(task, "for", doc.copy(gap["for"]));
  doc.set(task, "authoredOn", doc.string(core::text(now)));
  doc.set(task, "lastModified", doc.string(core::text(now)));
  doc.set(task, "requester", reference_from(doc, by));
  doc.set(task, "owner", reference_from(doc, owner));
  doc.set(task, "reasonCode", concept_of(doc, in_house("CodeSystem/need"), need));
  if (gap.find("restriction")) doc.set(task, "restriction", doc.copy(gap["restriction"]));
  return made;
}

Document abort_from(const Value& referral, std::string_view reason, core::Instant now) {
  std::string id = "abort-" + std::string(referral.text("id"));
  if (id.size() > 64) id = "abort-" + task_id_from(referral.text("id"));
  Document doc = begun("Task", id);
  Value& task = doc.root();
  Value why = doc.object();
  doc.set(why, "text", doc.string(reason));
  doc.set(task, "status", doc.string("requested"));
  doc.set(task, "intent", doc.string("order"));
  doc.set(task, "code", concept_of(doc, task_codes, "abort"));
  doc.set(task, "focus", reference_from(doc, "Task/" + std::string(referral.text("id"))));
  doc.set(task, "for", doc.copy(referral["for"]));
  doc.set(task, "authoredOn", doc.string(core::text(now)));
  doc.set(task, "lastModified", doc.string(core::text(now)));
  if (referral.find("requester")) doc.set(task, "requester", doc.copy(referral["requester"]));
  doc.set(task, "owner", doc.copy(referral["owner"]));
  doc.set(task, "reasonCode", why);
  return doc;
}

Document taken_back(const Value& referral, std::string_view reason, core::Instant now) {
  if (!may_step(referral.text("status"), "cancelled", Actor::requester)) return abort_from(referral, reason, now);
  Document doc;
  doc.root() = doc.copy(referral);
  Value why = doc.object();
  doc.set(why, "text", doc.string(reason));
  doc.set(doc.root(), "status", doc.string("cancelled"));
  doc.set(doc.root(), "statusReason", why);
  doc.set(doc.root(), "lastModified", doc.string(core::text(now)));
  return doc;
}

core::Result<std::optional<Document>> after_referrals(core::store::Snapshot& snapshot,
                                                      const core::store::Record& record, const Value& gap,
                                                      core::Instant now) {
  auto found = referrals_of(snapshot, gap);
  if (!found) return found.error();
  const std::string_view status = gap.text("status");
  const Found* last = nullptr;
  bool open = false, worked_on = false;
  for (const Found& each : *found) {
    const std::string_view now_is = each.task.root().text("status");
    open |= !is_final(now_is);
    worked_on |= !is_final(now_is) && now_is != "requested" && now_is != "draft";
    if (is_final(now_is) && (!last || each.record.sequence > last->record.sequence)) last = &each;
  }
  if (open) {
    if (!worked_on || (status != "requested" && status != "received" && status != "accepted"))
      return std::optional<Document>();
    Document doc;
    doc.root() = doc.copy(gap);
    doc.set(doc.root(), "status", doc.string("in-progress"));
    return std::optional(std::move(doc));
  }
  const bool waits = status == "requested" || status == "on-hold" || status == "rejected" || status == "cancelled";
  if (!last || closes_need(last->task.root()) || last->record.sequence < record.sequence || waits)
    return std::optional<Document>();
  return std::optional(back_on_list(gap, *last, now));
}

}  // namespace fhir::care
