// Step 2 of the loop in FHIR: what allocation gives a person as one CarePlan. Its id is derived from the person; an activity is an
// intervention with its reasons and the items it serves; contradictions are notes; what runs already is in-progress.
// Never: stores, decides (core/panel/allocate does), orders anything. Threads: pure.
// Source: FHIR R4 CarePlan; KP's intervention levels.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/panel/allocate.hpp"
#include "fhir/care/language.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

// What one person gets, with every name looked up.
struct Given {
  std::string person;                        // "Patient/id"
  core::panel::Allocation allocation;
  std::vector<std::string> addresses;        // Conditions behind it, each once
  std::vector<std::string> tasks;            // ids of the gap Tasks it serves
  bool empty() const { return allocation.interventions.empty() && allocation.contradictions.empty(); }
  std::uint64_t fingerprint() const;
};

std::string care_plan_id(const std::string& patient);  // "care-" and 24 hexadecimal digits

// `stored`: as it stands, or null; what clients added (goal, team, contributors) and its first day stay. With nothing to give it
// becomes `revoked` and keeps what it said.
json::Document care_plan_from(const Given& given, const json::Value* stored, core::Day as_of, Language language = Language::english);

}  // namespace fhir::care
