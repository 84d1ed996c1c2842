// From the change feed to events: who listens to this change? Rows of the resource before and after are compared with
// each subscription's filters, in memory.
#include <algorithm>

#include "fhir/subscription/hub.hpp"

namespace fhir::subscription {

using core::Result;
using core::store::Change;
using core::store::Criterion;
using core::store::Method;
using core::store::Record;
using core::store::Snapshot;
using Done = Result<core::Done>;

namespace {

constexpr std::size_t changes_at_once = 500;
constexpr core::store::Sequence cursor_lag = 200;  // changes without events that may be looked at again

// A search behind a reference is asked of the store.
class Lookup final : public core::store::Resolver {
 public:
  explicit Lookup(Snapshot& view) : view_(view) {}
  bool chain(const Criterion& criterion, const core::store::Row& reference) override {
    if (!criterion.inner || reference.system.empty() || reference.value.empty()) return false;
    core::store::Query query = *criterion.inner;
    if (!query.types.empty() && std::find(query.types.begin(), query.types.end(), reference.system) == query.types.end())
      return false;
    query.types = {reference.system};
    Criterion& id = query.all.emplace_back();
    id.form = Criterion::Form::id;
    id.param = "_id";
    id.ids = {reference.value};
    return any(std::move(query));
  }
  bool has(const Criterion& criterion, const core::store::Subject& subject) override {
    if (!criterion.inner) return false;
    core::store::Query query = *criterion.inner;
    Criterion& refers = query.all.emplace_back();
    refers.param = criterion.param;
    refers.kind = core::store::RowKind::reference;
    core::store::Term& term = refers.any.emplace_back();
    term.any_system = false;
    term.system = subject.type;
    term.value = subject.id;
    return any(std::move(query));
  }

 private:
  bool any(core::store::Query query) {
    query.sort.clear();
    query.limit = 1;
    const auto found = view_.find(query);
    return found.ok() && !found->matches.empty();
  }
  Snapshot& view_;
};

// One version, read and indexed when somebody asks.
struct Version {
  std::optional<Record> record;
  json::Document document;
  core::store::Rows rows;
  bool there() const { return record && !record->deleted(); }
  const json::Value* resource() const { return there() ? &document.root() : nullptr; }
  bool matches(const Subscription& subscription, core::store::Resolver& resolver) const {
    if (!there()) return false;
    const core::store::Subject subject{record->key.type, record->key.id, record->updated.ms, rows};
    for (const auto& filter : subscription.filters)
      if (!core::store::matches(filter, subject, resolver)) return false;
    return true;
  }
};

Result<Version> version_of(Snapshot& view, const core::store::Key& key, std::int64_t version,
                           const search::Index& index) {
  Version out;
  if (version < 1) return out;
  auto record = view.read(key, version);
  if (!record) return record.error();
  out.record = std::move(*record);
  if (!out.there()) return out;
  auto document = json::parse(out.record->body);
  if (!document) return core::fault("A stored resource cannot be read.");
  out.document = std::move(*document);
  out.rows = index.rows(out.document.root());
  return out;
}

}  // namespace

struct Hub::Following {
  Following(Snapshot& given) : view(given), lookup(given) {}
  Snapshot& view;
  Lookup lookup;
  core::store::Batch batch;
  std::map<std::string, std::int64_t> counts;  // of those with new events
  std::vector<std::string> gone;
};

std::vector<std::shared_ptr<Hub::Live>> Hub::about(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Live>> out;
  for (const auto& [id, live] : lives_)
    if (live->what->type == type) out.push_back(live);
  return out;
}

Result<std::size_t> Hub::follow() {
  auto view = parts_.store->snapshot();
  if (!view) return view.error();
  auto changes = (*view)->changes(cursor_, changes_at_once);
  if (!changes) return changes.error();
  if (changes->empty()) return std::size_t{0};
  Following following(**view);
  for (const Change& change : *changes)
    if (auto done = look(following, change); !done) return done.error();
  const core::store::Sequence at = changes->back().sequence;
  for (const auto& [id, count] : following.counts) ledger::set_count(following.batch, id, count);
  const bool said = !following.batch.values.empty();
  view->reset();
  if (said || at - kept_cursor_ >= cursor_lag) {
    ledger::set_cursor(following.batch, at);
    following.batch.waits = said;
    if (auto committed = parts_.store->commit(std::move(following.batch)); !committed) return committed.error();
    kept_cursor_ = at;
  }
  cursor_ = at;
  for (const std::string& id : following.gone)
    if (auto done = forget(id); !done) return done.error();
  const std::lock_guard lock(mutex_);
  for (const auto& [id, count] : following.counts)
    if (const auto found = lives_.find(id); found != lives_.end()) {
      figures_.events += static_cast<std::uint64_t>(count - found->second->events);
      found->second->events = count;
      schedule(id, *found->second, 0);
    }
  return changes->size();
}

Done Hub::look(Following& following, const Change& change) {
  if (change.key.type == "Subscription")
    if (auto done = reload(following, change); !done) return done;
  const auto listeners = about(change.key.type);
  if (listeners.empty()) return core::Done{};
  auto after = version_of(following.view, change.key, change.version, *parts_.ground.index);
  if (!after) return after.error();
  std::optional<Version> before;
  for (const std::shared_ptr<Live>& live : listeners) {
    const Subscription& what = *live->what;
    const bool now = after->matches(what, following.lookup);
    if (what.topic == nullptr && !now) continue;
    if (what.topic != nullptr) {
      if (!before) {
        auto read = version_of(following.view, change.key, change.version - 1, *parts_.ground.index);
        if (!read) return read.error();
        before = std::move(*read);
      }
      if (!now && !before->matches(what, following.lookup)) continue;
      if (!what.topic->counts(before->resource(), after->resource())) continue;
    }
    auto [count, fresh] = following.counts.try_emplace(what.id, live->events);
    Event event{++count->second, change.key, change.version, change.method, now, change.updated};
    ledger::add(following.batch, what.id, event);
  }
  return core::Done{};
}

// A Subscription was written or deleted. What it listens to counts from here on.
Done Hub::reload(Following& following, const Change& change) {
  const std::string& id = change.key.id;
  auto record = following.view.read(change.key);
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) {
    following.gone.push_back(id);
    following.counts.erase(id);
    leave(id);
    return core::Done{};
  }
  std::int64_t events = 0;
  const auto counted = following.counts.find(id);
  if (counted != following.counts.end()) {
    events = counted->second;
  } else {
    auto stored = ledger::count(following.view, id);
    if (!stored) return stored.error();
    events = stored->value_or(0);
    if (!*stored) following.counts[id] = 0;  // from now on it is known
  }
  return enter(**record, events, following.view);
}

void Hub::leave(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = lives_.find(id);
  if (found == lives_.end()) return;
  if (found->second->due) queue_.erase({*found->second->due, id});
  lives_.erase(found);
}

Done Hub::enter(const Record& record, std::int64_t events, Snapshot& view) {
  const std::string& id = record.key.id;
  auto document = json::parse(record.body);
  if (!document) return core::fault("A stored Subscription cannot be read.");
  auto what = subscription_from(document->root(), parts_.ground, parts_.clock->now());
  auto delivery = ledger::delivery(view, id);
  if (!delivery) return delivery.error();
  if (!what || what->status == Status::off) {
    leave(id);
    if (what || document->root().text("status") == "off") return core::Done{};
    parts_.report("Subscription/" + id + " cannot be served", &what.error());
    return tell(id, Status::off, what.error().message);
  }
  const std::lock_guard lock(mutex_);
  const auto found = lives_.find(id);
  std::shared_ptr<Live> live = found == lives_.end() ? std::make_shared<Live>() : found->second;
  if (found == lives_.end()) {
    live->delivery = *delivery;
    live->events = events;
    live->last_sent = parts_.clock->now();
    lives_[id] = live;
  }
  const bool again = what->status == Status::requested && live->status != Status::requested;
  live->status = what->status;
  live->what = std::make_shared<const Subscription>(std::move(*what));
  live->error = document->root().text("error");
  if (again) live->delivery.failures = 0;
  live->changed_in_flight = live->in_flight;
  schedule(id, *live, 0);
  return core::Done{};
}

Done Hub::load() {
  auto view = parts_.store->snapshot();
  if (!view) return view.error();
  auto cursor = ledger::cursor(**view);
  if (!cursor) return cursor.error();
  auto counts = ledger::counts(**view);
  if (!counts) return counts.error();
  if (*cursor == 0 && counts->empty()) {  // nobody has listened yet: what was before does not count
    core::store::Query query;
    query.types = {"Subscription"};
    query.limit = 1;
    auto found = (*view)->find(query);
    if (!found) return found.error();
    if (found->matches.empty()) *cursor = (*view)->sequence();
  }
  cursor_ = kept_cursor_ = *cursor;
  for (const auto& [id, count] : *counts) {
    auto record = (*view)->read({"Subscription", id});
    if (!record) return record.error();
    if (!*record || (*record)->deleted()) continue;  // its deletion is still to be followed, or was cut off
    if (auto done = enter(**record, count, **view); !done) return done;
  }
  return core::Done{};
}

Done Hub::forget(const std::string& id) {
  for (;;) {
    auto view = parts_.store->snapshot();
    if (!view) return view.error();
    core::store::Batch batch;
    auto more = ledger::forget(**view, batch, id);
    if (!more) return more.error();
    view->reset();
    batch.waits = false;
    if (auto committed = parts_.store->commit(std::move(batch)); !committed) return committed.error();
    if (!*more) return core::Done{};
  }
}

}  // namespace fhir::subscription
