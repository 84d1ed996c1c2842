// Which gap Tasks are stored, by person: what a review compares its decisions with, without reading a Task.
// Filled from the digests of gap Tasks at load and from the change feed after. Never: decides. Threads: one writer at a time.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/population/fact.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

struct StoredGap {
  std::string family;
  std::string interval;       // "2023-05-01" or "initial"
  std::string task;           // id of the Task
  bool over = false;          // completed or cancelled: nothing is asked any more
  bool decided = false;       // somebody decided: it may have children
  std::int64_t version = 0;   // as far as known; 0: unknown
  std::uint64_t shown = 0;    // what the Task showed when it was last compared; 0: compare again
};

class GapLedger {
 public:
  // What a digest of a gap Task says; false when the digest is not one.
  bool take(std::string_view task_id, const core::population::Digest& digest, std::int64_t version);
  bool forget(std::string_view task_id);                      // the Task was deleted; false: it was none of ours
  std::vector<StoredGap>& of(const std::string& patient);     // "Patient/id"
  const std::vector<StoredGap>* find(const std::string& patient) const;
  const std::string* patient_of(std::string_view task_id) const;  // nullptr: not a gap Task
  StoredGap* gap(std::string_view task_id);
  std::size_t size() const { return patients_.size(); }       // Tasks
  std::vector<std::string> people() const;                    // with any

 private:
  std::unordered_map<std::string, std::vector<StoredGap>> gaps_;   // by patient
  std::unordered_map<std::string, std::string> patients_;          // Task id -> patient
};

// The digest that the store keeps beside a gap Task: identity, status, whether it was decided.
core::population::Digest gap_digest_from(const json::Value& task);

}  // namespace fhir::care
