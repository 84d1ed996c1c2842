// What was asked for a gap, taken back once the gap was decided otherwise, by whatever road: a contact is cancelled; a
// referral too, or after its start its owner is asked to stop. A child that another decided gap wants as well stays.
// Never: commits, decides. Threads: pure but for the snapshot handed in. Source: the house's table of decisions.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/store.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

struct Recall {
  std::string task;                      // id of the gap Task
  std::string decision = {};             // of CodeSystem/gap-decision; empty: not known
  std::string keep = {};                 // an owner whose referral goes on
  bool contacts = true;                  // false: referrals alone
  std::optional<core::Instant> at = {};  // when; what was asked for then (in one transaction) or later stays
};

struct Recalled {
  struct Write {
    json::Document task;
    std::int64_t if_version = 0;
  };
  std::vector<Write> writes;
  std::vector<std::string> kept;  // ids of open referrals to `keep`
};
core::Result<Recalled> recall(core::store::Snapshot& snapshot, const Recall& what, core::Instant now);

// The same for a gap Task that was set aside by writing its status: put off, rejected, or its approval taken back. What
// was asked for after that stays. Nothing: it is worked on, nobody did, or it came back to its list by itself.
core::Result<Recalled> recall_set_aside(core::store::Snapshot& snapshot, const core::store::Record& record,
                                        const json::Value& gap, core::Instant now);

}  // namespace fhir::care
