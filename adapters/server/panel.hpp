// The panel core, opened: programmes and plan from the profiles, surveillance over a store, the desk of its operations, and the
// ticker that follows the change feed on a thread of its own.
// Never: decides anything itself. Threads: built by main(); the ticker's thread is the only one that writes gaps.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/server/ticker.hpp"
#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/store.hpp"
#include "fhir/care/linking.hpp"
#include "fhir/care/surveillance.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/operation/desk.hpp"
#include "fhir/rest/api.hpp"
#include "fhir/search/search.hpp"

namespace adapters::server {

struct PanelSetting {
  std::string profiles;  // the folder that holds programmes/ and house/
  std::string base_url;
  fhir::care::GapSetting gap;
  std::string efi_codes; // text of the eFI code list, empty: none
  std::string region;    // of SCORE2, for people without a country: low, moderate, high, very-high
  std::vector<std::string> surveys;      // of people's experience, for $evaluate
  core::Day covers_from = core::population::no_day;  // nothing that a programme asks is due before; no_day: no such day
  fhir::care::LinkingSetting linking;         // off unless the operator turned it on
  std::vector<std::string> identity_systems;  // trusted to say that two records are one person; empty: every system
};

class Panel {
 public:
  // Errors: a programme that cannot be understood names plan, action, rule and position.
  static core::Result<std::unique_ptr<Panel>> open(core::store::Store& store, const fhir::search::Index& index,
                                                   const fhir::model::Definitions& definitions, const core::Clock& clock, PanelSetting setting);
  fhir::care::Surveillance& surveillance() { return *surveillance_; }
  // What rest asks of the panel core: facts beside each resource, the rules on gap Tasks and on referrals to partners.
  static void plug_into(fhir::rest::Services& services, const std::vector<std::string>& partner_organizations = {});
  void add_operations(fhir::rest::Api& api) const;
  // A live programme is checked when it is written: its faults are named and it is refused.
  void check_programmes(fhir::rest::Services& services) const;
  // Takes up what clients stored since; true: the programmes changed, and everyone is to be swept.
  core::Result<bool> refresh();
  // Compares changed Patients with others, a bounded number; 0: nothing left to do.
  core::Result<std::size_t> link();
  void read_anew() { read_anew_ = true; }  // facts beside resources were made anew: the next refresh() takes them up
  const std::vector<std::string>& faults() const { return faults_; }  // of stored programmes that were left out

 private:
  core::Result<core::gap::Plan> plan_now();
  core::store::Store* store_ = nullptr;
  std::vector<fhir::json::Document> shipped_;
  core::population::CodeSet risk_codes_;
  core::store::Sequence seen_ = 0;   // of PlanDefinitions and ValueSets
  core::Day covers_from_ = core::population::no_day;
  fhir::care::Language language_ = fhir::care::Language::english;
  std::atomic<bool> read_anew_{false};
  std::string live_;                 // the stored ones that take part, as text
  std::vector<std::string> faults_;
  std::unique_ptr<fhir::care::Surveillance> surveillance_;
  std::unique_ptr<fhir::care::Linking> linking_;
  fhir::operation::Desk desk_;
};

// Loads the population, sweeps once, then follows changes as they are committed; a new day asks only those whose day has come.
class SurveillanceTicker final : public Ticker {
 public:
  using Report = std::function<void(const std::string& text, const core::Error* error)>;
  using Refresh = std::function<core::Result<bool>()>;  // takes up changed programmes; true: there were some
  using Link = std::function<core::Result<std::size_t>()>;  // compares some records of people; 0: none is left
  SurveillanceTicker(fhir::care::Surveillance& surveillance, const core::Clock& clock, Report report, Refresh refresh = {}, Link link = {});
  ~SurveillanceTicker() override;
  // While it says so, nothing is decided: not all that is known of new people is here yet. Before start().
  void hold_while(std::function<bool()> held) { held_ = std::move(held); }
  void start() override;
  void nudge(core::store::Sequence last) override;
  void stop() override;
  bool loaded() const override { return loaded_; }
  void gauges(const Gauge& gauge) const override;

 private:
  void run();
  bool sweep();
  bool pass();  // a new day
  void follow();
  bool link();  // true: there is more
  fhir::care::Surveillance& surveillance_;
  const core::Clock& clock_;
  Report report_;
  std::function<bool()> held_;
  Refresh refresh_;
  Link link_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable bell_;
  bool rung_ = false;
  std::atomic<bool> stopping_{false}, loaded_{false};
  std::atomic<core::Day> swept_{0}, looked_{0};  // the day of the last sweep; of the last sweep or pass
  std::atomic<std::size_t> people_{0}, followed_{0}, sweeps_{0}, failures_{0}, without_owner_{0};
  std::atomic<std::size_t> gaps_[7] = {};
};

}  // namespace adapters::server
