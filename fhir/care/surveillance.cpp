#include "fhir/care/surveillance.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "fhir/care/facts.hpp"
#include "fhir/care/round.hpp"

namespace fhir::care {

using core::Day;
using core::Done;
using core::Result;
using core::population::Digest;
using core::population::no_day;
using core::population::PersonId;
using core::store::Batch;
using core::store::Change;
using core::store::Key;
using core::store::Op;
using core::store::Snapshot;

namespace {

constexpr std::string_view cursor_name = "surveillance";
constexpr std::size_t changes_at_once = 2000, people_at_once = 50;  // others wait for the lock meanwhile
constexpr int attempts = 8;

std::string link_of(const Key& key) { return key.type + "/" + key.id; }

}  // namespace

Result<std::unique_ptr<Surveillance>> Surveillance::open(Parts parts) {
  auto panels = Panels::open(*parts.plan, parts.panels);
  if (!panels) return panels.error();
  return std::unique_ptr<Surveillance>(new Surveillance(std::move(parts), std::move(*panels)));
}

Surveillance::Surveillance(Parts parts, Panels panels)
    : parts_(std::move(parts)), population_(parts_.plan->vocabulary(), parts_.identity), panels_(std::move(panels)), allocator_(*parts_.plan) {}

Surveillance::Round Surveillance::begin(Snapshot& snapshot, Day as_of, const SweepOptions& options) const {
  Round round{snapshot, as_of, parts_.clock->now(), options, GapReader(*parts_.plan, population_, parts_.setting), {}, {}, {}, {}, {}, {}};
  if (parts_.risk) round.risks.emplace(*parts_.risk, population_, parts_.region);
  return round;
}

Result<Surveillance::Read> Surveillance::read(Snapshot& snapshot, const core::gap::Plan& plan) const {
  Read all{core::population::Population(plan.vocabulary(), parts_.identity), {}, {}};
  auto done = snapshot.digests([&](const Key& key, core::store::Sequence, std::string_view bytes) {
    const std::optional<Digest> digest = core::population::decode(bytes);
    if (!digest || (key.type == "Task" && all.ledger.take(key.id, *digest, 0)) || (key.type == "RiskAssessment" && all.overrules.take(link_of(key), *digest)))
      return true;
    all.population.load(link_of(key), *digest);
    return true;
  });
  if (!done) return done.error();
  all.population.settle();
  return all;
}

Result<Done> Surveillance::adopt(Read read, Snapshot& snapshot) {
  population_ = std::move(read.population);
  ledger_ = std::move(read.ledger);
  overrules_ = std::move(read.overrules);
  shown_.clear();
  calendar_.clear();
  if (auto panels = load_panels(snapshot); !panels) return panels;
  cursor_ = snapshot.sequence();
  loaded_ = true;
  return Done{};
}

Result<Done> Surveillance::load() {
  const std::unique_lock lock(mutex_);
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto all = read(**snapshot, *parts_.plan);
  if (!all) return all.error();
  return adopt(std::move(*all), **snapshot);
}

Result<Done> Surveillance::replan(std::shared_ptr<const core::gap::Plan> plan) {
  auto panels = Panels::open(*plan, parts_.panels);
  if (!panels) return panels.error();
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  auto all = read(**snapshot, *plan);  // nobody waits for this
  if (!all) return all.error();
  const std::unique_lock lock(mutex_);
  earlier_.push_back(std::exchange(parts_.plan, std::move(plan)));
  panels_ = std::move(*panels);
  allocator_ = core::panel::Allocator(*parts_.plan);
  if (auto adopted = adopt(std::move(*all), **snapshot); !adopted) return adopted;
  panels_.end_unknown(parts_.clock->today());
  return Done{};
}

void Surveillance::touch(const std::string& patient, People& people, std::vector<std::string>& gone) const {
  if (const auto person = population_.find(patient))
    people.insert(*person);
  else
    gone.push_back(patient);
}

Result<Done> Surveillance::fold(Snapshot& snapshot, const Change& change, People& people, std::vector<std::string>& gone) {
  const bool is_task = change.key.type == "Task";
  if (is_task && change.method != core::store::Method::remove)
    if (const StoredGap* known = ledger_.gap(change.key.id); known && known->version >= change.version) return Done{};  // our own write
  std::optional<std::string> bytes;
  if (change.method != core::store::Method::remove) {
    auto read = snapshot.digest(change.key);
    if (!read) return read.error();
    bytes = std::move(*read);
  }
  if (is_task)
    if (const std::string* patient = ledger_.patient_of(change.key.id)) {
      touch(*patient, people, gone);
      ledger_.forget(change.key.id);
    }
  const std::optional<Digest> digest = bytes ? core::population::decode(*bytes) : std::nullopt;
  if (digest && is_task && ledger_.take(change.key.id, *digest, change.version)) {
    touch(digest->subject, people, gone);
    return Done{};
  }
  if (digest && is_task)  // a child of a gap Task: what it came to shows there
    for (const core::population::Fact& fact : digest->facts)
      for (const std::string& parent : fact.links)
        if (StoredGap* gap = parent.starts_with("Task/gap-") ? ledger_.gap(std::string_view(parent).substr(5)) : nullptr) {
          gap->shown = 0;
          touch(digest->subject, people, gone);
        }
  const std::string link = link_of(change.key);
  if (is_task && digest)  // a child of a gap: how far the work is
    for (const core::population::Fact& fact : digest->facts)
      for (const std::string& parent : fact.links)
        if (const std::string* patient = parent.starts_with("Task/") ? ledger_.patient_of(std::string_view(parent).substr(5)) : nullptr) touch(*patient, people, gone);
  if (change.key.type == "Communication")
    if (auto touched = touch_contact(snapshot, change.key, people, gone); !touched) return touched;
  if (change.key.type == "RiskAssessment") {
    if (const std::string patient = overrules_.forget(link); !patient.empty()) touch(patient, people, gone);
    if (digest && overrules_.take(link, *digest)) touch(digest->subject, people, gone);
    return Done{};
  }
  const core::population::Touched touched = digest ? population_.fold(link, *digest) : population_.remove(link);
  people.insert(touched.people.begin(), touched.people.end());
  for (const auto& moved : touched.moved)
    if (moved.to == core::population::no_person) gone.push_back(moved.patient);
  return Done{};
}

Result<std::size_t> Surveillance::follow() {
  const std::unique_lock lock(mutex_);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto snapshot = parts_.store->snapshot();
    if (!snapshot) return snapshot.error();
    auto changes = (*snapshot)->changes(cursor_, changes_at_once);
    if (!changes) return changes.error();
    if (changes->empty()) return std::size_t{0};
    People people;
    std::vector<std::string> gone;
    core::store::Sequence next = cursor_;
    std::size_t count = 0;
    for (const Change& change : *changes) {
      People touched;
      if (auto folded = fold(**snapshot, change, touched, gone); !folded) return folded.error();
      const bool more = std::any_of(touched.begin(), touched.end(), [&](PersonId person) { return !people.contains(person); });
      if (more && people.size() >= people_at_once) break;  // somebody else's turn; folding this change again changes nothing
      people.insert(touched.begin(), touched.end());
      next = change.sequence;
      ++count;
    }
    const SweepOptions everything;
    SweepFigures figures;
    std::optional<Round> round;
    round.emplace(begin(**snapshot, parts_.clock->today(), everything));
    auto committed = [&]() -> Result<Done> {
      std::vector<PersonId> in_order(people.begin(), people.end());
      std::sort(in_order.begin(), in_order.end());
      if (auto reviewed = review_people(round, *snapshot, in_order, figures); !reviewed) return reviewed;
      for (const std::string& patient : gone)
        if (auto reviewed = review_gone(*round, patient); !reviewed) return reviewed;
      panels_.review(*parts_.plan, population_, in_order, gone, parts_.setting.default_owner, round->as_of);
      if (auto put = put_panels(*round); !put) return put;
      // A cursor without effect is kept in memory only: after a restart everyone is swept, so nothing is missed or doubled.
      if (!round->batch.ops.empty()) round->batch.values.emplace_back(cursor_name, std::to_string(next));
      snapshot->reset();  // a waiting reader would keep the store's log from starting over
      return commit(*round);
    }();
    if (committed) {
      cursor_ = next;
      return count;
    }
    if (committed.error().kind != core::Kind::stale) return committed.error();  // else: somebody wrote a Task meanwhile; again
  }
  return core::Error{core::Kind::busy, "gap Tasks change faster than they can be reviewed", "surveillance"};
}

Result<Done> Surveillance::commit(Round& round) {
  const auto remember = [&] {
    const auto kept = [&](PersonId person) -> Kept& {
      if (shown_.size() <= person) shown_.resize(person + 1);
      return shown_[person];
    };
    for (const auto& [person, shown] : round.risk_shown) kept(person).risk = shown;
    for (const auto& [person, shown] : round.plan_shown) kept(person).plan = shown;
    for (const Round::Due& due : round.due) calendar_.set(due.person, due.decisions, due.tiers);
    round.risk_shown.clear();
    round.plan_shown.clear();
    round.due.clear();
    if (round.panels) panels_.written();
  };
  if (round.batch.ops.empty() && round.batch.values.empty()) {
    remember();
    return Done{};
  }
  std::vector<std::string> digests, tasks;
  for (std::size_t i = 0; i < round.batch.ops.size(); ++i) {
    digests.push_back(round.batch.ops[i].digest);
    if (!round.written[i].task.empty()) tasks.push_back(round.written[i].task);
  }
  auto committed = parts_.store->commit(std::move(round.batch));
  round.batch = {};
  round.put_already.clear();
  if (!committed) {
    if (committed.error().kind == core::Kind::stale)
      if (auto refreshed = refresh(tasks); !refreshed) return refreshed;
    return committed.error();
  }
  for (std::size_t i = 0; i < digests.size(); ++i) {
    const Round::Written& written = round.written[i];
    const std::optional<Digest> digest = written.task.empty() ? std::nullopt : core::population::decode(digests[i]);
    if (!digest || !ledger_.take(written.task, *digest, committed->versions[i])) continue;
    ledger_.gap(written.task)->shown = written.shown;
  }
  round.written.clear();
  remember();
  return Done{};
}

// Somebody else wrote one of these Tasks: take them as they are now, compare anew.
Result<Done> Surveillance::refresh(const std::vector<std::string>& tasks) {
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  for (const std::string& task : tasks) {
    auto bytes = (*snapshot)->digest(Key{"Task", task});
    if (!bytes) return bytes.error();
    const std::optional<Digest> digest = *bytes ? core::population::decode(**bytes) : std::nullopt;
    if (!digest || !ledger_.take(task, *digest, 0)) ledger_.forget(task);
  }
  return Done{};
}

Result<std::vector<Surveillance::Shown>> Surveillance::gaps(const std::string& patient, Day as_of) const {
  const std::shared_lock lock(mutex_);
  if (!loaded_) return core::Error{core::Kind::busy, "the population is still loading", ""};
  const auto person = population_.find(patient);
  if (!person) return core::not_found(patient + " is not known here", patient);
  GapReader reader(*parts_.plan, population_, parts_.setting);
  std::vector<Shown> shown;
  for (const Gap& gap : reader.gaps(*person, as_of)) {
    Shown each{gap, {}};
    const std::string task = task_id_from(gap.identity());
    if (ledger_.patient_of(task)) each.task = task;
    shown.push_back(std::move(each));
  }
  return shown;
}

core::population::Memory Surveillance::memory() const {
  const std::shared_lock lock(mutex_);
  return population_.memory();
}

}  // namespace fhir::care
