// One round of surveillance: what one commit will hold, and what the ledger learns from it. Private to fhir/care.
// Threads: belongs to the holder of Surveillance's lock.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "fhir/care/surveillance.hpp"

namespace fhir::care {

struct Surveillance::Round {
  core::store::Snapshot& snapshot;
  core::Day as_of;
  core::Instant now;
  const SweepOptions& options;
  GapReader reader;
  core::store::Batch batch;
  struct Written {
    std::string task;            // empty: not a gap Task
    std::uint64_t shown = 0;
  };
  std::vector<Written> written;  // one for each op
  std::optional<RiskReader> risks;
  std::vector<std::pair<core::population::PersonId, std::uint64_t>> risk_shown, plan_shown;
  struct Due {
    core::population::PersonId person;
    core::Day decisions, tiers;
  };
  std::vector<Due> due{};                  // when each person reviewed is to be looked at again
  core::Day until = core::population::open_end, tiers = core::population::open_end;  // of the person under review: decisions that end, tiers
  std::map<std::string, std::string> inherits{};  // of the person under review: Task -> decided Task of another of the records
  struct Standing {
    json::Document gap;                    // the Task as it will be
    std::string by;
  };
  std::vector<Standing> standing{};          // gaps of the person under review that a standing order took on
  SweepFigures figures{};
  bool panels = false;           // changed panels are in the batch
  bool of_programme(const Gap& gap) const {
    return options.programme.empty() || std::any_of(gap.programmes.begin(), gap.programmes.end(), [&](const std::string& url) {
             const std::string_view canonical = std::string_view(url).substr(0, url.find('|'));
             return canonical == options.programme || canonical.ends_with("/" + options.programme);
           });
  }
  std::unordered_set<std::string> put_already{};  // "Task/gap-..."
  bool has(const core::store::Key& key) const { return put_already.contains(key.type + "/" + key.id); }
  void put(const json::Value& resource, const search::Index& index, std::int64_t if_version, Written what) {
    core::store::Op op = op_from(resource, index);
    op.if_version = if_version;
    put_already.insert(op.key.type + "/" + op.key.id);
    batch.ops.push_back(std::move(op));
    written.push_back(std::move(what));
  }
};

}  // namespace fhir::care
