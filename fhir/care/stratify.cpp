// Steps 1 and 2 at work for one person: assessments of risk, and what the person gets by tier and needs as one CarePlan.
#include <algorithm>
#include <optional>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/round.hpp"

namespace fhir::care {

using core::Day;
using core::Done;
using core::Result;
using core::population::open_end;
using core::population::PersonId;
using core::store::Key;

namespace {

bool is_asked(GapStatus status) { return status == GapStatus::open || status == GapStatus::overdue || status == GapStatus::not_evaluable; }

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (!text.empty() && std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

Result<std::optional<json::Document>> current(core::store::Snapshot& snapshot, const Key& key, std::int64_t& version) {
  version = 0;
  auto record = snapshot.read(key);
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return std::optional<json::Document>{};
  auto parsed = json::parse((*record)->body);
  if (!parsed) return parsed.error();
  version = (*record)->version;
  return std::optional(std::move(*parsed));
}

}  // namespace

// Tiers first: rules and ranks read them. An overrule wins over what is computed, which stays visible beside it.
Result<Done> Surveillance::stratify(Round& round, PersonId person, bool* changed) {
  round.tiers = open_end;
  if (!round.risks) return Done{};
  const std::vector<Risk>& risks = round.risks->risks(person, round.as_of);
  if (!withdrawn_.empty() && withdrawn_.erase(population_.patient(person)) && person < shown_.size()) shown_[person] = {};
  std::uint64_t shown = 1;
  for (const Risk& risk : risks) {
    shown = shown * 1099511628211ULL ^ risk.fingerprint();
    const bool computed = risk.assessment.status == core::panel::RiskStatus::computed;
    core::population::Population::Risk value;
    value.scored = computed;
    value.score = static_cast<float>(risk.assessment.score);
    if (computed && risk.assessment.tier) value.tier = static_cast<int>(*risk.assessment.tier);
    if (const Overrule* overrule = overrules_.standing(risk.patient, risk.algorithm->code, round.as_of)) value.tier = overrule->tier;
    round.tiers = std::min(round.tiers, overrules_.next(risk.patient, round.as_of));
    if (changed && risk.algorithm->code == "composite" && population_.tier(person) != value.tier) *changed = true;
    population_.set_risk(person, risk.algorithm->code == "composite" ? std::string_view() : risk.algorithm->code, value);
  }
  round.tiers = std::min(round.tiers, round.risks->next());
  if (!round.options.programme.empty() || (person < shown_.size() && shown_[person].risk == shown)) return Done{};
  if (changed) *changed = true;
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

// One coherent set of interventions, as a CarePlan. Written only when it says something else than before.
Result<Done> Surveillance::allot(Round& round, PersonId person, const std::vector<Gap>& gaps, Day& next) {
  const std::vector<std::string> patients = population_.patients(person);
  Given given;
  given.person = patients.front();
  if (round.reader.barred(person, round.as_of) == core::gap::Cause::applies) {
    core::panel::Situation situation = allocator_.situation(population_, round.reader.decider(), person, round.as_of, round.reader.needs(), &next);
    situation.overruled = overrules_.standing(given.person, "composite", round.as_of) != nullptr;
    given.allocation = core::panel::allocate(situation);
    if (!given.empty())
      for (const Gap& gap : gaps) {
        if (!is_asked(gap.status)) continue;
        add_once(given.addresses, gap.condition);
        if (const std::string task = task_id_from(gap.identity()); ledger_.patient_of(task) || round.has(Key{"Task", task})) given.tasks.push_back(task);
      }
  }
  std::uint64_t shown = given.fingerprint();
  for (const std::string& patient : patients) shown = shown * 1099511628211ULL ^ std::hash<std::string>{}(patient);
  shown |= 1;
  if (person < shown_.size() && shown_[person].plan == shown) return Done{};
  if (auto put = put_care_plan(round, given); !put) return put;
  if (auto trail = put_trail(round, patients.front(), {}); !trail) return trail;
  for (std::size_t i = 1; i < patients.size(); ++i) {
    if (auto withdrawn = withdraw(round, patients[i]); !withdrawn) return withdrawn;
    if (auto trail = put_trail(round, patients[i], patients.front()); !trail) return trail;
  }
  round.plan_shown.emplace_back(person, shown);
  return Done{};
}

Result<Done> Surveillance::put_care_plan(Round& round, const Given& given) {
  std::int64_t version = 0;
  const auto before = current(round.snapshot, {"CarePlan", care_plan_id(given.person)}, version);
  if (!before) return before.error();
  if (!*before && given.empty()) return Done{};
  const json::Document after = care_plan_from(given, *before ? &(**before).root() : nullptr, round.as_of, parts_.setting.language);
  if (!*before || !says_the_same(after.root(), (**before).root())) round.put(after.root(), *parts_.index, version, {});
  return Done{};
}

// What was written about a record that leads no person any more: its plan is revoked, its assessments are cancelled.
Result<Done> Surveillance::withdraw(Round& round, const std::string& patient) {
  withdrawn_.insert(patient);
  Given nothing;
  nothing.person = patient;
  if (auto put = put_care_plan(round, nothing); !put) return put;
  for (const core::panel::Algorithm& algorithm : core::panel::algorithms()) {
    Risk risk;
    risk.patient = patient;
    risk.algorithm = &algorithm;
    std::int64_t version = 0;
    auto before = current(round.snapshot, {"RiskAssessment", risk.id()}, version);
    if (!before) return before.error();
    if (!*before || (**before).root().text("status") == "cancelled") continue;
    (**before).set((**before).root(), "status", (**before).string("cancelled"));
    round.put((**before).root(), *parts_.index, version, {});
  }
  return Done{};
}

}  // namespace fhir::care
