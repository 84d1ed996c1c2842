// Patient/[id]/$overrule: a physician's tier of risk wins over the computed one until its last day; panels follow at once.
#include "core/panel/risk.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/operation/desk.hpp"
#include "fhir/rest/identity.hpp"

namespace fhir::operation {
namespace {

json::Value coded(json::Document& doc, std::string_view system, std::string_view code) {
  json::Value coding = doc.object(), list = doc.array(), value = doc.object();
  doc.set(coding, "system", doc.string(std::string(care::house) + "/CodeSystem/" + std::string(system)));
  doc.set(coding, "code", doc.string(code));
  doc.push(list, coding);
  doc.set(value, "coding", list);
  return value;
}

struct Order {
  std::string algorithm, tier, by, reason;
  core::Day until = core::population::open_end;
};

core::Result<Order> order_from(const Call& call, const std::string& base_url, core::Day today) {
  Order order;
  order.algorithm = call.text("algorithm").empty() ? "composite" : call.text("algorithm");
  if (!core::panel::find_algorithm(order.algorithm)) return core::invalid("there is no algorithm '" + order.algorithm + "'", "algorithm");
  const auto tier = call.required("tier");
  if (!tier) return tier.error();
  if (!core::panel::tier_from(*tier)) return core::invalid("'" + *tier + "' is not one of low, rising, high, very-high", "tier");
  order.tier = *tier;
  const auto by = call.reference("by", base_url, parties);
  if (!by) return by.error();
  order.by = *by;
  const auto reason = call.required("reason");
  if (!reason) return reason.error();
  order.reason = *reason;
  const auto until = call.day("until", core::population::open_end);
  if (!until) return until.error();
  if (*until < today) return core::unprocessable("'until' lies in the past", "until");
  order.until = *until;
  return order;
}

json::Document assessment_from(const Order& order, const std::string& patient, core::Day today, core::Instant now) {
  json::Document doc;
  doc.root() = doc.object();
  json::Value& root = doc.root();
  doc.set(root, "resourceType", doc.string("RiskAssessment"));
  doc.set(root, "id", doc.string(rest::new_id(now)));
  json::Value meta = doc.object();
  doc.set(meta, "tag", coded(doc, "origin", "panelbridge")["coding"]);
  doc.set(root, "meta", meta);
  doc.set(root, "status", doc.string("final"));
  doc.set(root, "method", coded(doc, "algorithm", order.algorithm));
  doc.set(root, "subject", care::reference_from(doc, "Patient/" + patient));
  doc.set(root, "occurrenceDateTime", doc.string(core::text(today)));
  doc.set(root, "performer", care::reference_from(doc, order.by));
  json::Value reason = doc.object(), reasons = doc.array(), prediction = doc.object(), predictions = doc.array();
  doc.set(reason, "text", doc.string(order.reason));
  doc.push(reasons, reason);
  doc.set(root, "reasonCode", reasons);
  doc.set(prediction, "qualitativeRisk", coded(doc, "risk-tier", order.tier));
  if (order.until != core::population::open_end) {
    json::Value period = doc.object();
    doc.set(period, "end", doc.string(core::text(order.until)));
    doc.set(prediction, "whenPeriod", period);
  }
  doc.push(predictions, prediction);
  doc.set(root, "prediction", predictions);
  return doc;
}

}  // namespace

rest::Response overrule(const Desk& desk, const rest::Request& request, const std::string& patient) {
  const auto call = Call::read(request, {"algorithm", "tier", "by", "reason", "until"});
  if (!call) return answer(call.error());
  const core::Day today = desk.clock->today();
  const auto order = order_from(*call, desk.base_url, today);
  if (!order) return answer(order.error());
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  if (const auto record = read_current(**snapshot, "Patient", patient); !record) return answer(record.error());
  const json::Document assessment = assessment_from(*order, patient, today, desk.clock->now());
  core::store::Batch batch;
  batch.ops.push_back(care::op_from(assessment.root(), *desk.index));
  batch.ops.back().if_version = 0;
  const core::store::Key key = batch.ops.back().key;
  snapshot->reset();
  if (auto committed = desk.store->commit(std::move(batch)); !committed) return answer(committed.error());
  if (auto followed = desk.surveillance->follow(); !followed) return answer(followed.error());  // panels follow at once
  auto after = desk.store->snapshot();
  if (!after) return answer(after.error());
  const auto record = read_current(**after, key.type, key.id);
  if (!record) return answer(record.error());
  const auto stored = json::parse(record->body);
  return stored ? answer(stored->root()) : answer(stored.error());
}

}  // namespace fhir::operation
