// Programmes at run time: what ships in profiles/programmes and what clients store with the house's profile, together. A stored
// PlanDefinition or ValueSet of the same canonical takes the place of a shipped one; a retired one takes it away.
// Never: decides, swaps anything in (Surveillance::replan does). Threads: pure over what it is given.
// Source: FHIR R4 PlanDefinition.status; profiles/README.md.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/gap/plan.hpp"
#include "core/store/store.hpp"
#include "fhir/care/language.hpp"
#include "fhir/json/json.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::care {

// A PlanDefinition or ValueSet that takes part: profile H/StructureDefinition/programme, or tag H/CodeSystem/programme|live.
bool is_live(const json::Value& resource);

// What is stored and takes part, in order of creation.
core::Result<std::vector<json::Document>> stored_programmes(core::store::Snapshot& snapshot);

// Everything as one plan. A stored resource with a fault is left out, and named in `faults`; the rest goes on. `covers_from`: of
// programmes that do not say themselves (effectivePeriod.start) since when they are in force. Texts are in `language` where there are any.
core::Result<core::gap::Plan> live_plan(std::span<const json::Document> shipped, std::span<const json::Document> stored,
                                        const std::vector<core::gap::CodeSet>& more, std::vector<std::string>& faults,
                                        core::Day covers_from = core::population::no_day, Language language = Language::english);

// A programme alone over the sets of the running plan: what a dry run counts with, and whether it could go live.
core::Result<core::gap::Plan> plan_alone(const core::gap::Plan& running, core::gap::Programme programme);

// The faults of a PlanDefinition that wants to be live; nothing is added for others.
void check_programme(const core::gap::Plan& running, const json::Value& resource, validate::Issues& issues);

}  // namespace fhir::care
