// Step 1 of the loop at work: the risk algorithms over a person's facts in the population, and RiskAssessment both ways.
// Never: stores. Threads: reads the population while nobody writes it. Source: core/panel/risk.hpp; FHIR R4 RiskAssessment.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/panel/risk_inputs.hpp"
#include "core/population/population.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

// The codes that the tables speak of, as a set that the population keeps facts for.
core::population::CodeSet risk_codes(const core::panel::RiskTables& tables);

// One algorithm's answer about one person, with the resources behind it.
struct Risk {
  std::string patient;               // "Patient/id"
  const core::panel::Algorithm* algorithm = nullptr;
  core::panel::Assessment assessment;
  std::vector<std::string> basis;    // "Condition/1" ...
  std::string id() const;            // of its RiskAssessment: derived from algorithm and person
  std::uint64_t fingerprint() const;
};

class RiskReader {
 public:
  RiskReader(const core::panel::RiskTables& tables, const core::population::Population& population, std::string region)
      : tables_(tables), population_(population), region_(std::move(region)), look_backs_(core::panel::look_backs(tables)) {}
  // Every algorithm of the registry, the composite last. Valid until the next call.
  const std::vector<Risk>& risks(core::population::PersonId person, core::Day as_of);
  core::Day next() const { return next_; }  // the first later day on which they may differ, for certain not before

 private:
  const core::panel::RiskTables& tables_;
  const core::population::Population& population_;
  std::string region_;
  core::population::ViewBuffer buffer_;
  std::vector<core::population::Fact> facts_;
  std::vector<std::size_t> rows_;  // of each fact
  std::vector<bool> seen_;         // by class
  std::vector<Risk> risks_;
  std::vector<int> look_backs_;    // days, each once
  core::Day next_ = core::population::open_end;
};

// When a fact stops or begins to count as the days pass: the first day after `as_of` among its start, its end, and its leaving each
// of the look-backs.
core::Day next_boundary(core::Day start, core::Day end, const std::vector<int>& look_backs, core::Day as_of);

// `stored`: as it stands, or null. An answer that is no longer computed becomes status cancelled.
json::Document assessment_from(const Risk& risk, const json::Value* stored, core::Day as_of);

// A physician's overrule: wins over the computed tier from its day to its last.
struct Overrule {
  std::string resource;  // "RiskAssessment/7"
  std::string algorithm;
  int tier = 0;
  core::Day from = 0, until = core::population::open_end;
};

class Overrules {
 public:
  bool take(const std::string& resource, const core::population::Digest& digest);  // false: it is none
  std::string forget(const std::string& resource);                                 // whose it was, or empty
  const Overrule* standing(const std::string& patient, std::string_view algorithm, core::Day on) const;  // the latest
  core::Day next(const std::string& patient, core::Day as_of) const;  // the first later day on which another may stand

 private:
  std::unordered_map<std::string, std::vector<Overrule>> overrules_;  // by patient
  std::unordered_map<std::string, std::string> patient_of_;           // by resource
};

}  // namespace fhir::care
