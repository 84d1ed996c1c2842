#include "adapters/ehr/intake.hpp"

#include <algorithm>
#include <map>

#include "adapters/ehr/identity.hpp"
#include "core/outbox/outbox.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/link_task.hpp"
#include "fhir/care/surveillance.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/meta.hpp"
#include "fhir/validate/structure.hpp"

namespace adapters::ehr {
namespace {

using core::Done;
using core::Result;
using core::store::Key;
using core::store::Op;
using core::store::Record;
using fhir::json::Value;

constexpr std::size_t most_dead = 10'000;   // dead letters kept for each partner; more are only counted
constexpr std::size_t heal_at_once = 500;
constexpr std::size_t targets_at_once = 100;
constexpr int attempts = 5;

// The stored body says the same as the resource, whatever the order of members and the stamps.
bool says_the_same(const Record& record, const Op& op, const Value& resource) {
  if (fhir::rest::stamp(op.body, op.stamp_at, record.version, record.updated) == record.body) return true;
  auto stored = fhir::json::parse(record.body);
  if (!stored) return false;
  Value* meta = stored->find(stored->root(), "meta");
  if (meta != nullptr)
    for (const char* name : {"versionId", "lastUpdated"}) stored->remove(*meta, name);
  return fhir::json::equal(stored->root(), resource);
}

bool is_computed(const Value& resource) {
  return fhir::care::is_own(resource) ||
         (resource.text("resourceType") == "Task" && !fhir::care::gap_identifier(resource).empty());
}

// Without '/': ids may have dots, types have none.
std::string letter_key(const Incoming& item) {
  const bool named = fhir::rest::is_id(item.source.id);
  return item.source.type + "." + (named ? item.source.id : "@" + item.place.substr(item.place.find(',') + 2));
}

Key key_of(const std::string& path) {  // "Patient/1"
  return {path.substr(0, path.find('/')), path.substr(path.find('/') + 1)};
}

std::string path_of(const Key& key) { return key.type + "/" + key.id; }

}  // namespace

Taken& Taken::operator+=(const Taken& other) {
  created += other.created, updated += other.updated, removed += other.removed, unchanged += other.unchanged;
  healed += other.healed, refused += other.refused, ours += other.ours;
  return *this;
}

struct Intake::Round {
  std::unique_ptr<core::store::Snapshot> view;
  core::store::Batch batch;
  Taken taken;
  std::map<Key, std::optional<Record>> current;  // of the local keys of this page
  std::map<Key, bool> known;                     // does a target exist, as far as asked
  std::set<std::string> buried, risen;           // keys of dead letters that come and go
  bool heals = false;

  Result<std::optional<Record>> read(const Key& key) {
    auto record = view->read(key);
    if (record && *record && (*record)->deleted()) return std::optional<Record>();
    return record;
  }
};

Intake::Intake(const Setting& setting, const fhir::partner::World& world)
    : setting_(setting), world_(world), origin_{setting.id, setting.base_url, world.definitions.get()} {}

Result<Done> Intake::open() {
  auto view = world_.store->snapshot();
  if (!view) return view.error();
  auto letters = core::outbox::parked(**view, setting_.id);
  if (!letters) return letters.error();
  dead_.clear();
  for (const auto& letter : *letters) dead_.insert(letter.key);
  auto healing = (*view)->values(name("heal/"), "", 1);
  if (!healing) return healing.error();
  heals_ = !healing->empty();
  return Done{};
}

void Intake::bury(Round& round, const Incoming& item, const std::string& why, const std::string& details) {
  ++round.taken.refused;
  core::outbox::Job job;
  job.key = letter_key(item);
  job.kind = "pull";
  job.payload = details;
  job.added = world_.clock->now();
  if (!dead_.contains(job.key) && dead_.size() + round.buried.size() >= most_dead) {
    ++uncounted_;
    return;
  }
  round.buried.insert(job.key);
  core::outbox::park(round.batch, setting_.id, std::move(job), item.place + ": " + why);
}

// As on the REST door, and what belongs to a panel core stays with it.
bool Intake::acceptable(const Incoming& item, Round& round) {
  if (!fhir::rest::is_id(item.source.id)) return bury(round, item, "it has no usable id"), false;
  if (item.resource == nullptr) return true;
  if (is_computed(*item.resource)) return ++round.taken.ours, false;
  const fhir::validate::Issues issues = fhir::validate::check(*world_.definitions, *item.resource);
  for (const auto& issue : issues)
    if (issue.severity <= fhir::validate::Severity::error)
      return bury(round, item, issue.expression + " (" + issue.code + ")", issue.text), false;  // the text may hold data
  return true;
}

Result<Done> Intake::read_all(Round& round, const std::vector<Incoming>& items) {
  for (const Incoming& item : items) {
    const Key local = local_key(origin_, item.source);
    auto record = round.read(local);
    if (!record) return record.error();
    round.current[local] = *std::move(record);
  }
  return Done{};
}

// Somebody may have waited for it.
Result<Done> Intake::arrived(Round& round, const Key& local) {
  auto waiting = round.view->values(name("wait/") + path_of(local) + "/", "", 1);
  if (!waiting) return waiting.error();
  if (waiting->empty()) return Done{};
  round.batch.values.emplace_back(name("heal/") + path_of(local), "");
  round.heals = true;
  return Done{};
}

Result<Done> Intake::put(Round& round, const Incoming& item, const Key& local, const std::optional<Record>& now,
                         std::string_view home) {
  std::optional<core::Error> failure;
  const auto exists = [&](const Key& target) {
    if (const auto known = round.known.find(target); known != round.known.end()) return known->second;
    const auto record = round.read(target);
    if (!record) failure = record.error();
    return round.known[target] = record && *record;
  };
  std::vector<Key> waits;
  fhir::json::Document document = localised(origin_, *item.resource, home, exists, waits);
  if (failure) return *failure;
  if (now && local.type == "Patient")  // who is one person was decided here
    if (const auto stored = fhir::json::parse(now->body)) fhir::care::keep_decided_links(stored->root(), document);
  Op op = fhir::care::op_from(document.root(), *world_.index);
  if (now && says_the_same(*now, op, document.root())) {
    ++round.taken.unchanged;
    return Done{};
  }
  op.if_version = now ? now->version : 0;
  ++(now ? round.taken.updated : round.taken.created);
  for (const Key& target : waits)
    round.batch.values.emplace_back(name("wait/") + path_of(target) + "/" + path_of(local), "");
  round.batch.ops.push_back(std::move(op));
  return now ? Result<Done>(Done{}) : arrived(round, local);
}

Result<Done> Intake::commit(Round& round, Values values) {
  for (const std::string& gone : round.risen)
    if (dead_.contains(gone)) core::outbox::done(round.batch, setting_.id, gone);
  for (auto& value : values) round.batch.values.push_back(std::move(value));
  core::store::Batch& batch = round.batch;
  if (batch.ops.empty() && batch.values.empty() && batch.forgotten.empty()) return Done{};
  batch.waits = false;  // lost with its cursor, it is read again
  round.view.reset();
  auto committed = world_.store->commit(std::move(batch));
  if (!committed) return committed.error();
  dead_.insert(round.buried.begin(), round.buried.end());
  for (const std::string& gone : round.risen) dead_.erase(gone);
  heals_ = heals_ || round.heals;
  return Done{};
}

Result<Taken> Intake::attempt(const std::vector<Incoming>& items, std::string_view home, Values values) {
  Round round;
  auto view = world_.store->snapshot();
  if (!view) return view.error();
  round.view = *std::move(view);
  std::map<Key, const Incoming*> good;  // the first mention of a key on a page counts
  for (const Incoming& item : items)
    if (acceptable(item, round)) good.emplace(item.source, &item);
  std::vector<Incoming> chosen;
  for (const Incoming& item : items)
    if (const auto it = good.find(item.source); it != good.end() && it->second == &item) chosen.push_back(item);
  if (auto read = read_all(round, chosen); !read) return read.error();
  std::erase_if(chosen, [&](const Incoming& item) {
    const auto& now = round.current[local_key(origin_, item.source)];
    if (!now || partner_of(now->body) == setting_.id) return false;
    if (item.resource != nullptr) bury(round, item, "what is stored under its id here did not come from this source");
    return true;
  });
  for (const Incoming& item : chosen) round.known[local_key(origin_, item.source)] = item.resource != nullptr;
  for (const Incoming& item : chosen) {
    const Key local = local_key(origin_, item.source);
    const auto& now = round.current[local];
    round.risen.insert(letter_key(item));
    if (item.resource != nullptr) {
      if (auto done = put(round, item, local, now, home); !done) return done.error();
    } else if (now) {
      Op op;
      op.action = Op::Action::remove;
      op.key = local;
      op.if_version = now->version;
      round.batch.ops.push_back(std::move(op));
      ++round.taken.removed;
    }
  }
  if (auto done = commit(round, std::move(values)); !done) return done.error();
  return round.taken;
}

// Only whoever writes to what is this source's makes an attempt stale; the next one sees it.
Result<Taken> Intake::take(const std::vector<Incoming>& items, std::string_view home, Values values) {
  for (int i = 1;; ++i) {
    auto taken = attempt(items, home, values);
    if (taken || taken.error().kind != core::Kind::stale || i == attempts) return taken;
  }
}

Result<Done> Intake::heal(Round& round, const Key& referrer, const Exists& exists) {
  auto record = round.read(referrer);
  if (!record) return record.error();
  if (!*record || partner_of((*record)->body) != setting_.id) return Done{};
  auto document = fhir::json::parse((*record)->body);
  if (!document || !ehr::heal(origin_, *document, exists)) return Done{};
  Op op = fhir::care::op_from(document->root(), *world_.index);
  op.if_version = (*record)->version;
  round.batch.ops.push_back(std::move(op));
  ++round.taken.healed;
  return Done{};
}

Result<Taken> Intake::heal() {
  Round round;
  auto view = world_.store->snapshot();
  if (!view) return view.error();
  round.view = *std::move(view);
  const std::string queue = name("heal/");
  auto targets = round.view->values(queue, "", targets_at_once);
  if (!targets) return targets.error();
  std::optional<core::Error> failure;
  const auto exists = [&](const Key& target) {
    const auto record = round.read(target);
    if (!record) failure = record.error();
    return record && *record;
  };
  std::set<Key> seen;
  for (const auto& target : *targets) {
    const std::string path = target.first.substr(queue.size());
    if (!exists(key_of(path)) || seen.size() >= heal_at_once) {  // gone again: the others go on waiting
      if (seen.size() < heal_at_once) round.batch.forgotten.push_back(target.first);
      continue;
    }
    const std::string prefix = name("wait/") + path + "/";
    const std::size_t room = heal_at_once - seen.size();
    auto waiting = round.view->values(prefix, "", room);
    if (!waiting) return waiting.error();
    if (waiting->size() < room) round.batch.forgotten.push_back(target.first);
    for (const auto& each : *waiting) {
      round.batch.forgotten.push_back(each.first);
      const Key key = key_of(each.first.substr(prefix.size()));
      if (!seen.insert(key).second) continue;
      if (auto healed = heal(round, key, exists); !healed) return healed.error();
    }
    if (failure) return *failure;
  }
  const bool last = targets->size() < targets_at_once && seen.size() < heal_at_once;
  if (auto committed = commit(round, {}); !committed) return committed.error();
  heals_ = !last;
  return round.taken;
}

}  // namespace adapters::ehr
