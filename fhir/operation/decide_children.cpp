#include "fhir/operation/decide_children.hpp"

#include <algorithm>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/outreach.hpp"
#include "fhir/care/recall.hpp"
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

// What was asked for before, for a decision that wants it no more.
Result<care::Recalled> take_back(const Desk& desk, core::store::Snapshot& snapshot, const care::Recall& what, core::Instant now, Outcome& out) {
  auto back = care::recall(snapshot, what, now);
  if (!back) return back;
  for (const care::Recalled::Write& write : back->writes) {
    core::store::Op op = care::op_from(write.task.root(), *desk.index);
    op.if_version = write.if_version;
    out.ids.push_back(op.key.id);
    out.batch.ops.push_back(std::move(op));
  }
  out.ids.insert(out.ids.end(), back->kept.begin(), back->kept.end());
  return back;
}

Result<core::Done> add_referral(const Desk& desk, core::store::Snapshot& snapshot, const json::Value& gap, const Order& order, core::Instant now, Outcome& out) {
  const std::string need = care::need_of_gap(gap);
  if (need.empty()) return core::unprocessable("only a social need can be referred: this gap asks for something else", "referTo");
  if (!care::may_be_referred(need))
    return core::unprocessable("a need of this kind is met by a named person's own contact, never by a Task to somebody else", "referTo");
  const auto back = take_back(desk, snapshot, {std::string(gap.text("id")), std::string(order.row->decision), order.refer_to, false}, now, out);
  if (!back) return back.error();
  if (!back->kept.empty()) return core::Done{};  // decided again: it is on its way
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
  if (order.row->child != Child::outreach)
    if (auto back = take_back(desk, snapshot, {task, std::string(order.row->decision)}, now, out); !back) return back.error();
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
