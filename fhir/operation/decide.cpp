// Task/[id]/$decide: what the physician decides about a gap, and what comes of it. Nothing goes out before this.
// Source: the house's table of decisions; FHIR R4 Task (child Tasks by partOf).
#include <algorithm>
#include <array>
#include <optional>

#include "fhir/care/contact.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/guard.hpp"
#include "fhir/care/outreach.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/operation/desk.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::operation {
namespace {

using core::Error;
using core::Result;
using core::population::no_day;

enum class Child : unsigned char { none, outreach, ask_evidence };

struct Row {
  std::string_view decision;
  std::string_view status;  // what the gap Task becomes
  Child child;
  bool needs_until;
};

constexpr std::array rows{
    Row{"approve", "accepted", Child::outreach, false},        Row{"adapt", "accepted", Child::outreach, false},
    Row{"defer", "on-hold", Child::none, true},                Row{"decline", "rejected", Child::none, false},
    Row{"not-appropriate", "rejected", Child::none, false},    Row{"done-elsewhere", "on-hold", Child::ask_evidence, false},
};

struct Order {
  const Row* row = nullptr;
  std::string by, reason;
  std::string refer_to;  // "Organization/7": refer instead of reaching out
  core::Day until = no_day;
};

Result<Order> order_from(const Call& call, core::Day today) {
  Order order;
  const auto decision = call.required("decision");
  if (!decision) return decision.error();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.decision == *decision; });
  if (found == rows.end())
    return core::invalid("'" + *decision + "' is not one of approve, adapt, defer, decline, not-appropriate, done-elsewhere", "decision");
  order.row = &*found;
  const auto by = call.required("by");
  if (!by) return by.error();
  if (by->find('/') == std::string::npos) return core::invalid("'by' is a reference to who decides, as Practitioner/1", "by");
  order.by = *by;
  order.reason = call.text("reason");
  order.refer_to = call.text("referTo");
  if (!order.refer_to.empty() && order.row->child != Child::outreach)
    return core::invalid("'referTo' goes with approve and adapt only", "referTo");
  if (!order.refer_to.empty() && order.refer_to.find('/') == std::string::npos)
    return core::invalid("'referTo' is a reference to who carries it out, as Organization/1", "referTo");
  const auto until = call.day("until", no_day);
  if (!until) return until.error();
  if (order.row->needs_until && *until == no_day) return core::invalid("to defer, say until when", "until");
  if (*until != no_day && *until <= today) return core::unprocessable("'until' is not in the future", "until");
  order.until = *until;
  return order;
}

json::Value reference(json::Document& doc, std::string_view target) {
  json::Value value = doc.object();
  doc.set(value, "reference", doc.string(target));
  return value;
}

json::Value concept_of(json::Document& doc, std::string_view system, std::string_view code, std::string_view text) {
  json::Value value = doc.object();
  if (!code.empty()) {
    json::Value coding = doc.object(), list = doc.array();
    doc.set(coding, "system", doc.string(std::string(care::house) + "/CodeSystem/" + std::string(system)));
    doc.set(coding, "code", doc.string(code));
    doc.push(list, coding);
    doc.set(value, "coding", list);
  }
  if (!text.empty()) doc.set(value, "text", doc.string(text));
  return value;
}

void set_until(json::Document& doc, core::Day until) {
  const std::string url = std::string(care::house) + "/StructureDefinition/decided-until";
  json::Value& task = doc.root();
  json::Value list = doc.array();
  for (const json::Value& each : task["extension"].elements())
    if (each.text("url") != url) doc.push(list, each);
  if (until != no_day) {
    json::Value value = doc.object();
    doc.set(value, "url", doc.string(url));
    doc.set(value, "valueDate", doc.string(core::text(until)));
    doc.push(list, value);
  }
  if (list.size() > 0) doc.set(task, "extension", list);
}

// The gap Task after the decision: status, reason, until, and a note of who decided what.
void apply(json::Document& doc, const Order& order, core::Instant now) {
  json::Value& task = doc.root();
  doc.set(task, "status", doc.string(order.row->status));
  if (order.row->status == "accepted")
    doc.remove(task, "statusReason");
  else
    doc.set(task, "statusReason", concept_of(doc, "gap-decision", order.row->decision, order.reason));
  set_until(doc, order.until);
  json::Value note = doc.object();
  doc.set(note, "authorReference", reference(doc, order.by));
  doc.set(note, "time", doc.string(core::text(now)));
  doc.set(note, "text", doc.string(std::string(order.row->decision) + (order.reason.empty() ? "" : ": " + order.reason)));
  care::push_to(doc, task, "note", note);
  doc.set(task, "lastModified", doc.string(core::text(now)));
}

struct Outcome {
  core::store::Batch batch;
  std::vector<std::string> ids;
};

Result<std::vector<core::store::Record>> open_children(core::store::Snapshot& snapshot, const std::string& task) {
  core::store::Query query;
  query.types = {"Task"};
  query.all.push_back(reference_criterion("part-of", {"Task/" + task}));
  auto records = find_all(snapshot, std::move(query));
  if (!records) return records.error();
  std::erase_if(*records, [](const core::store::Record& record) {
    const auto parsed = json::parse(record.body);
    return !parsed || care::is_final(parsed->root().text("status"));
  });
  return records;
}

bool is_of_kind(const json::Value& child, std::string_view kind) {
  return care::has_coding(child["code"], std::string(care::house) + "/CodeSystem/task-kind", kind);
}

// Another gap that this contact serves still wants it.
bool serves_another(core::store::Snapshot& snapshot, const json::Value& child, const std::string& task) {
  std::vector<std::string> served;
  care::add_links(child["partOf"], served);
  return std::any_of(served.begin(), served.end(), [&](const std::string& link) {
    if (!link.starts_with("Task/") || link == "Task/" + task) return false;
    const auto record = read_current(snapshot, "Task", link.substr(5));
    const auto parsed = record ? json::parse(record->body) : core::Result<json::Document>(record.error());
    return parsed && (parsed->root().text("status") == "accepted" || parsed->root().text("status") == "in-progress");
  });
}

// A contact approved before is not made after another decision: nobody is called whom the physician has since let be.
Result<core::Done> recall_outreach(const Desk& desk, core::store::Snapshot& snapshot, const std::string& task,
                                   const Order& order, core::Instant now, Outcome& out) {
  auto children = open_children(snapshot, task);
  if (!children) return children.error();
  for (const core::store::Record& record : *children) {
    auto child = json::parse(record.body);
    if (!child) return child.error();
    if (!is_of_kind(child->root(), "outreach") || serves_another(snapshot, child->root(), task)) continue;
    child->set(child->root(), "status", child->string("cancelled"));
    child->set(child->root(), "statusReason",
               concept_of(*child, "gap-decision", order.row->decision, "the gap it belongs to was decided otherwise"));
    child->set(child->root(), "lastModified", child->string(core::text(now)));
    core::store::Op op = care::op_from(child->root(), *desk.index);
    op.if_version = record.version;
    out.ids.push_back(op.key.id);
    out.batch.ops.push_back(std::move(op));
  }
  return core::Done{};
}

// The abort Task that asks for this referral, as stored; nothing: nobody has asked.
Result<std::optional<core::store::Record>> asked_to_stop(core::store::Snapshot& snapshot, const json::Value& referral, core::Instant now) {
  const auto record = snapshot.read({"Task", std::string(care::abort_from(referral, "", now).root().text("id"))});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return std::optional<core::store::Record>();
  return *record;
}

bool is_open(const core::store::Record& record) {
  const auto parsed = json::parse(record.body);
  return parsed && !care::is_final(parsed->root().text("status"));
}

// Nobody goes on working on what has been decided otherwise: a referral is cancelled, or its owner asked to stop. `keep`:
// the owner that it is referred to now. True when a referral to that one is open already.
Result<bool> recall_referrals(const Desk& desk, core::store::Snapshot& snapshot, const std::string& task, const Order& order, core::Instant now,
                              std::string_view keep, Outcome& out) {
  bool kept = false;
  auto children = open_children(snapshot, task);
  if (!children) return children.error();
  for (const core::store::Record& record : *children) {
    const auto child = json::parse(record.body);
    if (!child) return child.error();
    if (!care::is_referral(child->root()) || serves_another(snapshot, child->root(), task)) continue;
    const auto asked = asked_to_stop(snapshot, child->root(), now);
    if (!asked) return asked.error();
    if (*asked && is_open(**asked)) continue;  // it is being stopped
    if (!keep.empty() && care::link_from(child->root()["owner"]) == keep) {
      kept = true;
      out.ids.push_back(record.key.id);
      continue;
    }
    const json::Document back =
        care::taken_back(child->root(), "the gap it belongs to was decided otherwise: " + std::string(order.row->decision), now);
    core::store::Op op = care::op_from(back.root(), *desk.index);
    op.if_version = op.key == record.key ? record.version : *asked ? (*asked)->version : 0;  // one that was refused asks again
    out.ids.push_back(op.key.id);
    out.batch.ops.push_back(std::move(op));
  }
  return kept;
}

Result<core::Done> add_referral(const Desk& desk, core::store::Snapshot& snapshot, const json::Value& gap, const Order& order, core::Instant now, Outcome& out) {
  const std::string need = care::need_of_gap(gap);
  if (need.empty()) return core::unprocessable("only a social need can be referred: this gap asks for something else", "referTo");
  if (!care::may_be_referred(need))
    return core::unprocessable("a need of this kind is met by a named person's own contact, never by a Task to somebody else", "referTo");
  const auto open = recall_referrals(desk, snapshot, std::string(gap.text("id")), order, now, order.refer_to, out);
  if (!open) return open.error();
  if (*open) return core::Done{};  // decided again: it is on its way
  const care::Referral made = care::referral_from(gap, need, order.by, order.refer_to, now);
  for (const json::Document* each : {&made.order, &made.task}) {
    core::store::Op op = care::op_from(each->root(), *desk.index);
    op.if_version = 0;
    if (op.key.type == "Task") out.ids.push_back(op.key.id);
    out.batch.ops.push_back(std::move(op));
  }
  return core::Done{};
}

Result<core::Done> add_child(const Desk& desk, core::store::Snapshot& snapshot, const json::Value& gap, const Order& order, core::Instant now, Outcome& out) {
  const std::string task(gap.text("id"));
  if (order.row->child != Child::outreach) {
    if (auto recalled = recall_outreach(desk, snapshot, task, order, now, out); !recalled) return recalled;
    if (auto recalled = recall_referrals(desk, snapshot, task, order, now, {}, out); !recalled) return recalled.error();
  }
  if (order.row->child == Child::none) return core::Done{};
  if (!order.refer_to.empty()) return add_referral(desk, snapshot, gap, order, now, out);
  const auto owner = care::outreach_owner(snapshot, gap);
  if (!owner) return owner.error();
  const auto put = [&](const json::Document& child, std::int64_t version) {
    core::store::Op op = care::op_from(child.root(), *desk.index);
    op.if_version = version;
    out.ids.push_back(op.key.id);
    out.batch.ops.push_back(std::move(op));
    return core::Done{};
  };
  if (order.row->child == Child::ask_evidence) {
    auto asked = open_children(snapshot, task);
    if (!asked) return asked.error();
    for (const core::store::Record& record : *asked)
      if (const auto parsed = json::parse(record.body); parsed && is_of_kind(parsed->root(), "ask-evidence")) {
        out.ids.push_back(record.key.id);  // asked for already
        return core::Done{};
      }
  }
  if (order.row->child == Child::outreach) {
    const auto running = care::open_outreach(snapshot, care::link_from(gap["for"]), *owner, order.by);
    if (!running) return running.error();
    if (*running) {
      auto child = json::parse((*running)->body);
      if (!child) return child.error();
      if (!care::serve_too(*child, gap, now)) {  // decided again: it is served already
        out.ids.push_back((*running)->key.id);
        return core::Done{};
      }
      return put(*child, (*running)->version);
    }
  }
  const std::string_view kind = order.row->child == Child::outreach ? "outreach" : "ask-evidence";
  return put(care::outreach_from(gap, {rest::new_id(now), order.by, *owner, kind}, now), 0);
}

Error refused_step(std::string_view from, const Order& order) {
  std::string list;
  for (const Row& row : rows)
    if (care::allowed(from, row.status)) list += (list.empty() ? "" : ", ") + std::string(row.decision);
  return core::unprocessable("a gap Task that is " + std::string(from) + " cannot be decided as " + std::string(order.row->decision) + "; allowed: " +
                                 (list.empty() ? "nothing" : list),
                             "Task.status");
}

Result<Outcome> outcome_of(const Desk& desk, core::store::Snapshot& snapshot, const std::string& id, const Order& order) {
  auto record = read_current(snapshot, "Task", id);
  if (!record) return record.error();
  auto gap = json::parse(record->body);
  if (!gap) return gap.error();
  if (care::gap_identifier(gap->root()).empty()) return core::unprocessable("only a gap Task can be decided: this Task was not made by the panel core", "Task.identifier");
  const std::string_view from = gap->root().text("status");
  if (from == "completed" || from == "cancelled" || !care::allowed(from, order.row->status)) return refused_step(from, order);
  if (order.row->child != Child::none) {
    const auto prohibited = care::contact_prohibited_by(snapshot, gap->root());
    if (!prohibited) return prohibited.error();
    if (*prohibited)
      return core::unprocessable("contact with this person is prohibited by " + **prohibited + " until a person releases it", **prohibited + " (contact-prohibited)");
  }
  const core::Instant now = desk.clock->now();
  Outcome out;
  apply(*gap, order, now);
  core::store::Op op = care::op_from(gap->root(), *desk.index);
  op.if_version = record->version;
  out.ids.push_back(id);
  out.batch.ops.push_back(std::move(op));
  if (auto added = add_child(desk, snapshot, gap->root(), order, now, out); !added) return added.error();
  return out;
}

}  // namespace

rest::Response decide(const Desk& desk, const rest::Request& request, const std::string& task) {
  const auto call = Call::read(request);
  if (!call) return answer(call.error());
  const auto order = order_from(*call, desk.clock->today());
  if (!order) return answer(order.error());
  for (int attempt = 0; attempt < 5; ++attempt) {
    auto snapshot = desk.store->snapshot();
    if (!snapshot) return answer(snapshot.error());
    auto out = outcome_of(desk, **snapshot, task, *order);
    if (!out) return answer(out.error());
    snapshot->reset();
    auto committed = desk.store->commit(std::move(out->batch));
    if (!committed && committed.error().kind == core::Kind::stale) continue;
    if (!committed) return answer(committed.error());
    auto after = desk.store->snapshot();
    if (!after) return answer(after.error());
    Searchset set(desk.base_url + "/Task/" + task + "/$decide");
    for (const std::string& id : out->ids)
      if (const auto record = read_current(**after, "Task", id); record) set.add(desk.base_url + "/Task/" + id, record->body);
    return set.finish(out->ids.size());
  }
  return answer(Error{core::Kind::busy, "the Task changes faster than it can be decided; try again", "Task/" + task});
}

}  // namespace fhir::operation
