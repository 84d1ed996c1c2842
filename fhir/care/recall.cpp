#include "fhir/care/recall.hpp"

#include <algorithm>
#include <array>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/outreach.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/care/task.hpp"

namespace fhir::care {

using core::Result;
using core::store::Record;
using core::store::Snapshot;
using json::Document;
using json::Value;

namespace {

constexpr std::int64_t versions_looked_at = 200;

std::string in_house(std::string_view name) { return std::string(house) + "/" + std::string(name); }

bool worked_on(std::string_view status) {
  constexpr std::array<std::string_view, 3> words{"received", "accepted", "in-progress"};
  return std::find(words.begin(), words.end(), status) != words.end();
}

bool waits(std::string_view status) { return status == "requested" || status == "on-hold" || status == "rejected"; }

// Another gap that this child serves still wants it.
bool serves_another(Snapshot& snapshot, const Value& child, const std::string& task) {
  std::vector<std::string> served;
  add_links(child["partOf"], served);
  return std::any_of(served.begin(), served.end(), [&](const std::string& link) {
    if (!link.starts_with("Task/") || link == "Task/" + task) return false;
    const auto record = snapshot.read({"Task", link.substr(5)});
    if (!record || !*record || (*record)->deleted()) return false;
    const auto parsed = json::parse((*record)->body);
    return parsed && (parsed->root().text("status") == "accepted" || parsed->root().text("status") == "in-progress");
  });
}

Result<bool> made_before(Snapshot& snapshot, const Record& child, const std::optional<core::Instant>& at) {
  if (!at || child.updated < *at) return true;
  const auto first = snapshot.read(child.key, 1);
  if (!first) return first.error();
  return *first && (*first)->updated < *at;
}

std::string words(const std::string& decision) {
  return "the gap it belongs to was decided otherwise" + (decision.empty() ? "" : ": " + decision);
}

Document cancelled(const Value& contact, const std::string& decision, core::Instant now) {
  Document doc;
  doc.root() = doc.copy(contact);
  Value reason = doc.object();
  if (!decision.empty()) {
    Value coding = doc.object(), codings = doc.array();
    doc.set(coding, "system", doc.string(in_house("CodeSystem/gap-decision")));
    doc.set(coding, "code", doc.string(decision));
    doc.push(codings, coding);
    doc.set(reason, "coding", codings);
  }
  doc.set(reason, "text", doc.string(words("")));
  doc.set(doc.root(), "status", doc.string("cancelled"));
  doc.set(doc.root(), "statusReason", reason);
  doc.set(doc.root(), "lastModified", doc.string(core::text(now)));
  return doc;
}

// The abort Task that asks for this referral, as stored; nothing: nobody has asked.
Result<std::optional<Record>> asked_to_stop(Snapshot& snapshot, const Value& referral, core::Instant now) {
  auto record = snapshot.read({"Task", std::string(abort_from(referral, "", now).root().text("id"))});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return std::optional<Record>();
  return record;
}

Result<core::Done> recall_referral(Snapshot& snapshot, const Record& record, const Value& referral, const Recall& what,
                                   core::Instant now, Recalled& out) {
  const auto asked = asked_to_stop(snapshot, referral, now);
  if (!asked) return asked.error();
  if (*asked) {
    const auto abort = json::parse((*asked)->body);
    if (!abort) return abort.error();
    if (!is_final(abort->root().text("status"))) return core::Done{};   // it is being stopped
    if (what.at && (*asked)->updated >= *what.at) return core::Done{};  // asked for this already, and answered
  }
  if (!what.keep.empty() && link_from(referral["owner"]) == what.keep) {
    out.kept.push_back(record.key.id);
    return core::Done{};
  }
  Document back = taken_back(referral, words(what.decision), now);
  const bool itself = back.root().text("id") == record.key.id;
  out.writes.push_back({std::move(back), itself   ? record.version
                                         : *asked ? (*asked)->version
                                                  : 0});  // refused: asks again
  return core::Done{};
}

// What the core writes when a gap comes back to its list by itself says why; a client that leaves such a reason in
// place did not give it.
bool came_back_by_itself(const Value& before, const Value& after) {
  const Value &old = before["statusReason"], &now = after["statusReason"];
  if (json::equal(old, now)) return false;
  return has_coding(now, in_house("CodeSystem/work-status"), "unreachable") ||
         now.text("text").starts_with("the referral ended as ");
}

// When somebody last decided against working on the gap, from its versions.
Result<std::optional<core::Instant>> set_aside(Snapshot& snapshot, const Record& gap) {
  auto after = json::parse(gap.body);
  if (!after) return after.error();
  core::Instant at = gap.updated;
  for (std::int64_t version = gap.version - 1, looked = 0; version > 0 && looked < versions_looked_at;
       --version, ++looked) {
    const std::string_view to = after->root().text("status");
    if (!waits(to)) break;
    const auto record = snapshot.read(gap.key, version);
    if (!record) return record.error();
    if (!*record || (*record)->deleted()) break;
    auto before = json::parse((*record)->body);
    if (!before) return before.error();
    const std::string_view from = before->root().text("status");
    if (from != to && (to != "requested" || worked_on(from)))
      return to == "requested" && came_back_by_itself(before->root(), after->root()) ? std::nullopt : std::optional(at);
    at = (*record)->updated;
    after = std::move(before);
  }
  return std::optional<core::Instant>();
}

}  // namespace

Result<Recalled> recall(Snapshot& snapshot, const Recall& what, core::Instant now) {
  Recalled out;
  auto children = children_of(snapshot, what.task);
  if (!children) return children.error();
  for (const Record& record : *children) {
    const auto child = json::parse(record.body);
    if (!child) return child.error();
    const Value& task = child->root();
    const std::string kind = in_house("CodeSystem/task-kind");
    const bool contact = has_coding(task["code"], kind, "outreach") || (has_coding(task["code"], kind, "ask-evidence") && what.decision != "done-elsewhere");
    if (is_final(task.text("status")) || (!is_referral(task) && !(contact && what.contacts))) continue;
    const auto ours = made_before(snapshot, record, what.at);
    if (!ours) return ours.error();
    if (!*ours || serves_another(snapshot, task, what.task)) continue;
    if (contact) {
      out.writes.push_back({cancelled(task, what.decision, now), record.version});
      continue;
    }
    if (auto done = recall_referral(snapshot, record, task, what, now, out); !done) return done.error();
  }
  return out;
}

Result<Recalled> recall_set_aside(Snapshot& snapshot, const Record& record, const Value& gap, core::Instant now) {
  if (record.version < 2 || !waits(gap.text("status"))) return Recalled{};
  const auto children = children_of(snapshot, record.key.id);
  if (!children) return children.error();
  if (children->empty()) return Recalled{};
  const auto at = set_aside(snapshot, record);
  if (!at) return at.error();
  if (!*at) return Recalled{};
  Recall what{record.key.id, {}, {}, true, *at};
  for (const Value& coding : gap["statusReason"]["coding"].elements())
    if (coding.text("system") == in_house("CodeSystem/gap-decision")) what.decision = std::string(coding.text("code"));
  return recall(snapshot, what, now);
}

}  // namespace fhir::care
