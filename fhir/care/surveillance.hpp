// Step 3 of the loop at work: the population kept up with the change feed, gaps decided, Tasks committed together with the
// cursor. Three bells, one engine: follow() re-decides the people a change touched, pass() those whose day has come, sweep() everyone.
// Never: a thread of its own, a clock of its own. Repeating it changes nothing: a Task's id is derived from its identity.
// Threads: load(), follow(), pass() and sweep() exclude each other and readers (a lock inside); reading is safe from all threads.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/base/time.hpp"
#include "core/gap/plan.hpp"
#include "core/population/population.hpp"
#include "core/store/store.hpp"
#include "fhir/care/calendar.hpp"
#include "fhir/care/care_plan.hpp"
#include "fhir/care/gap.hpp"
#include "fhir/care/ledger.hpp"
#include "fhir/care/panels.hpp"
#include "fhir/care/risk.hpp"
#include "fhir/care/task.hpp"
#include "fhir/search/search.hpp"

namespace fhir::care {

struct TaskFigures {
  std::size_t created = 0, closed = 0, reopened = 0, cancelled = 0, changed = 0, unchanged = 0;
};

struct SweepFigures {
  std::size_t people = 0, facts = 0, decisions = 0, without_owner = 0;
  std::array<std::size_t, 7> gaps{};  // by GapStatus
  TaskFigures tasks;
  double seconds_deciding = 0, seconds_committing = 0;
};

struct SweepOptions {
  std::string programme;   // only what this programme asks; empty: all
  bool dry_run = false;
  std::function<bool(std::size_t done, std::size_t all)> progress;  // false: stop here
};

class Surveillance {
 public:
  struct Parts {
    core::store::Store* store = nullptr;
    const search::Index* index = nullptr;
    const core::Clock* clock = nullptr;
    std::shared_ptr<const core::gap::Plan> plan;
    GapSetting setting;
    std::shared_ptr<const core::panel::RiskTables> risk;  // null: nobody is stratified
    std::vector<core::panel::PanelDefinition> panels;     // beside the programmes' cohorts
    std::string region;                                   // of SCORE2, for people without a country
    core::population::Identity identity;                  // which business identifiers make two records one person
    std::function<double()> seconds;  // for figures; null: none
  };
  static core::Result<std::unique_ptr<Surveillance>> open(Parts parts);  // errors: a panel's criteria

  core::Result<core::Done> load();   // the population and the ledger from the store
  // Other programmes from now on: the population is read anew beside the running one and takes its place; a sweep must follow.
  // What was asked by a programme that is gone then ends; closed Tasks keep their reason.
  core::Result<core::Done> replan(std::shared_ptr<const core::gap::Plan> plan);
  bool loaded() const { return loaded_; }
  core::Result<std::size_t> follow();  // changes followed; 0: up to date
  core::Result<SweepFigures> sweep(core::Day as_of, const SweepOptions& options = {});
  // A new day: only the people for whom time alone may change something; the same outcome as a sweep. Needs one before it.
  core::Result<SweepFigures> pass(core::Day today, const std::function<bool()>& goes_on = {});

  // A gap as it stands, and the Task stored for it, if any.
  struct Shown {
    Gap gap;
    std::string task;
  };
  core::Result<std::vector<Shown>> gaps(const std::string& patient, core::Day as_of) const;

  // For operations and figures: the population under a shared lock.
  template <class Use>
  auto reading(Use&& use) const {
    const std::shared_lock lock(mutex_);
    return use(population_, *parts_.plan);
  }
  const core::gap::Plan& plan() const { return *parts_.plan; }
  core::population::Memory memory() const;

  // A person in or out of a panel by hand; the Group is written at once. not_found: no such panel.
  core::Result<core::Done> decide_membership(const std::string& group, const core::panel::ByHand& decision);
  template <class Use>
  auto reading_panels(Use&& use) const {
    const std::shared_lock lock(mutex_);
    return use(panels_, population_, *parts_.plan);
  }

 private:
  Surveillance(Parts parts, Panels panels);
  struct Round;  // one batch in the making
  using People = std::unordered_set<core::population::PersonId>;

  Round begin(core::store::Snapshot& snapshot, core::Day as_of, const SweepOptions& options) const;
  core::Result<core::Done> fold(core::store::Snapshot& snapshot, const core::store::Change& change, People& people, std::vector<std::string>& gone);
  void touch(const std::string& patient, People& people, std::vector<std::string>& gone) const;
  core::Result<core::Done> review(Round& round, core::population::PersonId person);
  core::Result<core::Done> review_gone(Round& round, const std::string& patient);
  core::Result<core::Done> review_people(std::optional<Round>& round, std::unique_ptr<core::store::Snapshot>& snapshot,
                                         const std::vector<core::population::PersonId>& people, SweepFigures& all);
  core::Result<core::Done> end_round(std::optional<Round>& round, std::unique_ptr<core::store::Snapshot>& snapshot, SweepFigures& all);
  core::Day next_decision(Round& round, core::population::PersonId person, core::Day allotment);
  core::Result<core::Done> stratify(Round& round, core::population::PersonId person, bool* changed = nullptr);
  core::Result<core::Done> allot(Round& round, core::population::PersonId person, const std::vector<Gap>& gaps, core::Day& next);
  core::Result<core::Done> withdraw(Round& round, const std::string& patient);
  core::Result<core::Done> put_care_plan(Round& round, const Given& given);
  core::Result<core::Done> follow_work(Round& round, json::Document& task);
  core::Result<core::Done> by_standing_order(Round& round, const Gap& gap, const StoredGap* stored, json::Document& task);
  core::Result<core::Done> make_outreach(Round& round);
  core::Result<core::Done> touch_contact(core::store::Snapshot& snapshot, const core::store::Key& key, People& people, std::vector<std::string>& gone) const;
  core::Result<core::Done> want(Round& round, const Risk& risk);
  core::Result<core::Done> want(Round& round, const Gap& gap, StoredGap* stored);
  core::Result<core::Done> close(Round& round, StoredGap& stored, GapStatus status, const Gap* gap, const std::string& reason, const std::string& continued_by = {});
  void find_inheritance(Round& round, core::population::PersonId person, const std::vector<Gap>& gaps);
  core::Result<core::Done> take_over(Round& round, json::Document& task, const std::string& id, const std::string& other);
  core::Result<core::Done> put_trail(Round& round, const std::string& patient, const std::string& leader);
  core::Result<core::Done> cancel_children(Round& round, const std::string& task, bool satisfied);
  core::Result<core::Done> ask_to_stop(Round& round, const json::Value& referral);
  core::Result<core::Done> put_panels(Round& round);
  core::Result<core::Done> load_panels(core::store::Snapshot& snapshot);
  struct Read {                      // what the digests of a store say
    core::population::Population population;
    GapLedger ledger;
    Overrules overrules;
  };
  core::Result<Read> read(core::store::Snapshot& snapshot, const core::gap::Plan& plan) const;
  core::Result<core::Done> adopt(Read read, core::store::Snapshot& snapshot);
  core::Result<bool> within_ramp(Round& round, const Gap& gap);
  core::Result<core::Done> commit(Round& round);
  core::Result<core::Done> refresh(const std::vector<std::string>& tasks);

  Parts parts_;
  mutable std::shared_mutex mutex_;
  core::population::Population population_;
  GapLedger ledger_;
  Overrules overrules_;
  Panels panels_;
  struct Kept {
    std::uint64_t risk = 0, plan = 0;      // what the RiskAssessments and the CarePlan said when last compared
  };
  std::vector<Kept> shown_;                // by person
  std::unordered_set<std::string> withdrawn_;  // patients whose plan and assessments were taken back: what was shown holds no more
  core::panel::Allocator allocator_;
  std::vector<std::shared_ptr<const core::gap::Plan>> earlier_;  // plans that somebody may still look at
  std::unordered_map<std::string, int> ramped_;                  // "programme|owner|week": new Tasks so far
  Calendar calendar_;
  core::store::Sequence cursor_ = 0;
  bool loaded_ = false;
};

// The write of a resource made here: id inside, body in stored form, rows and digest computed.
core::store::Op op_from(const json::Value& resource, const search::Index& index);

}  // namespace fhir::care
