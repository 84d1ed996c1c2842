// The readers of single resource types, one file for each module of FHIR: what a resource says, as facts of its digest.
// Private to fhir/care. Never: another resource. Threads: pure. Source: FHIR R4 resource pages; status rules: profiles/README.md.
#pragma once
#include <initializer_list>
#include <optional>
#include <string_view>

#include "core/population/fact.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

using core::population::Digest, core::population::Fact, core::population::FactKind, core::population::State;

// shared (facts.cpp)
struct StatusRow {
  std::string_view status;
  State state;
};
State state_of(std::string_view status, std::initializer_list<StatusRow> table, State otherwise);
State result_state(std::string_view status);  // of an Observation or a DiagnosticReport
bool is_true(const json::Value& value);
std::optional<double> number(const json::Value& value);
// Said no, or found that it is not to be done: a code of the house's set X12 or of FHIR's own lists.
bool says_declined(const json::Value& reasons);

// people and visits (facts_people.cpp)
void from_patient(const json::Value& patient, Digest& digest);
void from_related_person(const json::Value& related, Digest& digest);
void from_encounter(const json::Value& encounter, Digest& digest);
// clinical summary (facts_clinical.cpp)
void from_condition(const json::Value& condition, Digest& digest);
void from_allergy(const json::Value& allergy, Digest& digest);
void from_procedure(const json::Value& procedure, Digest& digest);
void from_risk_assessment(const json::Value& assessment, Digest& digest);
// diagnostics and questionnaires (facts_observations.cpp)
void from_observation(const json::Value& observation, Digest& digest);
void from_report(const json::Value& report, Digest& digest);
void from_questionnaire_response(const json::Value& response, Digest& digest);
// medications and immunizations (facts_medication.cpp)
void from_immunization(const json::Value& immunization, Digest& digest);
void from_medication(const json::Value& medication, Digest& digest);
void from_medication_event(const json::Value& event, Digest& digest);
// care provision and workflow (facts_work.cpp)
void from_care_plan(const json::Value& plan, Digest& digest);
void from_service_request(const json::Value& request, Digest& digest);
void from_task(const json::Value& task, Digest& digest);
void from_communication(const json::Value& communication, Digest& digest);

}  // namespace fhir::care
