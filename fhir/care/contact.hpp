// The one check whether a person may be contacted: the house's extension contact-prohibited on Patient or Task, or Gravity's
// temporary code on a ServiceRequest. What makes outreach, referrals or mail asks here first and leaves it when the answer is yes.
// Never: stores. Threads: pure over what it is given. Source: Gravity SDOH Clinical Care (orderDetail codes); the house's extension.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/store/store.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

// Says this resource itself (Patient, Task, ServiceRequest) that the person is not to be contacted?
bool contact_prohibited(const json::Value& resource);

// The reference of the resource that prohibits it ("Patient/1"): the Task itself, the Patient in `for` or another record of that person
// (linked, or with a business identifier in common), or a ServiceRequest in `focus`
// or `basedOn`, as they stand in the snapshot; nothing: contact is allowed. What is not stored here prohibits nothing.
core::Result<std::optional<std::string>> contact_prohibited_by(core::store::Snapshot& snapshot, const json::Value& task);

}  // namespace fhir::care
