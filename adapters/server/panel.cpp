#include "adapters/server/panel.hpp"

#include <algorithm>
#include <chrono>

#include "fhir/care/facts.hpp"
#include "fhir/care/guard.hpp"
#include "fhir/care/live_programmes.hpp"
#include "fhir/care/programme.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/care/risk_tables.hpp"

namespace adapters::server {

using core::Error;
using core::Result;

namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr std::chrono::seconds idle{30};       // how often the day is looked at when nothing happens
constexpr std::chrono::milliseconds while_held{200};
constexpr int days_between_sweeps = 30;         // everyone, to be sure; the days between ask the calendar
constexpr std::chrono::seconds after_fault{2};  // before a failed step is tried again

}  // namespace

Result<std::unique_ptr<Panel>> Panel::open(core::store::Store& store, const fhir::search::Index& index, const fhir::model::Definitions& definitions,
                                           const core::Clock& clock, PanelSetting setting) {
  auto shipped = fhir::care::resources_in(setting.profiles + "/programmes");
  if (!shipped) return shipped.error();
  auto tables = fhir::care::load_risk_tables(setting.profiles + "/house/risk");
  if (!tables) return tables.error();
  if (!setting.efi_codes.empty())
    if (const auto added = fhir::care::add_efi_codes(setting.efi_codes, tables->efi); !added) return added.error();
  auto panel = std::make_unique<Panel>();
  panel->store_ = &store;
  panel->covers_from_ = setting.covers_from;
  panel->language_ = setting.gap.language;
  panel->shipped_ = std::move(*shipped);
  panel->risk_codes_ = fhir::care::risk_codes(*tables);
  auto plan = panel->plan_now();
  if (!plan) return plan.error();
  fhir::care::Surveillance::Parts parts;
  parts.store = &store;
  parts.index = &index;
  parts.clock = &clock;
  parts.plan = std::make_shared<const core::gap::Plan>(std::move(*plan));
  parts.setting = setting.gap;
  parts.risk = std::make_shared<const core::panel::RiskTables>(std::move(*tables));
  parts.region = setting.region;
  parts.seconds = seconds_now;
  parts.identity.trusted_systems = setting.identity_systems;
  auto panels = fhir::care::panels_in(setting.profiles + "/panels");
  if (!panels) return panels.error();
  parts.panels = std::move(*panels);
  auto surveillance = fhir::care::Surveillance::open(std::move(parts));
  if (!surveillance) return surveillance.error();
  panel->surveillance_ = std::move(*surveillance);
  if (setting.linking.on()) {
    const auto* surveillance_now = panel->surveillance_.get();
    const auto one_person = [surveillance_now](const std::string& patient, const std::string& other) {
      return surveillance_now->reading([&](const core::population::Population& population, const core::gap::Plan&) {
        const auto a = population.find(patient), b = population.find(other);
        return a && b && *a == *b;
      });
    };
    panel->linking_ = std::make_unique<fhir::care::Linking>(
        fhir::care::Linking::Parts{&store, &index, &clock, setting.linking, setting.identity_systems, setting.gap.language, one_person});
  }
  panel->desk_ = {&store, &index, &definitions, &clock, panel->surveillance_.get(), setting.base_url, setting.gap, setting.identity_systems, panel->linking_.get(), setting.surveys};
  return panel;
}

void Panel::plug_into(fhir::rest::Services& services, const std::vector<std::string>& partner_organizations) {
  services.digest = fhir::care::digest_bytes;
  services.rule = [referrals = fhir::care::ReferralRule(services.store, partner_organizations)](const auto* before, const auto& after,
                                                                                                const auto& caller, auto& issues) {
    fhir::care::guard_gap_task(before, after, caller, issues);
    referrals.guard(before, after, caller, issues);
  };
  services.rule_types = {"Task"};
}

// Faults of stored programmes are kept for the log: they are left out, the others go on.
core::Result<core::gap::Plan> Panel::plan_now() {
  const auto last = [this] { return std::max(store_->last("PlanDefinition"), store_->last("ValueSet")); };
  seen_ = last();
  auto snapshot = store_->snapshot();
  if (!snapshot) return snapshot.error();
  auto stored = fhir::care::stored_programmes(**snapshot);
  if (!stored) return stored.error();
  std::string what;
  for (const fhir::json::Document& document : *stored) what += fhir::json::write(document.root());
  live_ = std::move(what);
  faults_.clear();
  return fhir::care::live_plan(shipped_, *stored, {risk_codes_}, faults_, covers_from_, language_);
}

Result<bool> Panel::refresh() {
  const bool anew = read_anew_.exchange(false);
  if (!anew && std::max(store_->last("PlanDefinition"), store_->last("ValueSet")) <= seen_) return false;
  const std::string before = live_;
  auto plan = plan_now();
  if (!plan) return plan.error();
  if (!anew && live_ == before) return false;  // others than programmes were written
  auto done = surveillance_->replan(std::make_shared<const core::gap::Plan>(std::move(*plan)));
  if (!done) return done.error();
  return true;
}

core::Result<std::size_t> Panel::link() {
  if (!linking_) return std::size_t{0};
  return linking_->follow();
}

void Panel::check_programmes(fhir::rest::Services& services) const {
  services.rule_types.emplace_back("PlanDefinition");
  services.rule_types.emplace_back("ValueSet");
  services.rule = [rule = std::move(services.rule), surveillance = surveillance_.get()](const fhir::json::Value* before, const fhir::json::Value& after,
                                                                                       const core::access::Caller& caller, fhir::validate::Issues& issues) {
    if (rule) rule(before, after, caller, issues);
    if (fhir::care::is_live(after))
      surveillance->reading([&](const core::population::Population&, const core::gap::Plan& plan) { fhir::care::check_programme(plan, after, issues); });
  };
}

void Panel::add_operations(fhir::rest::Api& api) const {
  for (fhir::rest::Operation& operation : fhir::operation::panel_operations(desk_)) api.add(std::move(operation));
}

SurveillanceTicker::SurveillanceTicker(fhir::care::Surveillance& surveillance, const core::Clock& clock, Report report, Refresh refresh,
                                       Link link)
    : surveillance_(surveillance), clock_(clock), report_(std::move(report)), refresh_(std::move(refresh)), link_(std::move(link)) {}

SurveillanceTicker::~SurveillanceTicker() { stop(); }

void SurveillanceTicker::start() {
  thread_ = std::thread([this] { run(); });
}

void SurveillanceTicker::nudge(core::store::Sequence) {
  {
    const std::lock_guard lock(mutex_);
    rung_ = true;
  }
  bell_.notify_one();
}

void SurveillanceTicker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  bell_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SurveillanceTicker::run() {
  while (!stopping_) {
    if (auto done = surveillance_.load(); done) break;
    else {
      ++failures_;
      report_("the population could not be loaded", &done.error());
    }
    std::unique_lock lock(mutex_);
    bell_.wait_for(lock, after_fault, [this] { return stopping_.load(); });
  }
  if (stopping_) return;
  people_ = surveillance_.memory().people;
  loaded_ = true;
  report_("the population is loaded", nullptr);
  while (!stopping_) {
    if (held_ && held_()) {
      std::unique_lock lock(mutex_);
      bell_.wait_for(lock, while_held, [this] { return stopping_.load(); });
      continue;
    }
    if (looked_ != clock_.today() && !(swept_ == 0 || clock_.today() >= swept_ + days_between_sweeps || clock_.today() < looked_ ? sweep() : pass())) {
      std::unique_lock lock(mutex_);
      bell_.wait_for(lock, after_fault, [this] { return stopping_.load(); });
      continue;
    }
    follow();
    if (refresh_) {
      const auto changed = refresh_();
      if (!changed) {
        ++failures_;
        report_("the stored programmes could not be taken up", &changed.error());
      } else if (*changed) {
        report_("programmes or facts have changed: everyone is decided anew", nullptr);
        looked_ = swept_ = 0;
        continue;
      }
    }
    if (link()) continue;
    std::unique_lock lock(mutex_);
    bell_.wait_for(lock, idle, [this] { return rung_ || stopping_; });
    rung_ = false;
  }
}

// Everyone, once a day. What was committed meanwhile is followed after it, since the cursor did not move.
bool SurveillanceTicker::sweep() {
  const core::Day today = clock_.today();
  fhir::care::SweepOptions options;
  options.progress = [this](std::size_t, std::size_t) { return !stopping_; };
  const auto figures = surveillance_.sweep(today, options);
  if (!figures) {
    ++failures_;
    report_("the sweep failed and will be repeated", &figures.error());
    return false;
  }
  for (std::size_t i = 0; i < figures->gaps.size(); ++i) gaps_[i] = figures->gaps[i];
  without_owner_ = figures->without_owner;
  people_ = figures->people;
  ++sweeps_;
  swept_ = looked_ = today;
  report_("swept " + std::to_string(figures->people) + " people: " + std::to_string(figures->tasks.created) + " Tasks created, " +
              std::to_string(figures->tasks.closed) + " closed, " + std::to_string(figures->tasks.reopened) + " reopened, " +
              std::to_string(figures->tasks.cancelled) + " cancelled",
          nullptr);
  return true;
}

// A new day: the calendar names the few whose decisions time alone may change.
bool SurveillanceTicker::pass() {
  const core::Day today = clock_.today();
  const auto figures = surveillance_.pass(today, [this] { return !stopping_.load(); });
  if (!figures) {
    ++failures_;
    report_("the new day could not be decided and will be repeated", &figures.error());
    return false;
  }
  looked_ = today;
  report_("a new day: " + std::to_string(figures->people) + " people looked at, " + std::to_string(figures->tasks.created) + " Tasks created, " +
              std::to_string(figures->tasks.changed) + " changed",
          nullptr);
  return true;
}

void SurveillanceTicker::follow() {
  while (!stopping_ && !(held_ && held_())) {
    const auto followed = surveillance_.follow();
    if (!followed) {
      ++failures_;
      report_("following the change feed failed and will be repeated", &followed.error());
      std::unique_lock lock(mutex_);
      bell_.wait_for(lock, after_fault, [this] { return stopping_.load(); });
      continue;
    }
    if (*followed == 0) break;
    followed_ += *followed;
  }
}

// Some records compared; what came in meanwhile is followed before the next ones.
bool SurveillanceTicker::link() {
  if (!link_) return false;
  const auto linked = link_();
  if (linked) return *linked > 0;
  ++failures_;
  report_("comparing records of people failed and will be repeated", &linked.error());
  return false;
}

void SurveillanceTicker::gauges(const Gauge& gauge) const {
  gauge("panelbridge_population_people", "People in the population", static_cast<double>(people_));
  gauge("panelbridge_surveillance_changes", "Changes followed since start", static_cast<double>(followed_));
  gauge("panelbridge_surveillance_sweeps", "Sweeps since start", static_cast<double>(sweeps_));
  gauge("panelbridge_surveillance_failures", "Steps that failed and were repeated", static_cast<double>(failures_));
  gauge("panelbridge_gaps_without_owner", "Standing gaps that no owner was found for, at the last sweep", static_cast<double>(without_owner_));
  constexpr const char* names[] = {"satisfied", "due_soon", "open", "overdue", "excluded", "not_applicable", "not_evaluable"};
  for (std::size_t i = 0; i < 7; ++i)
    gauge(std::string("panelbridge_decisions_") + names[i], "Decisions with this status at the last sweep", static_cast<double>(gaps_[i]));
}

}  // namespace adapters::server
