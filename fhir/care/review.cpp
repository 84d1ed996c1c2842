// What a review of one person writes: assessments of risk, gap Tasks that stand, and those whose gap has ended.
#include <algorithm>
#include <optional>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/outreach.hpp"
#include "fhir/care/recall.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/care/round.hpp"
#include "fhir/rest/meta.hpp"

namespace fhir::care {

using core::Day;
using core::Done;
using core::Result;
using core::population::no_day;
using core::population::open_end;
using core::population::PersonId;
using core::store::Key;
using core::store::Op;

namespace {

bool stands(GapStatus status) {
  return status == GapStatus::due_soon || status == GapStatus::open || status == GapStatus::overdue || status == GapStatus::not_evaluable;
}

void without_extension(json::Document& task, std::string_view name) {
  const std::string url = std::string(house) + "/StructureDefinition/" + std::string(name);
  if (!extension(task.root(), url)) return;
  json::Value kept = task.array();
  for (const json::Value& each : task.root()["extension"].elements())
    if (each.text("url") != url) task.push(kept, each);
  if (kept.size() > 0) task.set(task.root(), "extension", kept);
  else task.remove(task.root(), "extension");
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
  round.until = open_end;
  round.standing.clear();
  if (auto done = stratify(round, person); !done) return done;
  const std::vector<Gap>& gaps = round.reader.gaps(person, round.as_of);
  ++round.figures.people;
  for (const core::gap::Decision& decision : round.reader.decisions()) {
    const core::gap::Programme& asking = *plan().programmes()[plan().items()[decision.item].programme].source;
    if (!round.options.programme.empty() && asking.id != round.options.programme && asking.url != round.options.programme) continue;
    ++round.figures.decisions;
    ++round.figures.gaps[static_cast<std::size_t>(decision.status)];
  }
  find_inheritance(round, person, gaps);
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
      const bool moved = !satisfied && gap && patient != gap->person && stands(gap->status);
      if (auto done = close(round, stored, status, gap, reason, moved ? task_id_from(gap->identity()) : std::string()); !done) return done;
    }
  }
  if (auto done = make_outreach(round); !done) return done;
  if (!round.options.programme.empty()) return Done{};
  Day next = open_end;
  if (auto done = allot(round, person, gaps, next); !done) return done;
  if (!round.options.dry_run) round.due.push_back({person, next_decision(round, person, next), round.tiers});
  return Done{};
}

// The first later day on which anything about the person that days alone change may differ.
Day Surveillance::next_decision(Round& round, PersonId person, Day allotment) {
  Day next = std::min({round.reader.next(), allotment, round.until});
  if (!panels_.own_criteria().empty()) {
    std::vector<std::optional<bool>> answers;
    next = std::min(next, round.reader.decider().holds(panels_.own_criteria(), person, round.as_of, answers));
  }
  return next;
}

Result<Done> Surveillance::review_gone(Round& round, const std::string& patient) {
  const std::vector<StoredGap>* known = ledger_.find(patient);
  for (StoredGap stored : known ? *known : std::vector<StoredGap>())
    if (!stored.over)
      if (auto done = close(round, stored, GapStatus::not_applicable, nullptr, "the person's record is no longer here"); !done) return done;
  return withdraw(round, patient);
}

Result<Done> Surveillance::want(Round& round, const Gap& gap, StoredGap* stored) {
  const std::uint64_t shown = fingerprint(gap);
  const auto inherited = round.inherits.find(task_id_from(gap.identity()));
  if (stored && stored->shown == shown && !stored->decided && !stored->over && inherited == round.inherits.end() && gap.standing_by.empty()) {
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
  if (before) {  // a client that writes the status takes back as much as $decide does
    const auto back = recall_set_aside(round.snapshot, *record, before->root(), round.now);
    if (!back) return back.error();
    for (const Recalled::Write& write : back->writes)
      if (!round.has(Key{"Task", std::string(write.task.root().text("id"))})) round.put(write.task.root(), *parts_.index, write.if_version, {});
  }
  if (!before && gap.ramp > 0 && inherited == round.inherits.end()) {
    const auto room = within_ramp(round, gap);
    if (!room) return room.error();
    if (!*room) return Done{};
  }
  std::optional<json::Document> current;  // as stored, and how far the work is since
  if (before) {
    current.emplace();
    current->root() = current->copy(before->root());
    if (stored->decided || gap.family.starts_with("support-")) {  // what its referrals came to
      const auto moved = after_referrals(round.snapshot, *record, before->root(), round.now);
      if (!moved) return moved.error();
      if (*moved) current->root() = current->copy((**moved).root());
    }
    if (!gap.owner.empty()) {  // whose it is now, so that work that has not begun goes along
      json::Value owner = current->object();
      current->set(owner, "reference", current->string(gap.owner));
      current->set(current->root(), "owner", owner);
    }
    if (auto followed = follow_work(round, *current); !followed) return followed;
    if (const json::Value* until = extension(before->root(), std::string(house) + "/StructureDefinition/decided-until"))
      if (const Day day = when((*until)["valueDate"]).day; day != no_day && day > round.as_of) round.until = std::min(round.until, day);
    without_extension(*current, "continued-by");  // it goes on by itself again
  }
  if (inherited != round.inherits.end() && (!stored || !stored->decided || stored->over)) {
    if (!current) {
      current.emplace();
      current->root() = current->object();
    }
    if (auto taken = take_over(round, *current, id, inherited->second); !taken) return taken;
  }
  json::Document after = task_from(gap, current ? &current->root() : nullptr, round.now, round.as_of, parts_.setting.language);
  if (!gap.standing_by.empty())
    if (auto ordered = by_standing_order(round, gap, stored, after); !ordered) return ordered;
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

Result<Done> Surveillance::close(Round& round, StoredGap& stored, GapStatus status, const Gap* gap, const std::string& reason, const std::string& continued_by) {
  auto record = round.snapshot.read(Key{"Task", stored.task});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return Done{};
  auto before = json::parse((*record)->body);
  if (!before) return before.error();
  json::Document after = closed_from(before->root(), status, gap ? gap->evidence : std::vector<std::string>{}, gap ? gap->evidence_day : no_day,
                                           reason, round.now, parts_.setting.language);
  if (!continued_by.empty()) {
    json::Value link = after.object(), target = after.object(), list = after.array();
    without_extension(after, "continued-by");
    after.set(target, "reference", after.string("Task/" + continued_by));
    after.set(link, "url", after.string(std::string(house) + "/StructureDefinition/continued-by"));
    after.set(link, "valueReference", target);
    for (const json::Value& each : after.root()["extension"].elements()) after.push(list, each);
    after.push(list, link);
    after.set(after.root(), "extension", list);
  }
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

// Outreach and referrals that are still open have lost their reason. A referral may be what satisfies the gap: only a need that is gone
// ends it; of one that has started its owner is asked to stop.
Result<Done> Surveillance::cancel_children(Round& round, const std::string& task, bool satisfied) {
  auto found = children_of(round.snapshot, task);
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
