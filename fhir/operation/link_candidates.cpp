// $link-candidates: pairs of records that may be one person, the likeliest first, each Task with its two Patients; and
// Task/[id]/$decide-link: what somebody decides about a pair.
// Source: fhir/care/linking; FHIR R4 Patient.link.
#include <algorithm>
#include <charconv>
#include <set>

#include "fhir/care/linking.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

using core::Result;

double probability_of(const json::Value& task) {
  double value = 0;
  for (const json::Value& input : task["input"].elements()) {
    const std::string_view text = input.text("valueDecimal");
    if (!text.empty()) (void)std::from_chars(text.data(), text.data() + text.size(), value);
  }
  return value;
}

struct Review {
  std::string id, body;
  double probability = 0;
  care::Pair pair;
};

Result<std::vector<Review>> reviews(core::store::Snapshot& snapshot, const std::string& status) {
  core::store::Query query;
  query.types = {"Task"};
  query.all.push_back(token_criterion("code", {"review-link"}, std::string(care::house) + "/CodeSystem/task-kind"));
  query.all.push_back(token_criterion("status", {status}));
  auto records = find_all(snapshot, query);
  if (!records) return records.error();
  std::vector<Review> all;
  for (core::store::Record& record : *records) {
    const auto task = json::parse(record.body);
    if (!task) return task.error();
    if (!care::is_link_task(task->root())) continue;
    const double probability = probability_of(task->root());
    all.push_back({record.key.id, std::move(record.body), probability, care::pair_from(task->root())});
  }
  std::stable_sort(all.begin(), all.end(), [](const Review& a, const Review& b) { return a.probability > b.probability; });
  return all;
}

void add_patient(const Desk& desk, core::store::Snapshot& snapshot, const std::string& patient, std::set<std::string>& shown, Searchset& set) {
  if (!shown.insert(patient).second) return;
  if (const auto record = read_current(snapshot, "Patient", patient.substr(patient.find('/') + 1)); record)
    set.add(desk.base_url + "/" + patient, record->body, "include");
}

}  // namespace

rest::Response link_candidates(const Desk& desk, const rest::Request& request) {
  const auto call = Call::read(request, {"count", "status"});
  if (!call) return answer(call.error());
  std::size_t count = 50;
  if (const std::string text = call->text("count"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count == 0 || count > 1'000)
      return answer(core::invalid("'" + text + "' is not a number of pairs from 1 to 1000", "count"));
  }
  std::string status = call->text("status");
  if (status.empty()) status = "requested";
  if (status != "requested" && status != "completed" && status != "rejected" && status != "cancelled")
    return answer(core::invalid("'" + status + "' is not one of requested, completed, rejected, cancelled", "status"));
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  auto all = reviews(**snapshot, status);
  if (!all) return answer(all.error());
  Searchset set(desk.base_url + "/$link-candidates?status=" + status + "&count=" + std::to_string(count));
  std::set<std::string> shown;
  for (std::size_t i = 0; i < std::min(count, all->size()); ++i) {
    set.add(desk.base_url + "/Task/" + (*all)[i].id, (*all)[i].body);
    add_patient(desk, **snapshot, (*all)[i].pair.first, shown, set);
    add_patient(desk, **snapshot, (*all)[i].pair.second, shown, set);
  }
  if (!desk.linking) set.add_outcome("Scored linking is off: set identity.review_from in the configuration to turn it on.");
  return set.finish(all->size());
}

rest::Response decide_link(const Desk& desk, const rest::Request& request, const std::string& task) {
  const auto call = Call::read(request, {"decision", "by", "reason"});
  if (!call) return answer(call.error());
  const auto decision = call->required("decision");
  if (!decision) return answer(decision.error());
  if (*decision != "same-person" && *decision != "different-people")
    return answer(core::invalid("'" + *decision + "' is not one of same-person, different-people", "decision"));
  const auto by = call->reference("by", desk.base_url, parties);
  if (!by) return answer(by.error());
  if (!desk.linking) return answer(core::unprocessable("scored linking is off: set identity.review_from in the configuration to turn it on", "identity.review_from"));
  if (auto done = desk.linking->decide(task, *decision == "same-person", *by, call->text("reason")); !done) return answer(done.error());
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  const auto record = read_current(**snapshot, "Task", task);
  if (!record) return answer(record.error());
  const auto body = json::parse(record->body);
  if (!body) return answer(body.error());
  Searchset set(desk.base_url + "/Task/" + task + "/$decide-link");
  set.add(desk.base_url + "/Task/" + task, record->body);
  const care::Pair pair = care::pair_from(body->root());
  std::set<std::string> shown;
  add_patient(desk, **snapshot, pair.first, shown, set);
  add_patient(desk, **snapshot, pair.second, shown, set);
  return set.finish(1);
}

}  // namespace fhir::operation
