#include "fhir/care/linking.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/store/criteria.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/likeness.hpp"
#include "fhir/care/surveillance.hpp"

namespace fhir::care {

using core::Done;
using core::Result;
using core::store::Key;
using core::store::Sequence;
using core::store::Snapshot;

namespace {

constexpr const char* cursor_name = "linking/cursor";
constexpr std::size_t changes_at_once = 2'000, patients_at_once = 100;
constexpr Sequence cursor_behind = 20'000;  // changes without effect after which the cursor is stored anyway

Key key_of(const std::string& link) { return {link.substr(0, link.find('/')), link.substr(link.find('/') + 1)}; }

Result<std::optional<core::store::Record>> current(Snapshot& snapshot, const Key& key) {
  auto record = snapshot.read(key);
  if (record && *record && (*record)->deleted()) return std::optional<core::store::Record>{};
  return record;
}

// The reviews that a Patient is part of.
Result<std::vector<core::store::Record>> reviews_of(Snapshot& snapshot, const std::string& patient) {
  core::store::Query query;
  query.types = {"Task"};
  query.all.push_back(core::store::token_criterion("identifier", {patient}, std::string(house) + "/link-of"));
  return core::store::find_all(snapshot, query);
}

}  // namespace

struct Linking::Round {
  Snapshot& snapshot;
  core::Instant now;
  std::size_t records;
  core::store::Batch batch{};
  std::set<Key> written{};  // a key stands once in a batch
  bool has(const Key& key) const { return written.contains(key); }
};

std::string Linking::cursor_text(Sequence sequence) const {
  return std::to_string(sequence) + "|" + std::to_string(parts_.setting.review_from) + "|" + std::to_string(parts_.setting.link_from);
}

void Linking::put(Round& round, const json::Value& resource, std::int64_t version) {
  core::store::Op op = op_from(resource, *parts_.index);
  op.if_version = version;
  if (round.written.insert(op.key).second) round.batch.ops.push_back(std::move(op));
}

Result<std::size_t> Linking::follow() {
  if (!parts_.setting.on()) return std::size_t{0};
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  if (cursor_ < 0) {  // other thresholds: everybody is compared anew
    const auto stored = (*snapshot)->value(cursor_name);
    if (!stored) return stored.error();
    cursor_ = 0;
    if (*stored)
      if (const std::string& text = **stored; text.ends_with(cursor_text(0).substr(1)))
        (void)std::from_chars(text.data(), text.data() + text.size(), cursor_);
    kept_ = cursor_;
  }
  auto changes = (*snapshot)->changes(cursor_, changes_at_once);
  if (!changes) return changes.error();
  if (changes->empty()) return std::size_t{0};
  const auto records = (*snapshot)->count("Patient");
  if (!records) return records.error();
  Round round{**snapshot, parts_.clock->now(), static_cast<std::size_t>(*records)};
  std::set<std::string> patients;
  Sequence next = cursor_;
  std::size_t followed = 0;
  for (const core::store::Change& change : *changes) {
    if (change.key.type == "Patient" && !patients.contains(change.key.id)) {
      if (patients.size() == patients_at_once) break;
      patients.insert(change.key.id);
    }
    next = change.sequence;
    ++followed;
  }
  for (const std::string& id : patients)
    if (auto looked = look_at(round, id); !looked) return looked.error();
  if (!round.batch.ops.empty() || next - kept_ >= cursor_behind) {
    round.batch.values.emplace_back(cursor_name, cursor_text(next));
    round.batch.waits = !round.batch.ops.empty();
    snapshot->reset();
    auto committed = parts_.store->commit(std::move(round.batch));
    if (!committed && committed.error().kind == core::Kind::stale) return std::size_t{1};  // somebody wrote meanwhile: again
    if (!committed) return committed.error();
    kept_ = next;
  }
  cursor_ = next;
  return followed;
}

Result<Done> Linking::look_at(Round& round, const std::string& id) {
  const std::string patient = "Patient/" + id;
  const auto record = current(round.snapshot, {"Patient", id});
  if (!record) return record.error();
  if (!*record) return look_at_gone(round, patient);
  const auto body = json::parse((*record)->body);
  if (!body) return body.error();
  const auto all = alike(round.snapshot, *parts_.index, body->root(), parts_.trusted_systems, round.records, parts_.setting.review_from, id);
  if (!all) return all.error();
  for (const Alike& other : *all) {
    if (other.score.same_identifier) continue;  // the population joins them by itself
    if (auto weighed = weigh(round, pair_of(patient, "Patient/" + other.id), {other.probability, other.score.fields}); !weighed) return weighed;
  }
  return look_again(round, patient, body->root());
}

Result<Done> Linking::weigh(Round& round, const Pair& pair, const Likely& likely) {
  const Key key{"Task", link_task_id(pair)};
  if (round.has(key)) return Done{};
  const auto record = current(round.snapshot, key);
  if (!record) return record.error();
  std::optional<json::Document> stored;
  if (*record) {
    auto parsed = json::parse((*record)->body);
    if (!parsed) return parsed.error();
    stored = std::move(*parsed);
    const std::string_view status = stored->root().text("status");
    if (status != "requested" && status != "cancelled") return Done{};  // decided: it stays
  }
  if (parts_.is_one_person && parts_.is_one_person(pair.first, pair.second)) return Done{};
  json::Document task = link_task_from(pair, likely, stored ? &stored->root() : nullptr, round.now, parts_.language);
  if (parts_.setting.link_from > 0 && likely.probability >= parts_.setting.link_from) {
    const std::string why = "at least as likely as the configured " + std::to_string(parts_.setting.link_from) + ", from which nobody is asked";
    task = decided_from(task.root(), true, {}, why, round.now);
    if (auto linked = link(round, pair, key.id); !linked) return linked;
  } else if (stored && says_the_same(task.root(), stored->root())) {
    return Done{};
  }
  put(round, task.root(), *record ? (*record)->version : 0);
  return Done{};
}

// The reviews of this Patient that stand: is it still a question, and does what was decided still hold?
Result<Done> Linking::look_again(Round& round, const std::string& patient, const json::Value& body) {
  const auto reviews = reviews_of(round.snapshot, patient);
  if (!reviews) return reviews.error();
  for (const core::store::Record& review : *reviews) {
    if (round.has(review.key)) continue;
    const auto task = json::parse(review.body);
    if (!task) return task.error();
    const Pair pair = pair_from(task->root());
    if (says_same_person(task->root())) {
      if (auto linked = link(round, pair, review.key.id); !linked) return linked;
      continue;
    }
    if (task->root().text("status") != "requested") continue;
    if (parts_.is_one_person && parts_.is_one_person(pair.first, pair.second)) {
      put(round, withdrawn_from(task->root(), "the records are one person already", round.now).root(), review.version);
      continue;
    }
    const auto other = current(round.snapshot, key_of(pair.first == patient ? pair.second : pair.first));
    if (!other) return other.error();
    if (!*other) continue;
    const auto theirs = json::parse((*other)->body);
    if (!theirs) return theirs.error();
    const auto score = core::population::compare(likeness_of(body, parts_.trusted_systems), likeness_of(theirs->root(), parts_.trusted_systems));
    if (core::population::probability(score, round.records) < parts_.setting.review_from)
      put(round, withdrawn_from(task->root(), "the records are not alike any more", round.now).root(), review.version);
  }
  return Done{};
}

Result<Done> Linking::look_at_gone(Round& round, const std::string& patient) {
  const auto reviews = reviews_of(round.snapshot, patient);
  if (!reviews) return reviews.error();
  for (const core::store::Record& review : *reviews) {
    const auto task = json::parse(review.body);
    if (!task) return task.error();
    if (task->root().text("status") == "requested") put(round, withdrawn_from(task->root(), patient + " is no longer here", round.now).root(), review.version);
  }
  return Done{};
}

// On the record that is kept here rather than the one that a source may write anew; nothing when they are linked already.
Result<Done> Linking::link(Round& round, const Pair& pair, const std::string& task) {
  std::optional<json::Document> chosen;
  std::int64_t version = 0;
  std::string other;
  for (const auto& [patient, counterpart] : {pair, Pair(pair.second, pair.first)}) {
    const auto record = current(round.snapshot, key_of(patient));
    if (!record) return record.error();
    if (!*record) return Done{};  // gone: there is nobody to link
    auto body = json::parse((*record)->body);
    if (!body) return body.error();
    for (const json::Value& link : body->root()["link"].elements())
      if (link_from(link["other"]) == counterpart) return Done{};
    const bool from_elsewhere = !body->root()["meta"].text("source").empty();
    if (chosen && from_elsewhere) continue;
    if (chosen && chosen->root()["meta"].text("source").empty()) continue;
    chosen = std::move(*body);
    version = (*record)->version;
    other = counterpart;
  }
  if (chosen && add_link(*chosen, other, "Task/" + task)) put(round, chosen->root(), version);
  return Done{};
}

Result<Done> Linking::part(Round& round, const Pair& pair, const std::string& task) {
  for (const std::string& patient : {pair.first, pair.second}) {
    const auto record = current(round.snapshot, key_of(patient));
    if (!record) return record.error();
    if (!*record) continue;
    auto body = json::parse((*record)->body);
    if (!body) return body.error();
    if (drop_link(*body, "Task/" + task)) put(round, body->root(), (*record)->version);
  }
  return Done{};
}

Result<Done> Linking::decide(const std::string& id, bool same_person, const std::string& by, const std::string& reason) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    auto snapshot = parts_.store->snapshot();
    if (!snapshot) return snapshot.error();
    const auto record = current(**snapshot, {"Task", id});
    if (!record) return record.error();
    if (!*record) return core::not_found("Task/" + id + " is not known here", "Task/" + id);
    const auto task = json::parse((*record)->body);
    if (!task) return task.error();
    if (!is_link_task(task->root())) return core::unprocessable("only a review of two records can be decided so: this Task was not made by scored linking", "Task.identifier");
    const std::string_view status = task->root().text("status");
    if (status == "cancelled") return core::unprocessable("this review is no longer a question: " + std::string(task->root()["statusReason"].text("text")), "Task.status");
    if ((status == "completed") == same_person && status != "requested")
      return core::unprocessable(std::string("it is decided so already; allowed: ") + (same_person ? "different-people" : "same-person"), "Task.status");
    const Pair pair = pair_from(task->root());
    Round round{**snapshot, parts_.clock->now(), 0};
    put(round, decided_from(task->root(), same_person, by, reason, round.now).root(), (*record)->version);
    if (auto done = same_person ? link(round, pair, id) : part(round, pair, id); !done) return done;
    snapshot->reset();
    const auto committed = parts_.store->commit(std::move(round.batch));
    if (committed) return Done{};
    if (committed.error().kind != core::Kind::stale) return committed.error();
  }
  return core::Error{core::Kind::busy, "the records change faster than they can be decided; try again", "Task/" + id};
}

}  // namespace fhir::care
