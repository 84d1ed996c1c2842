#include "fhir/care/surveillance.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/rest/meta.hpp"

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

bool stands(GapStatus status) {
  return status == GapStatus::due_soon || status == GapStatus::open || status == GapStatus::overdue || status == GapStatus::not_evaluable;
}

Day interval_day(const std::string& interval) { return core::day_from(interval).value_or(no_day); }

}  // namespace

core::store::Op op_from(const json::Value& resource, const search::Index& index) {
  Op op;
  op.key = {std::string(resource.text("resourceType")), std::string(resource.text("id"))};
  rest::Stored stored = rest::stored_form(resource, op.key.id);
  op.body = std::move(stored.body);
  op.stamp_at = stored.stamp_at;
  op.rows = index.rows(resource);
  op.digest = digest_bytes(resource);
  return op;
}

// What one commit will hold, and what the ledger must learn from it.
struct Surveillance::Round {
  Snapshot& snapshot;
  Day as_of;
  core::Instant now;
  const SweepOptions& options;
  GapReader reader;
  Batch batch;
  struct Written {
    std::string task;            // empty: not a gap Task
    std::uint64_t shown = 0;
  };
  std::vector<Written> written;  // one for each op
  std::optional<RiskReader> risks;
  std::vector<std::pair<PersonId, std::uint64_t>> risk_shown;
  SweepFigures figures;
  bool of_programme(const Gap& gap) const {
    return options.programme.empty() || std::any_of(gap.programmes.begin(), gap.programmes.end(), [&](const std::string& url) {
             const std::string_view canonical = std::string_view(url).substr(0, url.find('|'));
             return canonical == options.programme || canonical.ends_with("/" + options.programme);
           });
  }
  bool has(const Key& key) const {
    return std::any_of(batch.ops.begin(), batch.ops.end(), [&](const Op& op) { return op.key == key; });
  }
  void put(const json::Value& resource, const search::Index& index, std::int64_t if_version, Written what) {
    Op op = op_from(resource, index);
    op.if_version = if_version;
    batch.ops.push_back(std::move(op));
    written.push_back(std::move(what));
  }
};

Surveillance::Surveillance(Parts parts) : parts_(std::move(parts)), population_(parts_.plan->vocabulary()) {}

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
    const core::store::Sequence next = changes->back().sequence;
    round.batch.values.emplace_back(cursor_name, std::to_string(next));
    round.batch.waits = !round.batch.ops.empty();
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
  for (PersonId person = 0; person < population_.end(); ++person) {
    if (!population_.is_person(person)) continue;
    if (auto reviewed = review(*round, person); !reviewed) return reviewed.error();
    if (round->batch.ops.size() >= ops_at_once)
      if (auto ended = end_round(); !ended) return ended.error();
    if (options.progress && !options.progress(person + 1, population_.end())) break;
  }
  if (options.programme.empty())
    for (const std::string& patient : ledger_.people())
      if (!population_.find(patient))
        if (auto reviewed = review_gone(*round, patient); !reviewed) return reviewed.error();
  if (auto ended = end_round(); !ended) return ended.error();
  return all;
}

Result<Done> Surveillance::review(Round& round, PersonId person) {
  if (!population_.is_person(person)) return Done{};
  if (auto done = stratify(round, person); !done) return done;
  const std::vector<Gap>& gaps = round.reader.gaps(person, round.as_of);
  ++round.figures.people;
  round.figures.decisions += round.reader.decisions().size();
  for (const core::gap::Decision& decision : round.reader.decisions()) ++round.figures.gaps[static_cast<std::size_t>(decision.status)];
  std::unordered_set<std::string> wanted;
  for (const Gap& gap : gaps) {
    if (!stands(gap.status)) continue;
    const std::string task = task_id_from(gap.identity());
    wanted.insert(task);
    if (!round.of_programme(gap)) continue;
    if (gap.owner.empty()) ++round.figures.without_owner;
    if (auto done = want(round, gap, ledger_.gap(task)); !done) return done;
  }
  for (const std::string& patient : population_.patients(person)) {
    const std::vector<StoredGap>* known = ledger_.find(patient);
    if (!known) continue;
    for (StoredGap stored : *known) {  // by value: closing may refresh the list
      if (stored.over || wanted.contains(stored.task)) continue;
      const auto found = std::find_if(gaps.begin(), gaps.end(), [&](const Gap& gap) { return gap.family == stored.family; });
      const Gap* gap = found == gaps.end() ? nullptr : &*found;
      if (!round.options.programme.empty() && (!gap || !round.of_programme(*gap))) continue;
      const Day since = interval_day(stored.interval);
      const bool met = gap && gap->status != GapStatus::excluded && !gap->evidence.empty() && (since == no_day || gap->last > since);
      const bool satisfied = gap && (gap->status == GapStatus::satisfied || met) && patient == gap->person;
      std::string reason;
      if (!satisfied && gap && gap->status == GapStatus::excluded) reason = gap->reason;
      if (!satisfied && gap && patient != gap->person) reason = "the person is now " + gap->person;
      if (!gap) {
        const core::gap::Cause cause = round.reader.barred(person, round.as_of);
        reason = cause == core::gap::Cause::dead ? "the person has died" : cause == core::gap::Cause::inactive ? "the person is no longer active here" : "";
      }
      const GapStatus status = satisfied ? GapStatus::satisfied : gap && gap->status == GapStatus::excluded ? GapStatus::excluded : GapStatus::not_applicable;
      if (auto done = close(round, stored, status, gap, reason); !done) return done;
    }
  }
  return Done{};
}

Result<Done> Surveillance::review_gone(Round& round, const std::string& patient) {
  const std::vector<StoredGap>* known = ledger_.find(patient);
  if (!known) return Done{};
  for (StoredGap stored : std::vector<StoredGap>(*known))
    if (!stored.over)
      if (auto done = close(round, stored, GapStatus::not_applicable, nullptr, "the person's record is no longer here"); !done) return done;
  return Done{};
}

// Tiers first: rules and ranks read them. An overrule wins over what is computed, which stays visible beside it.
Result<Done> Surveillance::stratify(Round& round, PersonId person) {
  if (!round.risks) return Done{};
  const std::vector<Risk>& risks = round.risks->risks(person, round.as_of);
  std::uint64_t shown = 1;
  for (const Risk& risk : risks) {
    shown = shown * 1099511628211ULL ^ risk.fingerprint();
    const bool computed = risk.assessment.status == core::panel::RiskStatus::computed;
    core::population::Population::Risk value;
    value.scored = computed;
    value.score = static_cast<float>(risk.assessment.score);
    if (computed && risk.assessment.tier) value.tier = static_cast<int>(*risk.assessment.tier);
    if (const Overrule* overrule = overrules_.standing(risk.patient, risk.algorithm->code, round.as_of)) value.tier = overrule->tier;
    population_.set_risk(person, risk.algorithm->code == "composite" ? std::string_view() : risk.algorithm->code, value);
  }
  if (!round.options.programme.empty() || (person < risk_shown_.size() && risk_shown_[person] == shown)) return Done{};
  for (const Risk& risk : risks)
    if (auto done = want(round, risk); !done) return done;
  round.risk_shown.emplace_back(person, shown);
  return Done{};
}

Result<Done> Surveillance::want(Round& round, const Risk& risk) {
  auto record = round.snapshot.read(Key{"RiskAssessment", risk.id()});
  if (!record) return record.error();
  std::optional<json::Document> before;
  if (*record && !(*record)->deleted()) {
    auto parsed = json::parse((*record)->body);
    if (!parsed) return parsed.error();
    before = std::move(*parsed);
  }
  if (!before && risk.assessment.status != core::panel::RiskStatus::computed) return Done{};
  const json::Document after = assessment_from(risk, before ? &before->root() : nullptr, round.as_of);
  if (!before || !says_the_same(after.root(), before->root())) round.put(after.root(), *parts_.index, before ? (*record)->version : 0, {});
  return Done{};
}

Result<Done> Surveillance::want(Round& round, const Gap& gap, StoredGap* stored) {
  const std::uint64_t shown = fingerprint(gap);
  if (stored && stored->shown == shown && !stored->decided && !stored->over) {
    ++round.figures.tasks.unchanged;
    return Done{};
  }
  const std::string id = task_id_from(gap.identity());
  std::optional<json::Document> before;
  std::int64_t version = 0;
  if (stored) {
    auto record = round.snapshot.read(Key{"Task", id});
    if (!record) return record.error();
    if (*record && !(*record)->deleted()) {
      auto parsed = json::parse((*record)->body);
      if (!parsed) return parsed.error();
      before = std::move(*parsed);
      version = (*record)->version;
    }
  }
  const json::Document after = task_from(gap, before ? &before->root() : nullptr, round.now, round.as_of, parts_.setting.language);
  if (before && says_the_same(after.root(), before->root())) {
    stored->shown = shown;
    ++round.figures.tasks.unchanged;
    return Done{};
  }
  TaskFigures& figures = round.figures.tasks;
  ++(!before ? figures.created : stored->over ? figures.reopened : figures.changed);
  round.put(after.root(), *parts_.index, version, {id, shown});
  return Done{};
}

Result<Done> Surveillance::close(Round& round, StoredGap& stored, GapStatus status, const Gap* gap, const std::string& reason) {
  auto record = round.snapshot.read(Key{"Task", stored.task});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return Done{};
  auto before = json::parse((*record)->body);
  if (!before) return before.error();
  const json::Document after = closed_from(before->root(), status, gap ? gap->evidence : std::vector<std::string>{}, gap ? gap->evidence_day : no_day,
                                           reason, round.now, parts_.setting.language);
  ++(status == GapStatus::satisfied ? round.figures.tasks.closed : round.figures.tasks.cancelled);
  round.put(after.root(), *parts_.index, (*record)->version, {stored.task, 0});
  if (StoredGap* entry = ledger_.gap(stored.task)) entry->over = true;  // a commit that fails reads it back
  return stored.decided ? cancel_children(round, stored.task) : Done{};
}

// Outreach and referrals that are still open have lost their reason.
Result<Done> Surveillance::cancel_children(Round& round, const std::string& task) {
  core::store::Criterion part_of;
  part_of.param = "part-of";
  part_of.kind = core::store::RowKind::reference;
  core::store::Term term;
  term.system = "Task";
  term.value = task;
  term.any_system = false;
  part_of.any.push_back(term);
  core::store::Query query;
  query.types = {"Task"};
  query.all.push_back(part_of);
  auto found = round.snapshot.find(query);
  if (!found) return found.error();
  auto children = round.snapshot.load(found->matches);
  if (!children) return children.error();
  for (const core::store::Record& record : *children) {
    auto child = json::parse(record.body);
    if (!child) return child.error();
    if (is_final(child->root().text("status")) || round.has(record.key)) continue;
    std::vector<std::string> parents;
    add_links(child->root()["partOf"], parents);
    const bool still_needed = std::any_of(parents.begin(), parents.end(), [&](const std::string& parent) {
      const StoredGap* gap = parent.starts_with("Task/") ? ledger_.gap(std::string_view(parent).substr(5)) : nullptr;
      return gap && !gap->over;
    });
    if (still_needed) continue;  // one call to a person serves all that person's gaps
    child->set(child->root(), "status", child->string("cancelled"));
    json::Value why = child->object();
    child->set(why, "text", child->string("the gap it belongs to has ended"));
    child->set(child->root(), "statusReason", why);
    child->set(child->root(), "lastModified", child->string(core::text(round.now)));
    round.put(child->root(), *parts_.index, record.version, {});
  }
  return Done{};
}

Result<Done> Surveillance::commit(Round& round) {
  const auto remember = [&] {
    for (const auto& [person, shown] : round.risk_shown) {
      if (risk_shown_.size() <= person) risk_shown_.resize(person + 1);
      risk_shown_[person] = shown;
    }
    round.risk_shown.clear();
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
