// What $evaluate counts: of a panel's members in a period their outcomes, Tasks, contacts, use of care, survey scores, expenses, overrules.
// Never: counts (core/evaluation does). Threads: a snapshot's. Source: FHIR R4; core/evaluation/evaluate.hpp.
#pragma once
#include <optional>
#include <string>

#include "core/evaluation/evaluate.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {

// Nothing: the Group is no panel. `capacity_minutes`: what the floor had in the period; without it work is not compared with it.
core::Result<std::optional<core::evaluation::History>> history_for(const Desk& desk, core::store::Snapshot& snapshot, const std::string& group,
                                                                   core::evaluation::Period period, std::optional<double> capacity_minutes);

}  // namespace fhir::operation
