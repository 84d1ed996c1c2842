#include "adapters/zgw/partner.hpp"

#include <algorithm>

#include "adapters/zgw/subscribing.hpp"
#include "adapters/zgw/texts.hpp"
#include "fhir/care/referral.hpp"

namespace adapters::zgw {
namespace {

using core::Done;
using core::Instant;
using core::Result;
using fhir::json::Value;
using What = Verdict::What;

constexpr std::int64_t catalogue_lasts_ms = 3'600'000, lacking_lasts_ms = 300'000, step_ms = 1'000;
constexpr std::int64_t subscription_lasts_ms = 3'600'000, subscribe_again_ms = 60'000;
constexpr std::int64_t first_pause_ms = 1'000, longest_pause_ms = 45'000, longest_outage_ms = 15'000;
constexpr std::size_t jobs_at_once = 50;
constexpr int writes_at_once = 8;
constexpr std::uint32_t most_silent = 20;  // attempts of one job that end without an answer while others get theirs

// Doubling, and spread so that jobs which failed together do not come back together.
std::int64_t pause_of(const core::outbox::Job& job) {
  const std::int64_t pause = std::min(longest_pause_ms, first_pause_ms << std::min<std::uint32_t>(job.attempts, 10));
  const std::size_t chance = std::hash<std::string>()(job.key + std::to_string(job.attempts)) % 1'000;
  return pause / 2 + pause * static_cast<std::int64_t>(chance) / 2'000;
}

}  // namespace

CasePartner::CasePartner(std::string id, Settings settings, Crypto crypto, fhir::partner::World world)
    : id_(std::move(id)),
      queue_("zgw-" + id_),
      settings_(std::move(settings)),
      crypto_(std::move(crypto)),
      world_(std::move(world)),
      names_(id_),
      client_(settings_, crypto_, *world_.clock, *world_.outgoing) {}

// What the configuration names and neither their catalogue nor the house has. A programme of one's own may know further
// needs, so one that is not known is said and no mistake.
std::vector<std::string> CasePartner::problems(const Catalogue& catalogue) const {
  std::vector<std::string> found = catalogue.problems();
  for (const auto& [need, identification] : settings_.needs)
    if (need != "*" && !needs_->knows(need))
      found.push_back("needs." + need + ": no need of the house has this code, so no referral will have it");
  return found;
}

Result<Done> CasePartner::prepare() {
  if (!disclosure_) {
    auto table = fhir::partner::Disclosure::load(world_.profiles);
    if (!table) return table.error();
    auto needs = fhir::partner::Needs::load(world_.profiles);
    if (!needs) return needs.error();
    disclosure_ = *std::move(table);
    needs_ = *std::move(needs);
  }
  if (catalogue_ && now().ms < catalogue_at_.ms + (said_.empty() ? catalogue_lasts_ms : lacking_lasts_ms)) return Done{};
  auto catalogue = Catalogue::load(client_, settings_, world_.clock->today());
  if (!catalogue) return catalogue.error();
  catalogue_ = *std::move(catalogue);
  catalogue_at_ = now();
  const std::vector<std::string> found = problems(*catalogue_);
  for (const std::string& problem : found)
    if (std::find(said_.begin(), said_.end(), problem) == said_.end() && world_.report)
      world_.report("the configuration does not fit: " + problem, nullptr);
  const bool better = found.size() < said_.size();
  said_ = found;
  remark();
  return better ? revive() : Result<Done>(Done{});
}

// What was parked for want of something in the catalogue has another chance, now that it has more.
Result<Done> CasePartner::revive() {
  auto snapshot = world_.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto jobs = core::outbox::parked(**snapshot, queue_);
  if (!jobs) return jobs.error();
  snapshot->reset();
  core::store::Batch batch;
  for (core::outbox::Job& job : *jobs) core::outbox::revive(batch, queue_, std::move(job), now());
  if (batch.values.empty()) return Done{};
  if (auto committed = world_.store->commit(std::move(batch)); !committed) return committed.error();
  return Done{};
}

void CasePartner::remark() {
  const std::lock_guard lock(mutex_);
  status_.remarks = said_;
  if (!subscription_remark_.empty()) status_.remarks.push_back(subscription_remark_);
}

// They tell us what happens; what they do not tell is found by polling, so nothing waits for this.
Result<Done> CasePartner::keep_subscribed() {
  if (settings_.notificaties_url.empty() || settings_.webhook_token.empty() || now() < subscribe_at_) return Done{};
  auto snapshot = world_.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto before = (*snapshot)->value(names_.subscription());
  if (!before) return before.error();
  snapshot->reset();
  const std::string known = before->value_or(std::string());
  auto made = subscribe(client_, settings_, callback_of(world_.base_url, id_), known);
  const std::string remark_now = made ? made->remark : "notificaties_url: " + made.error().message;
  subscribe_at_ = {now().ms + (remark_now.empty() ? subscription_lasts_ms : subscribe_again_ms)};
  if (remark_now != subscription_remark_ && !remark_now.empty() && world_.report) world_.report(remark_now, nullptr);
  subscription_remark_ = remark_now;
  remark();
  if (!made || made->url.empty() || made->url == known) return Done{};
  core::store::Batch batch;
  batch.values.emplace_back(names_.subscription(), made->url);
  if (auto committed = world_.store->commit(std::move(batch)); !committed) return committed.error();
  return Done{};
}

Result<Instant> CasePartner::step() {
  auto more = follow();  // first: what is committed here becomes a job even while their side is down
  if (!more) return more.error();
  if (auto done = answer_bells(); !done) return done.error();
  const auto called = now() < call_at_ ? Result<Done>(Done{}) : call_out();
  if (auto counted = count(); !counted) return counted.error();
  if (!called) {  // not an error of the step: what is committed here must go on becoming jobs
    if (failures_++ == 0 && world_.report)
      world_.report("the case system cannot be worked with and will be asked again", &called.error());
    call_at_ = {now().ms + std::min(longest_outage_ms, first_pause_ms << std::min(failures_, 10U))};
    const std::lock_guard lock(mutex_);
    status_.last_failure = now();
    status_.why = called.error().message;
    status_.failing = failures_;
    ++status_.failures;
  }
  if (*more) return now();
  auto snapshot = world_.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto next = core::outbox::next(**snapshot, queue_);
  if (!next) return next.error();
  return std::max(call_at_, *next ? std::min(**next, poll_at_) : poll_at_);
}

Result<Done> CasePartner::call_out() {
  if (auto ready = prepare(); !ready) return ready;
  if (now() >= poll_at_)
    if (auto polled = poll(); !polled) return polled;
  if (auto worked = work(); !worked) return worked;
  if (auto subscribed = keep_subscribed(); !subscribed) return subscribed;
  failures_ = 0;
  const std::lock_guard lock(mutex_);
  status_.failing = 0;
  return Done{};
}

Result<Done> CasePartner::work() {
  const std::int64_t until = now().ms + step_ms;
  auto snapshot = world_.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto jobs = core::outbox::due(**snapshot, queue_, now(), jobs_at_once);
  if (!jobs) return jobs.error();
  snapshot->reset();
  for (core::outbox::Job& job : *jobs) {
    auto verdict = attend(std::move(job));
    if (!verdict) return verdict.error();
    // Their side is down: the others need not fail one after the other, and keep their short pauses.
    if (verdict->what == What::later && client_.is_down()) return core::Error{core::Kind::busy, verdict->why, ""};
    if (now().ms >= until) break;
  }
  return Done{};
}

Result<Verdict> CasePartner::attend(core::outbox::Job job) {
  const Tools tools{world_, settings_, *catalogue_, *disclosure_, *needs_, names_, queue_};
  const std::uint64_t writes = client_.writes(), unanswered = client_.unanswered();
  Verdict verdict{What::again, ""};
  for (int i = 0; i < writes_at_once && verdict.what == What::again; ++i)
    verdict = Agreement(tools, client_, job).run();
  // All else is answered: it is this job that their side, or the worker, cannot bear.
  if (verdict.what == What::later && client_.unanswered() > unanswered && !client_.is_down() &&
      client_.writes() == writes && job.attempts >= most_silent)
    verdict.what = What::parked;
  note(verdict, job.key);
  if (verdict.what == What::done) return verdict;
  if (client_.writes() > writes) job.attempts = 0;  // it got further: the next step has all its tries
  core::store::Batch batch;
  if (verdict.what == What::parked) {
    core::outbox::park(batch, queue_, std::move(job), verdict.why);
  } else {
    const std::int64_t pause = std::max(pause_of(job), std::min(client_.retry_after_s(), std::int64_t{3'600}) * 1'000);
    core::outbox::retry(batch, queue_, std::move(job), {now().ms + pause}, verdict.why);
  }
  auto committed = world_.store->commit(std::move(batch));
  if (!committed) return committed.error();
  return verdict;
}

void CasePartner::note(const Verdict& verdict, const std::string& job) {
  {
    const std::lock_guard lock(mutex_);
    if (verdict.what == What::done) {
      status_.last_success = now();
      ++status_.sent;
      return;
    }
    status_.last_failure = now();
    status_.why = verdict.why;
    ++status_.failures;
  }
  if (verdict.what == What::parked && world_.report) {
    const core::Error error = core::fault(verdict.why, "Task/" + job);
    world_.report("a referral is parked for an operator", &error);
  }
}

Result<Done> CasePartner::count() {
  auto snapshot = world_.store->snapshot();
  if (!snapshot) return snapshot.error();
  const auto counts = core::outbox::count(**snapshot, queue_);
  if (!counts) return counts.error();
  const std::lock_guard lock(mutex_);
  status_.waiting = counts->waiting;
  status_.dead = counts->dead;
  return Done{};
}

fhir::partner::Status CasePartner::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::vector<fhir::partner::Finding> CasePartner::test() {
  std::vector<fhir::partner::Finding> findings;
  auto catalogue = Catalogue::load(client_, settings_, world_.clock->today());
  if (!catalogue) {
    findings.push_back({false, "catalogi_url: " + catalogue.error().message});
  } else {
    findings.push_back({true, "catalogi_url: the catalogue answers"});
    for (const std::string& line : catalogue->in_words()) findings.push_back({true, line});
    if (!needs_)
      if (auto needs = fhir::partner::Needs::load(world_.profiles)) needs_ = *std::move(needs);
    for (const std::string& problem : needs_ ? problems(*catalogue) : catalogue->problems())
      findings.push_back({false, problem});
  }
  auto cases = client_.list(settings_.zaken_url + "/zaken?bronorganisatie=" + escaped(settings_.rsin), 1);
  findings.push_back({cases.ok(), cases ? "zaken_url: cases can be listed" : "zaken_url: " + cases.error().message});
  if (!settings_.notificaties_url.empty()) {
    auto words = subscription_in_words(client_, settings_, callback_of("", id_));  // the address is known when serving
    findings.push_back({words.ok(), words ? *words : "notificaties_url: " + words.error().message});
  }
  if (settings_.webhook_token.empty())
    findings.push_back(
        {true, "webhook_token: none; cases are only looked at every " + std::to_string(settings_.interval_s) + " s"});
  return findings;
}

std::function<std::unique_ptr<fhir::partner::Partner>(const fhir::partner::World&)> read(const std::string& id,
                                                                                         fhir::partner::Keys& keys,
                                                                                         const Crypto& crypto) {
  return [id, crypto, settings = settings_from(keys)](const fhir::partner::World& world) {
    return std::make_unique<CasePartner>(id, settings, crypto, world);
  };
}

}  // namespace adapters::zgw
