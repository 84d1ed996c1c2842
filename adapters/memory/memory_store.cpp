#include "adapters/memory/memory_store.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "adapters/memory/state.hpp"

namespace adapters::memory {

using namespace core;
using namespace core::store;

namespace {

struct Shared {
  State state;
  std::shared_mutex mutex;
};

class MemorySnapshot final : public Snapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {
    const std::shared_lock lock(shared_->mutex);
    tick_ = shared_->state.tick;
    sequence_ = view().sequence();
  }

  Sequence sequence() const override { return sequence_; }

  Result<std::optional<Record>> read(const Key& key) override {
    const std::shared_lock lock(shared_->mutex);
    return record_of(view().newest(key));
  }

  Result<std::optional<Record>> read(const Key& key, std::int64_t number) override {
    const std::shared_lock lock(shared_->mutex);
    const auto row = shared_->state.rows.find(key);
    if (row == shared_->state.rows.end()) return std::optional<Record>();
    for (const Sequence at : shared_->state.by_row[static_cast<std::size_t>(row->second - 1)])
      if (const Version* version = view().version(at); version && version->record.version == number)
        return record_of(version);
    return std::optional<Record>();
  }

  Result<std::vector<Record>> load(std::span<const Match> wanted) override {
    const std::shared_lock lock(shared_->mutex);
    std::vector<Record> records;
    for (const Match& match : wanted)
      if (const Version* version = view().version(match.sequence)) records.push_back(version->record);
    return records;
  }

  Result<Found> find(const Query& query) override {
    const std::shared_lock lock(shared_->mutex);
    return view().find(query);
  }

  Result<std::vector<Record>> history(const HistoryQuery& query) override {
    const std::shared_lock lock(shared_->mutex);
    return view().history(query);
  }

  Result<std::vector<Change>> changes(Sequence after, std::size_t limit) override {
    const std::shared_lock lock(shared_->mutex);
    std::vector<Change> changes;
    for (Sequence at = std::max<Sequence>(after, 0) + 1; at <= sequence_ && changes.size() < limit; ++at) {
      const Record& record = shared_->state.versions[static_cast<std::size_t>(at - 1)].record;
      changes.push_back({at, record.key, record.version, record.method, record.updated});
    }
    return changes;
  }

  Result<std::optional<std::string>> value(const std::string& name) override {
    const std::shared_lock lock(shared_->mutex);
    return view().value(name);
  }

  Result<std::vector<std::pair<std::string, std::string>>> values(const std::string& prefix, const std::string& after,
                                                                  std::size_t limit) override {
    const std::shared_lock lock(shared_->mutex);
    return view().values(prefix, after, limit);
  }

  Result<Done> digests(const std::function<bool(const Key&, Sequence, std::string_view)>& each) override {
    const std::shared_lock lock(shared_->mutex);
    for (std::int64_t row = 1; row <= view().rows(); ++row) {
      const Version* version = view().current(row);
      if (!version || version->digest.empty()) continue;
      if (!each(version->record.key, version->record.sequence, version->digest)) break;
    }
    return Done{};
  }

  Result<std::optional<std::string>> digest(const Key& key) override {
    const std::shared_lock lock(shared_->mutex);
    const Version* version = view().current(key);
    if (!version || version->digest.empty()) return std::optional<std::string>();
    return std::optional(version->digest);
  }

  Result<std::int64_t> count(const std::string& type) override {
    const std::shared_lock lock(shared_->mutex);
    std::int64_t count = 0;
    for (std::int64_t row = 1; row <= view().rows(); ++row)
      if (const Version* version = view().current(row); version && version->record.key.type == type) ++count;
    return count;
  }

 private:
  static std::optional<Record> record_of(const Version* version) {
    return version ? std::optional(version->record) : std::nullopt;
  }
  View view() const { return {shared_->state, tick_}; }

  std::shared_ptr<Shared> shared_;
  Tick tick_ = 0;
  Sequence sequence_ = 0;
};

struct Lease {
  std::string holder;
  Instant until;
};

class MemoryStore final : public Store {
 public:
  MemoryStore(const Clock& clock, Finish finish) : clock_(clock), finish_(finish) {}

  void read_texts_with(TextReader reader) override {
    const std::unique_lock lock(shared_->mutex);
    shared_->state.texts = std::move(reader);
  }

  Result<std::unique_ptr<Snapshot>> snapshot() override {
    return std::unique_ptr<Snapshot>(std::make_unique<MemorySnapshot>(shared_));
  }

  Result<Committed> commit(Batch batch) override {
    std::vector<std::function<void(Sequence)>> bells;
    Sequence before = 0;
    Result<Committed> committed = [&] {
      const std::unique_lock lock(shared_->mutex);
      bells = bells_;
      before = now().sequence();
      return apply(batch);
    }();
    if (committed && committed->last > before)
      for (const auto& bell : bells) bell(committed->last);
    return committed;
  }

  Sequence last() const override {
    const std::shared_lock lock(shared_->mutex);
    return now().sequence();
  }

  Sequence last(std::string_view type) const override {
    const std::shared_lock lock(shared_->mutex);
    const auto found = last_by_type_.find(std::string(type));
    return found == last_by_type_.end() ? 0 : found->second;
  }

  Result<bool> lease(const std::string& name, const std::string& holder, Instant at, Instant until) override {
    const std::unique_lock lock(shared_->mutex);
    Lease& lease = leases_[name];
    if (!lease.holder.empty() && lease.holder != holder && lease.until > at) return false;
    lease = {holder, until};
    return true;
  }

  void on_commit(std::function<void(Sequence)> bell) override {
    const std::unique_lock lock(shared_->mutex);
    bells_.push_back(std::move(bell));
  }

  Result<Done> backup(const std::string&) override { return unsupported("a store in memory has no backup"); }
  Result<std::vector<std::string>> check() override { return std::vector<std::string>(); }

 private:
  View now() const { return {shared_->state, shared_->state.tick}; }

  Result<Committed> apply(Batch& batch) {
    if (auto error = refused(batch)) return std::move(*error);
    State& state = shared_->state;
    ++state.tick;
    updated_ = std::max(updated_, clock_.now());
    Committed committed;
    for (Op& op : batch.ops) apply(op, committed);
    for (const std::string& name : batch.forgotten)
      if (const auto known = state.values.find(name); known != state.values.end())
        known->second.push_back({state.tick, std::nullopt});
    for (auto& [name, bytes] : batch.values) state.values[name].push_back({state.tick, std::move(bytes)});
    committed.last = now().sequence();
    committed.at = updated_;
    return committed;
  }

  std::optional<Error> refused(const Batch& batch) const {
    for (const Guard& guard : batch.guards)
      if (!holds(guard)) return Error{Kind::stale, "what is stored no longer is what the condition found", guard.name};
    std::set<Key> keys;
    for (const Op& op : batch.ops) {
      const std::string name = op.key.type + '/' + op.key.id;
      if (!keys.insert(op.key).second) return invalid("written twice in one batch", name);
      if (!op.if_version || op.action == Op::Action::index) continue;
      const Version* version = now().newest(op.key);
      const bool same = version && version->record.version == *op.if_version;
      const bool none = *op.if_version == 0 && (!version || version->record.deleted());
      if (!same && !none) return Error{Kind::stale, "the current version is not the expected one", name};
    }
    return std::nullopt;
  }

  bool holds(const Guard& guard) const {
    std::vector<std::string> found;
    for (const Match& match : now().find(guard.query).matches)
      found.push_back(now().version(match.sequence)->record.key.id);
    std::vector<std::string> wanted = guard.ids;
    std::sort(found.begin(), found.end());
    std::sort(wanted.begin(), wanted.end());
    return found == wanted;
  }

  void index(Op& op, Committed& committed) {
    const Version* current = now().current(op.key);
    const bool acts = current && (!op.if_version || current->record.version == *op.if_version);
    committed.versions.push_back(acts ? current->record.version : 0);
    committed.created.push_back(false);
    if (!acts) return;
    Version& version = shared_->state.versions[static_cast<std::size_t>(current->record.sequence - 1)];
    version.rows = std::move(op.rows);
    version.digest = std::move(op.digest);
  }

  void apply(Op& op, Committed& committed) {
    if (op.action == Op::Action::index) return index(op, committed);
    const Version* newest = now().newest(op.key);
    const bool existed = newest && !newest->record.deleted();
    const bool acts = op.action == Op::Action::put || (op.action == Op::Action::remove ? existed : newest != nullptr);
    committed.versions.push_back(acts ? append(op, existed) : 0);
    committed.created.push_back(op.action == Op::Action::put && !existed);
  }

  std::int64_t append(Op& op, bool existed) {
    State& state = shared_->state;
    const std::int64_t row = row_of(op.key);
    auto& sequences = state.by_row[static_cast<std::size_t>(row - 1)];
    Version version;
    version.row = row;
    version.at = state.tick;
    version.record = {op.key, 1, static_cast<Sequence>(state.versions.size() + 1), updated_, Method::remove, {}};
    if (!sequences.empty())
      version.record.version = state.versions[static_cast<std::size_t>(sequences.back() - 1)].record.version + 1;
    if (op.action == Op::Action::put) {
      version.record.method = existed ? Method::update : Method::create;
      version.record.body =
          finish_ ? finish_(op.body, op.stamp_at, version.record.version, updated_) : std::move(op.body);
      version.rows = std::move(op.rows);
      version.digest = std::move(op.digest);
    }
    sequences.push_back(version.record.sequence);
    last_by_type_[op.key.type] = version.record.sequence;
    const std::int64_t number = version.record.version;
    state.versions.push_back(std::move(version));
    if (op.action == Op::Action::erase)
      for (const Sequence at : sequences) {
        Version& old = state.versions[static_cast<std::size_t>(at - 1)];
        old.erased = std::min(old.erased, state.tick);
      }
    return number;
  }

  std::int64_t row_of(const Key& key) {
    State& state = shared_->state;
    const auto [it, fresh] = state.rows.try_emplace(key, static_cast<std::int64_t>(state.by_row.size()) + 1);
    if (fresh) state.by_row.emplace_back();
    return it->second;
  }

  const Clock& clock_;
  Finish finish_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  Instant updated_;
  std::map<std::string, Sequence> last_by_type_;
  std::map<std::string, Lease> leases_;
  std::vector<std::function<void(Sequence)>> bells_;
};

}  // namespace

std::unique_ptr<Store> open_memory_store(const Clock& clock, Finish finish) {
  return std::make_unique<MemoryStore>(clock, finish);
}

}  // namespace adapters::memory
