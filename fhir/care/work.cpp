// The work on a gap as it goes on: outreach that has started, people who are not reached, standing orders.
// Source: the house's table of decisions; KP's follow-up (nothing goes out before the physician decided or gave a standing order).
#include <algorithm>
#include <array>
#include <optional>

#include "core/store/criteria.hpp"
#include "fhir/care/contact.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/outreach.hpp"
#include "fhir/care/round.hpp"

namespace fhir::care {

using core::Done;
using core::Result;
using core::store::Key;

namespace {

constexpr std::string_view standing_order = "standing-order";

std::string in_house(std::string_view name) { return std::string(house) + "/" + std::string(name); }

bool is_outreach(const json::Value& task) { return has_coding(task["code"], in_house("CodeSystem/task-kind"), "outreach"); }

bool has_started(const json::Value& child) {
  const std::string_view status = child.text("status");
  return status == "in-progress" || status == "completed" || status == "on-hold";
}

void add_note(json::Document& task, const std::string& by, const std::string& text, core::Instant now) {
  json::Value note = task.object();
  if (!by.empty()) {
    json::Value author = task.object();
    task.set(author, "reference", task.string(by));
    task.set(note, "authorReference", author);
  }
  task.set(note, "time", task.string(core::text(now)));
  task.set(note, "text", task.string(text));
  push_to(task, task.root(), "note", note);
}

void set_reason(json::Document& task, std::string_view code, const std::string& text) {
  json::Value reason = task.object(), codings = task.array(), coding = task.object();
  task.set(coding, "system", task.string(in_house("CodeSystem/work-status")));
  task.set(coding, "code", task.string(code));
  task.push(codings, coding);
  task.set(reason, "coding", codings);
  task.set(reason, "text", task.string(text));
  task.set(task.root(), "statusReason", reason);
}

// Gap Tasks that this programme asked of this owner's people since a day.
Result<int> tasks_made_since(core::store::Snapshot& snapshot, const std::string& owner, const std::string& programme, core::Day since) {
  core::store::Query query;
  query.types = {"Task"};
  if (!owner.empty()) query.all.push_back(core::store::reference_criterion("owner", {owner}));
  auto records = core::store::find_all(snapshot, query);
  if (!records) return records.error();
  int made = 0;
  for (const core::store::Record& record : *records) {
    const auto task = json::parse(record.body);
    if (!task) return task.error();
    if (gap_identifier(task->root()).empty() || task->root().text("authoredOn").substr(0, 10) < core::text(since)) continue;
    for (const json::Value& input : task->root()["input"].elements()) made += input.text("valueCanonical") == programme;
  }
  return made;
}

}  // namespace

// A gap Task that was decided: in-progress once its outreach has started; back with the physician when nobody was reached.
Result<Done> Surveillance::follow_work(Round& round, json::Document& task) {
  const std::string status(task.root().text("status"));
  if (status != "accepted" && status != "in-progress") return Done{};
  auto children = children_of(round.snapshot, task.root().text("id"));
  if (!children) return children.error();
  const auto owner = outreach_owner(round.snapshot, task.root());
  if (!owner) return owner.error();
  bool newest = true;
  for (const core::store::Record& record : *children) {
    auto child = json::parse(record.body);
    if (!child) return child.error();
    const std::string_view state = child->root().text("status");
    if (!is_outreach(child->root()) || state == "cancelled" || state == "entered-in-error") continue;
    auto contacts = contacts_of(round.snapshot, record.key.id);
    if (!contacts) return contacts.error();
    const bool missed = !is_final(state) && !contacts->reached && contacts->failed >= static_cast<std::size_t>(parts_.setting.contact_attempts);
    if (missed && !round.has(record.key)) {
      set_unreachable(*child, *contacts, round.now, parts_.setting.language);
      round.put(child->root(), *parts_.index, record.version, {});
    }
    if (!missed && moves_along(child->root(), *owner) && !round.has(record.key)) {
      assign(*child, *owner);
      child->set(child->root(), "lastModified", child->string(core::text(round.now)));
      round.put(child->root(), *parts_.index, record.version, {});
    }
    if (newest && (missed || is_unreachable(child->root()))) {
      bring_back(task, *contacts, round.now, parts_.setting.language);
      return Done{};
    }
    newest = false;
    if (is_unreachable(child->root())) continue;  // an attempt that was given up before the physician decided anew
    if (has_started(child->root()) || contacts->failed > 0 || contacts->reached) task.set(task.root(), "status", task.string("in-progress"));
  }
  return Done{};
}

// A standing order takes a new or reopened gap on at once, in the physician's name, and says so; not where contact is prohibited.
Result<Done> Surveillance::by_standing_order(Round& round, const Gap& gap, const StoredGap* stored, json::Document& task) {
  json::Value& root = task.root();
  const Language language = parts_.setting.language;
  if (gap.status != GapStatus::open && gap.status != GapStatus::overdue) return Done{};
  if (root.text("status") != "requested" || has_coding(root["statusReason"], in_house("CodeSystem/work-status"), "unreachable")) return Done{};
  const std::string url = in_house("StructureDefinition/standing-order");
  const bool followed = extension(root, url) != nullptr;
  if (followed && stored && !stored->over) return Done{};  // once for each gap: what a person did after it stands
  const auto prohibited = contact_prohibited_by(round.snapshot, root);
  if (!prohibited) return prohibited.error();
  if (*prohibited) {
    set_reason(task, "contact-prohibited", said("The standing order of ", language) + gap.standing_by + said(" was not followed: ", language) + **prohibited + said(" prohibits contact.", language));
    return Done{};
  }
  if (!followed) {
    json::Value mark = task.object(), by = task.object();
    task.set(by, "reference", task.string(gap.standing_by));
    task.set(mark, "url", task.string(url));
    task.set(mark, "valueReference", by);
    push_to(task, task.root(), "extension", mark);
  }
  task.set(root, "status", task.string("accepted"));
  task.remove(root, "statusReason");
  add_note(task, gap.standing_by,
           said("By standing order of ", language) + gap.standing_by + said(": outreach was made at once, without waiting for a decision.", language), round.now);
  Round::Standing standing;
  standing.gap.root() = standing.gap.copy(root);
  standing.by = gap.standing_by;
  round.standing.push_back(std::move(standing));
  return Done{};
}

// One outreach for all gaps of the person that standing orders of the same physician took on in this review.
Result<Done> Surveillance::make_outreach(Round& round) {
  std::vector<Round::Standing> standing = std::move(round.standing);
  round.standing.clear();
  while (!standing.empty()) {
    const std::string by = standing.front().by;
    const auto others = std::stable_partition(standing.begin(), standing.end(), [&](const Round::Standing& each) { return each.by == by; });
    const json::Value& first = standing.front().gap.root();
    auto owner = outreach_owner(round.snapshot, first);
    if (!owner) return owner.error();
    auto running = open_outreach(round.snapshot, link_from(first["for"]), *owner, by);
    if (!running) return running.error();
    std::int64_t version = 0;
    std::optional<json::Document> child;
    if (*running && !round.has((*running)->key)) {
      auto parsed = json::parse((*running)->body);
      if (!parsed) return parsed.error();
      child = std::move(*parsed);
      version = (*running)->version;
    } else {
      std::string identity = by + core::text(round.as_of);
      for (auto each = standing.begin(); each != others; ++each) identity += std::string(each->gap.root().text("id"));
      const std::string id = "outreach-" + task_id_from(identity).substr(4, 24);
      auto record = round.snapshot.read(Key{"Task", id});
      if (!record) return record.error();
      version = *record && !(*record)->deleted() ? (*record)->version : 0;  // it was ended the same day: asked for again
      child = outreach_from(first, {id, by, *owner, "outreach"}, round.now);
      add_note(*child, by, said("By standing order of ", parts_.setting.language) + by + ".", round.now);
    }
    for (auto each = standing.begin(); each != others; ++each) (void)serve_too(*child, each->gap.root(), round.now);
    round.put(child->root(), *parts_.index, version, {});
    standing.erase(standing.begin(), others);
  }
  return Done{};
}

// A contact that was recorded: the person whose outreach it belongs to, whether or not the contact names the person.
Result<Done> Surveillance::touch_contact(core::store::Snapshot& snapshot, const Key& key, People& people, std::vector<std::string>& gone) const {
  auto record = snapshot.read(key);
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return Done{};
  const auto contact = json::parse((*record)->body);
  if (!contact) return Done{};
  std::vector<std::string> links;
  add_links(contact->root()["basedOn"], links);
  for (const std::string& link : links) {
    if (!link.starts_with("Task/")) continue;
    const auto bytes = snapshot.digest(Key{"Task", link.substr(5)});
    if (!bytes) return bytes.error();
    const auto digest = *bytes ? core::population::decode(**bytes) : std::nullopt;
    if (digest && digest->subject.starts_with("Patient/")) touch(digest->subject, people, gone);
  }
  return Done{};
}

// A new programme goes live on a ramp: so many new Tasks per owner and week. Who waits is looked at again on Monday.
Result<bool> Surveillance::within_ramp(Round& round, const Gap& gap) {
  const core::Day monday = round.as_of - (round.as_of + 3) % 7;  // 1970-01-01 was a Thursday
  const std::string key = gap.programmes.front() + "|" + gap.owner + "|" + core::text(monday);
  auto count = ramped_.find(key);
  if (count == ramped_.end()) {
    auto made = tasks_made_since(round.snapshot, gap.owner, gap.programmes.front(), monday);
    if (!made) return made.error();
    count = ramped_.emplace(key, *made).first;
  }
  if (count->second >= gap.ramp) {
    round.until = std::min(round.until, monday + 7);
    return false;
  }
  if (!round.options.dry_run) ++count->second;
  return true;
}

}  // namespace fhir::care
