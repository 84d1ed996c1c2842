// What a review of one person writes: assessments of risk, gap Tasks that stand, and those whose gap has ended.
#include <algorithm>
#include <optional>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/care/round.hpp"
#include "fhir/rest/meta.hpp"

namespace fhir::care {

using core::Day;
using core::Done;
using core::Result;
using core::population::no_day;
using core::population::PersonId;
using core::store::Key;
using core::store::Op;

namespace {

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

Result<Done> Surveillance::review(Round& round, PersonId person) {
  if (!population_.is_person(person)) return Done{};
  if (auto done = stratify(round, person); !done) return done;
  const std::vector<Gap>& gaps = round.reader.gaps(person, round.as_of);
  ++round.figures.people;
  for (const core::gap::Decision& decision : round.reader.decisions()) {
    const core::gap::Programme& asking = *plan().programmes()[plan().items()[decision.item].programme].source;
    if (!round.options.programme.empty() && asking.id != round.options.programme && asking.url != round.options.programme) continue;
    ++round.figures.decisions;
    ++round.figures.gaps[static_cast<std::size_t>(decision.status)];
  }
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
  std::optional<core::store::Record> record;
  if (stored) {
    auto read = round.snapshot.read(Key{"Task", id});
    if (!read) return read.error();
    record = std::move(*read);
    if (record && !record->deleted()) {
      auto parsed = json::parse(record->body);
      if (!parsed) return parsed.error();
      before = std::move(*parsed);
    }
  }
  const std::int64_t version = before ? record->version : 0;
  std::optional<json::Document> moved;  // by what its referrals came to
  if (before && (stored->decided || gap.family.starts_with("support-"))) {
    auto after_them = after_referrals(round.snapshot, *record, before->root(), round.now);
    if (!after_them) return after_them.error();
    moved = std::move(*after_them);
  }
  const json::Value* from = moved ? &moved->root() : before ? &before->root() : nullptr;
  json::Document after = task_from(gap, from, round.now, round.as_of, parts_.setting.language);
  if (stored && stored->decided && after.root().text("status") == "accepted") {
    const auto started = outreach_started(round, id);
    if (!started) return started.error();
    if (*started) {
      after.set(after.root(), "status", after.string("in-progress"));
      after.set(after.root(), "lastModified", after.string(core::text(round.now)));
    }
  }
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
  const bool social = !need_of_gap(before->root()).empty();
  return stored.decided || social ? cancel_children(round, stored.task, status == GapStatus::satisfied) : Done{};
}

Result<Done> Surveillance::ask_to_stop(Round& round, const json::Value& referral) {
  const json::Document abort = abort_from(referral, "the need is no longer there", round.now);
  const Key key{"Task", std::string(abort.root().text("id"))};
  const auto known = round.snapshot.read(key);
  if (!known) return known.error();
  if (!*known && !round.has(key)) round.put(abort.root(), *parts_.index, 0, {});
  return Done{};
}

Result<std::vector<core::store::Record>> Surveillance::children(Round& round, const std::string& task) {
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
  return round.snapshot.load(found->matches);
}

// Somebody is at it: an outreach of the gap runs, or has been done. (Referrals: after_referrals.)
Result<bool> Surveillance::outreach_started(Round& round, const std::string& task) {
  auto found = children(round, task);
  if (!found) return found.error();
  for (const core::store::Record& record : *found) {
    const auto child = json::parse(record.body);
    if (!child) return child.error();
    const std::string_view status = child->root().text("status");
    if (!is_referral(child->root()) && (status == "in-progress" || status == "completed")) return true;
  }
  return false;
}

// Outreach and referrals that are still open have lost their reason. A referral may be what satisfies the gap: only a need that is gone
// ends it; of one that has started its owner is asked to stop.
Result<Done> Surveillance::cancel_children(Round& round, const std::string& task, bool satisfied) {
  auto found = children(round, task);
  if (!found) return found.error();
  for (const core::store::Record& record : *found) {
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
    if (is_referral(child->root())) {
      if (satisfied) continue;
      if (has_started(child->root().text("status"))) {
        if (auto asked = ask_to_stop(round, child->root()); !asked) return asked;
        continue;
      }
    }
    child->set(child->root(), "status", child->string("cancelled"));
    json::Value why = child->object();
    child->set(why, "text", child->string("the gap it belongs to has ended"));
    child->set(child->root(), "statusReason", why);
    child->set(child->root(), "lastModified", child->string(core::text(round.now)));
    round.put(child->root(), *parts_.index, record.version, {});
  }
  return Done{};
}

}  // namespace fhir::care
