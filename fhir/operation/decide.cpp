// Task/[id]/$decide: what the physician decides about a gap, and what comes of it. Nothing goes out before this.
// Source: the house's table of decisions; FHIR R4 Task (child Tasks by partOf).
#include <algorithm>
#include <array>
#include <optional>

#include "fhir/care/contact.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/guard.hpp"
#include "fhir/operation/decide_children.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::operation {
namespace {

using core::Error;
using core::Result;
using core::population::no_day;
using namespace deciding;

constexpr std::array rows{
    Row{"approve", "accepted", Child::outreach, false},        Row{"adapt", "accepted", Child::outreach, false},
    Row{"defer", "on-hold", Child::none, true},                Row{"decline", "rejected", Child::none, false},
    Row{"not-appropriate", "rejected", Child::none, false},    Row{"done-elsewhere", "on-hold", Child::ask_evidence, false},
};

Result<Order> order_from(const Call& call, const std::string& base_url, core::Day today) {
  Order order;
  const auto decision = call.required("decision");
  if (!decision) return decision.error();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.decision == *decision; });
  if (found == rows.end())
    return core::invalid("'" + *decision + "' is not one of approve, adapt, defer, decline, not-appropriate, done-elsewhere", "decision");
  order.row = &*found;
  const auto by = call.reference("by", base_url, parties);
  if (!by) return by.error();
  order.by = *by;
  order.reason = call.text("reason");
  if (!call.text("referTo").empty()) {
    if (order.row->child != Child::outreach) return core::invalid("'referTo' goes with approve and adapt only", "referTo");
    const auto refer_to = call.reference("referTo", base_url, parties);
    if (!refer_to) return refer_to.error();
    order.refer_to = *refer_to;
  }
  const auto until = call.day("until", no_day);
  if (!until) return until.error();
  if (order.row->needs_until && *until == no_day) return core::invalid("to defer, say until when", "until");
  if (*until != no_day && *until <= today) return core::unprocessable("'until' is not in the future", "until");
  order.until = *until;
  return order;
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
  else doc.remove(task, "extension");
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
  doc.set(note, "authorReference", care::reference_from(doc, order.by));
  doc.set(note, "time", doc.string(core::text(now)));
  doc.set(note, "text", doc.string(std::string(order.row->decision) + (order.reason.empty() ? "" : ": " + order.reason)));
  care::push_to(doc, task, "note", note);
  doc.set(task, "lastModified", doc.string(core::text(now)));
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
  const auto call = Call::read(request, {"decision", "by", "reason", "until", "referTo"});
  if (!call) return answer(call.error());
  const auto order = order_from(*call, desk.base_url, desk.clock->today());
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
