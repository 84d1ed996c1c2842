// What a case says about its referral: the case as read, and the Task as it should be then.
// Never: calls or stores. Threads: pure. Source: the house's referral rules; a case is closed when einddatum is set,
// whatever its status.
#pragma once
#include <optional>
#include <string>

#include "adapters/zgw/settings.hpp"
#include "core/base/time.hpp"
#include "fhir/json/json.hpp"

namespace adapters::zgw {

struct Case {
  std::string url, number, type;
  std::string status, result;                   // URLs, empty: none
  std::string status_name, result_name, words;  // omschrijving of both types; the result's toelichting
  std::string end;                              // einddatum, empty: open
  bool closed() const { return !end.empty(); }
  std::string seen() const { return last_parts(); }  // changes when anything of it changes

 private:
  std::string last_parts() const;
};

Case case_from(const fhir::json::Value& zaak);

// What the case makes of the Task; `status` is a status of Task.
struct Progress {
  std::string status, words;
  std::optional<ResultMapping> result;  // of a closed case
};
Progress progress_of(const Case& found, const Settings& settings);

// The Task after that, or nothing when it says so already. `refused`: the table of referrals has no way there; only
// words changed.
struct Moved {
  fhir::json::Document task;
  bool refused = false;
};
std::optional<Moved> moved(const fhir::json::Value& task, const Progress& progress, const Case& found,
                           const std::string& need, core::Instant now);

// A remark of ours on a Task that is not sent (yet): businessStatus with a code of H/CodeSystem/referral-result.
std::optional<fhir::json::Document> remarked(const fhir::json::Value& task, std::string_view code,
                                             const std::string& why, core::Instant now);

}  // namespace adapters::zgw
