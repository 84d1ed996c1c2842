#include "fhir/care/surveillance.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

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
constexpr std::size_t changes_at_once = 2000;
constexpr std::size_t ops_at_once = 400;
constexpr int attempts = 8;

std::string link_of(const Key& key) { return key.type + "/" + key.id; }

}  // namespace

Result<std::unique_ptr<Surveillance>> Surveillance::open(Parts parts) {
  auto panels = Panels::open(*parts.plan, parts.panels);
  if (!panels) return panels.error();
  return std::unique_ptr<Surveillance>(new Surveillance(std::move(parts), std::move(*panels)));
}

Surveillance::Surveillance(Parts parts, Panels panels)
    : parts_(std::move(parts)), population_(parts_.plan->vocabulary()), panels_(std::move(panels)) {}

Surveillance::Round Surveillance::begin(Snapshot& snapshot, Day as_of, const SweepOptions& options) const {
  Round round{snapshot, as_of, parts_.clock->now(), options, GapReader(*parts_.plan, population_, parts_.setting), {}, {}, {}, {}, {}};
  if (parts_.risk) round.risks.emplace(*parts_.risk, population_, parts_.region);
  return round;
}

Result<Done> Surveillance::load() {
  const std::unique_lock lock(mutex_);
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  population_ = core::population::Population(parts_.plan->vocabulary());
  ledger_ = {};
  overrules_ = {};
  risk_shown_.clear();
  auto read = (*snapshot)->digests([&](const Key& key, core::store::Sequence, std::string_view bytes) {
    const std::optional<Digest> digest = core::population::decode(bytes);
    if (!digest || (key.type == "Task" && ledger_.take(key.id, *digest, 0)) || (key.type == "RiskAssessment" && overrules_.take(link_of(key), *digest))) return true;
    population_.load(link_of(key), *digest);
    return true;
  });
  if (!read) return read.error();
  population_.settle();
  if (auto panels = load_panels(**snapshot); !panels) return panels;
  cursor_ = (*snapshot)->sequence();
  loaded_ = true;
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
    for (const Change& change : *changes)
      if (auto folded = fold(**snapshot, change, people, gone); !folded) return folded.error();
    const SweepOptions everything;
    Round round = begin(**snapshot, parts_.clock->today(), everything);
    std::vector<PersonId> in_order(people.begin(), people.end());
    std::sort(in_order.begin(), in_order.end());
    for (const PersonId person : in_order)
      if (auto reviewed = review(round, person); !reviewed) return reviewed.error();
    for (const std::string& patient : gone)
      if (auto reviewed = review_gone(round, patient); !reviewed) return reviewed.error();
    panels_.review(*parts_.plan, population_, in_order, gone, parts_.setting.default_owner, round.as_of);
    if (auto put = put_panels(round); !put) return put.error();
    const core::store::Sequence next = changes->back().sequence;
    // A cursor without effect is kept in memory only: after a restart everyone is swept, so nothing is missed or doubled.
    if (!round.batch.ops.empty()) round.batch.values.emplace_back(cursor_name, std::to_string(next));
    snapshot->reset();  // a waiting reader would keep the store's log from starting over
    auto committed = commit(round);
    if (committed) {
      cursor_ = next;
      return changes->size();
    }
    if (committed.error().kind != core::Kind::stale) return committed.error();  // else: somebody wrote a Task meanwhile; again
  }
  return core::Error{core::Kind::busy, "gap Tasks change faster than they can be reviewed", "surveillance"};
}

Result<SweepFigures> Surveillance::sweep(Day as_of, const SweepOptions& options) {
  const std::unique_lock lock(mutex_);
  const auto seconds = [&] { return parts_.seconds ? parts_.seconds() : 0.0; };
  SweepFigures all;
  all.facts = population_.memory().facts;
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  std::optional<Round> round;
  round.emplace(begin(**snapshot, as_of, options));
  double mark = seconds();
  const auto end_round = [&]() -> Result<Done> {
    const double decided = seconds();
    all.seconds_deciding += decided - mark;
    snapshot->reset();
    if (!options.dry_run) {
      if (auto committed = commit(*round); !committed) return committed;
    }
    mark = seconds();
    all.seconds_committing += mark - decided;
    const SweepFigures& part = round->figures;
    all.people += part.people;
    all.decisions += part.decisions;
    all.without_owner += part.without_owner;
    for (std::size_t i = 0; i < all.gaps.size(); ++i) all.gaps[i] += part.gaps[i];
    all.tasks.created += part.tasks.created;
    all.tasks.closed += part.tasks.closed;
    all.tasks.reopened += part.tasks.reopened;
    all.tasks.cancelled += part.tasks.cancelled;
    all.tasks.changed += part.tasks.changed;
    all.tasks.unchanged += part.tasks.unchanged;
    auto fresh = parts_.store->snapshot();
    if (!fresh) return fresh.error();
    *snapshot = std::move(*fresh);
    round.emplace(begin(**snapshot, as_of, options));
    return Done{};
  };
  std::vector<PersonId> people;
  for (PersonId person = 0; person < population_.end(); ++person) {
    if (!population_.is_person(person)) continue;
    people.push_back(person);
    if (auto reviewed = review(*round, person); !reviewed) return reviewed.error();
    if (round->batch.ops.size() >= ops_at_once)
      if (auto ended = end_round(); !ended) return ended.error();
    if (options.progress && !options.progress(person + 1, population_.end())) break;
  }
  if (options.programme.empty() && !options.dry_run) {
    panels_.review(*parts_.plan, population_, people, {}, parts_.setting.default_owner, as_of);
    if (auto put = put_panels(*round); !put) return put.error();
  }
  if (options.programme.empty())
    for (const std::string& patient : ledger_.people())
      if (!population_.find(patient))
        if (auto reviewed = review_gone(*round, patient); !reviewed) return reviewed.error();
  if (auto ended = end_round(); !ended) return ended.error();
  return all;
}

Result<Done> Surveillance::commit(Round& round) {
  const auto remember = [&] {
    for (const auto& [person, shown] : round.risk_shown) {
      if (risk_shown_.size() <= person) risk_shown_.resize(person + 1);
      risk_shown_[person] = shown;
    }
    round.risk_shown.clear();
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

Result<Done> Surveillance::load_panels(Snapshot& snapshot) {
  core::store::Query query;
  query.types = {"Group"};
  core::store::Criterion ours;
  ours.param = "identifier";
  core::store::Term term;
  term.system = std::string(house) + "/panel";
  term.any_system = false;
  term.any_value = true;
  ours.any.push_back(term);
  query.all.push_back(ours);
  auto found = snapshot.find(query);
  if (!found) return found.error();
  auto groups = snapshot.load(found->matches);
  if (!groups) return groups.error();
  for (const core::store::Record& record : *groups)
    if (const auto parsed = json::parse(record.body); parsed) panels_.take(parsed->root());
  return Done{};
}

// Panels that changed, one version for the whole round.
Result<Done> Surveillance::put_panels(Round& round) {
  for (const std::string& id : panels_.changed()) {
    auto record = round.snapshot.read(Key{"Group", id});
    if (!record) return record.error();
    const std::int64_t version = *record && !(*record)->deleted() ? (*record)->version : 0;
    round.put(panels_.group_of(id).root(), *parts_.index, version, {});
  }
  round.panels = true;
  return Done{};
}

Result<Done> Surveillance::decide_membership(const std::string& group, const core::panel::ByHand& decision) {
  const std::unique_lock lock(mutex_);
  if (!loaded_) return core::Error{core::Kind::busy, "the population is still loading", ""};
  const auto person = population_.find(decision.patient);
  if (!person) return core::not_found(decision.patient + " is not known here", "patient");
  if (!panels_.decide(group, decision)) return core::not_found("Group/" + group + " is not a panel of this server", "Group/" + group);
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  const SweepOptions everything;
  Round round = begin(**snapshot, parts_.clock->today(), everything);
  const PersonId people[] = {*person};
  panels_.review(*parts_.plan, population_, people, {}, parts_.setting.default_owner, round.as_of);
  if (auto put = put_panels(round); !put) return put.error();
  return commit(round);
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
