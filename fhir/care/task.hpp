// The core -> FHIR: a needed item as a gap Task. One Task for each person, item family and interval; its id is derived from
// that identity, so that repeating changes nothing. Elements as the house's profile gap-task states them.
// Never: decides a gap's status; only what becomes of a stored Task's status under it (table in task.cpp). Threads: pure.
// Source: FHIR R4 Task; profiles/house/structuredefinition-gap-task.json.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/gap/decide.hpp"
#include "core/population/fact.hpp"
#include "fhir/care/language.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

using GapStatus = core::gap::Status;

// Everything that a gap Task shows, free of how it was found.
struct Gap {
  std::string person;                       // "Patient/id"
  std::string family;                       // house item code
  std::string interval;                     // start of the interval the missing evidence opened: a day, or "initial"
  GapStatus status = GapStatus::open;
  core::population::Coding clinical;
  std::string title, closes;                // the item's own words
  std::string activity;                     // ActivityDefinition canonical
  std::vector<std::string> programmes;      // canonicals of the PlanDefinitions that ask, each once
  std::vector<std::string> programme_titles;
  std::string condition;                    // strongest Condition behind it, "Condition/id" or empty
  std::string owner;                        // "Practitioner/id" ..., or empty: none found
  core::Day due = core::population::no_day;
  core::Day last = core::population::no_day;   // newest evidence before the interval
  core::Day since = core::population::no_day;  // since when it stands like this
  std::vector<std::string> evidence;        // "Observation/id": what satisfies it
  core::Day evidence_day = core::population::no_day;
  core::Day declined = core::population::no_day;  // newest refusal, or finding that it is not indicated, while it changes what is shown
  std::vector<std::string> missing;         // what was looked for
  std::string reason;                       // exclusion, or why it could not be evaluated, or why it waits
  int effort_minutes = 10;
  int urgency_days = 0;
  int tier = 0;                             // 0 low ... 3 very-high
  std::string standing_by;                  // a standing order's physician, or empty
  int ramp = 0;                             // new Tasks per owner and week, when every programme that asks has a ramp

  std::string identity() const { return person.substr(person.find('/') + 1) + "|" + family + "|" + interval; }
};

std::string task_id_from(std::string_view identity);  // "gap-" and 32 hexadecimal digits
int rank_of(const Gap& gap);                          // smaller first; from this gap's own facts only

// The Task of a gap. `stored`: the Task as it stands, or null; what clients added to it (notes, executionPeriod) is kept.
json::Document task_from(const Gap& gap, const json::Value* stored, core::Instant now, core::Day today, Language language);

// True when the two Tasks say the same (meta and lastModified aside).
bool says_the_same(const json::Value& a, const json::Value& b);

// A Task whose gap no longer stands: completed by evidence, or cancelled with a reason. `stored` is what there is.
json::Document closed_from(const json::Value& stored, GapStatus status, const std::vector<std::string>& evidence, core::Day evidence_day,
                           const std::string& reason, core::Instant now, Language language);

bool is_final(std::string_view task_status);  // completed, cancelled, rejected, failed, entered-in-error

// In plain words: what is missing, since when, what would close it.
std::string describe(const Gap& gap, Language language);

}  // namespace fhir::care
