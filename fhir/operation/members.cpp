// Group/[id]/$include-member and $exclude-member: membership of a panel by hand; it wins over the criteria.
#include "fhir/operation/desk.hpp"

namespace fhir::operation {

rest::Response decide_member(const Desk& desk, const rest::Request& request, const std::string& group, bool include) {
  const auto call = Call::read(request, {"patient", "by", "reason", "until"});
  if (!call) return answer(call.error());
  core::panel::ByHand decision;
  decision.include = include;
  const auto patient = call->reference("patient", desk.base_url, patients);
  if (!patient) return answer(patient.error());
  if (!patient->starts_with("Patient/")) return answer(core::invalid("'patient' is one of this server, as Patient/1", "patient"));
  const auto by = call->reference("by", desk.base_url, parties);
  if (!by) return answer(by.error());
  const auto reason = call->required("reason");
  if (!reason) return answer(reason.error());
  decision.patient = *patient;
  decision.by = *by;
  decision.reason = *reason;
  decision.from = desk.clock->today();
  const auto until = call->day("until", core::population::open_end);
  if (!until) return answer(until.error());
  if (*until < decision.from) return answer(core::unprocessable("'until' lies in the past", "until"));
  decision.until = *until;
  if (auto decided = desk.surveillance->decide_membership(group, decision); !decided) return answer(decided.error());
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  const auto record = read_current(**snapshot, "Group", group);
  if (!record) return answer(record.error());
  const auto stored = json::parse(record->body);
  return stored ? answer(stored->root()) : answer(stored.error());
}

}  // namespace fhir::operation
