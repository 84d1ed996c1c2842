// Patient/[id]/$gaps: every item of every programme the person is in, stored as a Task or not.
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

// A name for a Task that is not stored: the same for the same gap.
std::string urn_of(const care::Gap& gap) {
  const std::string hex = care::task_id_from(gap.identity()).substr(4);
  return "urn:uuid:" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-5" + hex.substr(13, 3) + "-a" + hex.substr(17, 3) + "-" + hex.substr(20, 12);
}

}  // namespace

rest::Response gaps(const Desk& desk, const rest::Request& request, const std::string& patient) {
  const auto call = Call::read(request, {"asOf"});
  if (!call) return answer(call.error());
  const auto as_of = call->day("asOf", desk.clock->today());
  if (!as_of) return answer(as_of.error());
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  if (const auto record = read_current(**snapshot, "Patient", patient); !record) return answer(record.error());
  const auto shown = desk.surveillance->gaps("Patient/" + patient, *as_of);
  if (!shown) return answer(shown.error());
  Searchset set(desk.base_url + "/Patient/" + patient + "/$gaps?asOf=" + core::text(*as_of));
  for (const care::Surveillance::Shown& each : *shown) {
    json::Document stored;
    bool has_stored = false;
    if (!each.task.empty())
      if (auto record = read_current(**snapshot, "Task", each.task); record)
        if (auto parsed = json::parse(record->body); parsed) {
          stored = std::move(*parsed);
          has_stored = true;
        }
    json::Document task = care::task_from(each.gap, has_stored ? &stored.root() : nullptr, desk.clock->now(), *as_of, desk.setting.language);
    if (!has_stored) {
      task.remove(task.root(), "id");
      task.remove(task.root(), "authoredOn");
      task.remove(task.root(), "lastModified");
    } else {
      task.set(task.root(), "meta", task.copy(stored.root()["meta"]));
    }
    set.add(has_stored ? desk.base_url + "/Task/" + each.task : urn_of(each.gap), json::write(task.root()));
  }
  return set.finish(shown->size());
}

}  // namespace fhir::operation
