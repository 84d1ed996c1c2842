// From the change feed to events: who listens to this change? Rows of the resource before and after are compared with
// each subscription's filters, in memory.
#include <algorithm>

#include "core/store/criteria.hpp"
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

using For = std::optional<partner::Recipient>;

// The rows that a recipient may ask about: those of what it may see, and whose work it is. What it does not see must
// not be told by whether a notification comes.
core::store::Rows rows_for(const json::Value& resource, const For& recipient, const Ground& ground) {
  core::store::Rows all = ground.index->rows(resource);
  if (!recipient) return all;
  std::erase_if(all, [](const core::store::Row& row) { return row.param != "owner"; });
  const json::Document seen = ground.disclosure->project(resource, *recipient);
  if (!seen.root().is_object()) return all;
  for (core::store::Row& row : ground.index->rows(seen.root()))
    if (row.param != "owner") all.push_back(std::move(row));
  return all;
}

// A search behind a reference: asked of the store, or of what the recipient may see of the one resource there.
class Lookup final : public core::store::Resolver {
 public:
  Lookup(Snapshot& view, const Ground& ground) : view_(view), ground_(ground) {}
  void ask_for(const For& recipient) { recipient_ = recipient; }
  bool chain(const Criterion& criterion, const core::store::Row& reference) override {
    if (!criterion.inner || reference.system.empty() || reference.value.empty()) return false;
    const std::vector<std::string>& types = criterion.inner->types;
    if (!types.empty() && std::find(types.begin(), types.end(), reference.system) == types.end()) return false;
    if (recipient_) return seen({reference.system, reference.value}, criterion.inner->all);
    core::store::Query query = *criterion.inner;
    query.types = {reference.system};
    Criterion& id = query.all.emplace_back();
    id.form = Criterion::Form::id;
    id.param = "_id";
    id.ids = {reference.value};
    return any(std::move(query));
  }
  bool has(const Criterion& criterion, const core::store::Subject& subject) override {
    if (!criterion.inner || recipient_) return false;
    core::store::Query query = *criterion.inner;
    query.all.push_back(core::store::reference_criterion(criterion.param, {subject.type + '/' + subject.id}));
    return any(std::move(query));
  }

 private:
  bool seen(const core::store::Key& key, const std::vector<Criterion>& all) {
    const auto record = view_.read(key);
    if (!record.ok() || !*record || (*record)->deleted()) return false;
    const auto document = json::parse((*record)->body);
    if (!document.ok()) return false;
    const core::store::Rows rows = rows_for(document->root(), recipient_, ground_);
    return core::store::matches(all, {key.type, key.id, (*record)->updated.ms, rows}, *this);
  }
  bool any(core::store::Query query) {
    query.sort.clear();
    query.limit = 1;
    const auto found = view_.find(query);
    return found.ok() && !found->matches.empty();
  }
  Snapshot& view_;
  const Ground& ground_;
  For recipient_;
};

// One version, read when somebody asks, and indexed for each kind of recipient once.
struct Version {
  std::optional<Record> record;
  json::Document document;
  std::map<For, core::store::Rows> rows;
  bool there() const { return record && !record->deleted(); }
  const json::Value* resource() const { return there() ? &document.root() : nullptr; }
  bool matches(const Subscription& subscription, Lookup& lookup, const Ground& ground) {
    if (!there()) return false;
    auto found = rows.find(subscription.recipient);
    if (found == rows.end())
      found = rows.emplace(subscription.recipient, rows_for(document.root(), subscription.recipient, ground)).first;
    lookup.ask_for(subscription.recipient);
    const core::store::Subject subject{record->key.type, record->key.id, record->updated.ms, found->second};
    for (const auto& filter : subscription.filters)
      if (!core::store::matches(filter, subject, lookup)) return false;
    return true;
  }
};

Result<Version> version_of(Snapshot& view, const core::store::Key& key, std::int64_t version) {
  Version out;
  if (version < 1) return out;
  auto record = view.read(key, version);
  if (!record) return record.error();
  out.record = std::move(*record);
  if (!out.there()) return out;
  auto document = json::parse(out.record->body);
  if (!document) return core::fault("A stored resource cannot be read.");
  out.document = std::move(*document);
  return out;
}

}  // namespace

struct Hub::Following {
  Following(Snapshot& given, const Ground& ground) : view(given), lookup(given, ground) {}
  Snapshot& view;
  Lookup lookup;
  core::store::Batch batch;
  std::map<std::string, std::int64_t> counts;  // of those with new events
  std::set<std::string> gone;                  // deleted, and perhaps made anew
  bool changed = false;  // what a Subscription asks: what came before is not looked at again with it
};

const std::vector<std::shared_ptr<Hub::Live>>& Hub::about(const std::string& type) {
  if (about_.empty()) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, live] : lives_) about_[live->what->type].push_back(live);
  }
  return about_[type];
}

Result<std::size_t> Hub::follow() {
  auto view = parts_.store->snapshot();
  if (!view) return view.error();
  auto changes = (*view)->changes(cursor_, changes_at_once);
  if (!changes) return changes.error();
  if (changes->empty()) return std::size_t{0};
  Following following(**view, parts_.ground);
  for (const Change& change : *changes)
    if (auto done = look(following, change); !done) return done.error();
  if (auto done = keep(following, changes->back().sequence); !done) return done.error();
  const std::lock_guard lock(mutex_);
  for (const auto& [id, count] : following.counts)
    if (const auto found = lives_.find(id); found != lives_.end()) {
      figures_.events += static_cast<std::uint64_t>(count - found->second->events);
      found->second->events = count;
      schedule(id, *found->second, 0);
    }
  return changes->size();
}

// Events, counts and the cursor in one commit, with what is forgotten.
Done Hub::keep(Following& following, core::store::Sequence at) {
  core::store::Batch& batch = following.batch;
  for (const auto& [id, count] : following.counts) ledger::set_count(batch, id, count);
  const bool said = !batch.values.empty() || !batch.forgotten.empty();
  if (said || following.changed || at - kept_cursor_ >= cursor_lag) {
    ledger::set_cursor(batch, at);
    batch.waits = said;
    std::unique_lock settling(settling_, std::defer_lock);
    if (!batch.forgotten.empty()) settling.lock();
    if (auto committed = parts_.store->commit(std::move(batch)); !committed) return committed.error();
    kept_cursor_ = at;
  }
  cursor_ = at;
  return core::Done{};
}

Done Hub::look(Following& following, const Change& change) {
  if (change.key.type == "Subscription")
    if (auto done = reload(following, change); !done) return done;
  const auto& listeners = about(change.key.type);
  if (listeners.empty()) return core::Done{};
  auto after = version_of(following.view, change.key, change.version);
  if (!after) return after.error();
  std::optional<Version> before;
  for (const std::shared_ptr<Live>& live : listeners) {
    const Subscription& what = *live->what;
    const bool now = after->matches(what, following.lookup, parts_.ground);
    if (what.topic == nullptr && !now) continue;
    if (what.topic != nullptr) {
      if (!before) {
        auto read = version_of(following.view, change.key, change.version - 1);
        if (!read) return read.error();
        before = std::move(*read);
      }
      if (!now && !before->matches(what, following.lookup, parts_.ground)) continue;
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
  following.changed = true;
  if (change.method == core::store::Method::remove) {
    following.gone.insert(id);
    following.counts.erase(id);
    leave(id);
    return ledger::forget(following.view, following.batch, id);
  }
  auto record = following.view.read(change.key);
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return core::Done{};  // its end is in one of the next changes
  std::int64_t events = 0;
  const auto counted = following.counts.find(id);
  if (counted != following.counts.end()) {
    events = counted->second;
  } else {
    const bool anew = following.gone.contains(id);
    auto stored = anew ? Result<std::optional<std::int64_t>>(std::nullopt) : ledger::count(following.view, id);
    if (!stored) return stored.error();
    events = stored->value_or(0);
    if (!*stored) following.counts[id] = 0;  // from now on it is known
  }
  auto delivery = following.gone.contains(id) ? Result<Delivery>(Delivery{}) : ledger::delivery(following.view, id);
  if (!delivery) return delivery.error();
  return enter(**record, events, *delivery);
}

void Hub::leave(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = lives_.find(id);
  if (found == lives_.end()) return;
  if (found->second->due) queue_.erase({*found->second->due, id});
  lives_.erase(found);
  about_.clear();
}

Done Hub::enter(const Record& record, std::int64_t events, const Delivery& delivery) {
  const std::string& id = record.key.id;
  auto document = json::parse(record.body);
  if (!document) return core::fault("A stored Subscription cannot be read.");
  auto what = subscription_from(document->root(), parts_.ground, parts_.clock->now());
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
    live->delivery = delivery;
    live->events = events;
    live->last_sent = parts_.clock->now();
    lives_[id] = live;
  }
  const bool again = what->status == Status::requested && live->status != Status::requested;
  live->status = what->status;
  live->what = std::make_shared<const Subscription>(std::move(*what));
  about_.clear();
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
    if (!*record || (*record)->deleted()) continue;  // its deletion is still to be followed
    auto delivery = ledger::delivery(**view, id);
    if (!delivery) return delivery.error();
    if (auto done = enter(**record, count, *delivery); !done) return done;
  }
  return core::Done{};
}

}  // namespace fhir::subscription
