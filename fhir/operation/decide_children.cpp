#include "fhir/operation/decide_children.hpp"

#include <algorithm>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/outreach.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/rest/identity.hpp"

namespace fhir::operation::deciding {

using core::Result;

namespace {

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

}  // namespace

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

}  // namespace fhir::operation::deciding
