// Two records that may be one person, as a Task for somebody to decide: which two, how likely and why, what was decided. One Task for
// each pair; its id is derived from the pair, so that a pair that was rejected stays so. On a decision that they are one person
// Patient.link is written on one of the two and names the Task; taken back, the link goes. Never: a Patient added or removed.
// Threads: pure over what it is given. Source: FHIR R4 Patient.link (seealso), Task; core/population/matching.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "core/base/time.hpp"
#include "core/population/matching.hpp"
#include "fhir/care/task.hpp"
#include "fhir/json/json.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::care {

using Pair = std::pair<std::string, std::string>;  // "Patient/a", "Patient/b", in the order of their names

Pair pair_of(std::string_view patient, std::string_view other);
std::string link_task_id(const Pair& pair);
bool is_link_task(const json::Value& task);
Pair pair_from(const json::Value& task);  // of such a Task

struct Likely {
  double probability = 0;
  std::vector<std::string> fields;  // "birth date agrees"
};

// The Task as it stands: `stored` is what there is, or null. Its status is `requested`; decided ones are not touched.
json::Document link_task_from(const Pair& pair, const Likely& likely, const json::Value* stored, core::Instant now, Language language);
// No longer a question: the records are not alike any more, or are one person already.
json::Document withdrawn_from(const json::Value& stored, std::string_view why, core::Instant now);
// Decided: `by` is who ("Practitioner/1"), or empty: by the configured threshold.
json::Document decided_from(const json::Value& stored, bool same_person, const std::string& by, const std::string& reason, core::Instant now);
bool says_same_person(const json::Value& task);  // decided so

// Patient.link to the other of the pair, with the Task that says so; false: nothing to change.
bool add_link(json::Document& patient, const std::string& other, const std::string& task);
bool drop_link(json::Document& patient, const std::string& task);
// The links of decisions in `stored` go along into a Patient that is written anew by its source.
void keep_decided_links(const json::Value& stored, json::Document& patient);

// A client may add notes to such a Task; who is one person is decided by $decide-link only.
void guard_link_task(const json::Value* before, const json::Value& after, validate::Issues& issues);

}  // namespace fhir::care
