// A view of the store at one sequence number: reading by key, versions, history, change feed, digests, values, search.
// Owns: one lent reader. Threads: one at a time.
#pragma once
#include <memory>

#include "adapters/sql/change.hpp"
#include "adapters/sql/readers.hpp"
#include "adapters/sql/words.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

class SqlSnapshot final : public core::store::Snapshot {
 public:
  SqlSnapshot(std::shared_ptr<Readers> readers, Reader reader, std::shared_ptr<Words> words,
              std::shared_ptr<const core::store::RowReader> rows)
      : readers_(std::move(readers)), reader_(std::move(reader)), words_(std::move(words)), rows_(std::move(rows)) {}
  ~SqlSnapshot() override { readers_->put_back(std::move(reader_)); }
  SqlSnapshot(const SqlSnapshot&) = delete;
  SqlSnapshot& operator=(const SqlSnapshot&) = delete;

  core::store::Sequence sequence() const override { return reader_.sequence; }
  core::Result<std::optional<core::store::Record>> read(const core::store::Key& key) override;
  core::Result<std::optional<core::store::Record>> read(const core::store::Key& key, std::int64_t version) override;
  core::Result<std::vector<core::store::Record>> load(std::span<const core::store::Match> matches) override;
  core::Result<core::store::Found> find(const core::store::Query& query) override;
  core::Result<std::vector<core::store::Record>> history(const core::store::HistoryQuery& query) override;
  core::Result<std::vector<core::store::Change>> changes(core::store::Sequence after, std::size_t limit) override;
  core::Result<std::optional<std::string>> value(const std::string& name) override;
  core::Result<std::vector<std::pair<std::string, std::string>>> values(const std::string& prefix,
                                                                        const std::string& after,
                                                                        std::size_t limit) override;
  core::Result<core::Done> digests(
      const std::function<bool(const core::store::Key&, core::store::Sequence, std::string_view)>& each) override;
  core::Result<std::optional<std::string>> digest(const core::store::Key& key) override;
  core::Result<std::int64_t> count(const std::string& type) override;

 private:
  template <class T>
  core::Result<T> checked(T value) {  // what was read counts only when nothing failed on the way
    if (connection().failed()) return connection().failure();
    return value;
  }
  Connection& connection() { return *reader_.connection; }
  const Names& names() { return readers_->names(); }
  std::optional<Slot> type(const core::store::Key& key) { return names().find_slot(key.type, ""); }
  std::optional<core::store::Record> record(core::store::Sequence sequence);
  std::optional<ChangeRow> change(core::store::Sequence sequence);
  std::vector<core::store::Sequence> chain(const core::store::Key& key);  // versions of a key, newest first
  // For history with `at`: when the version after this one came; nothing when it is the newest.
  std::optional<core::Instant> superseded(const ChangeRow& change);

  std::shared_ptr<Readers> readers_;
  Reader reader_;
  std::shared_ptr<Words> words_;                        // null: there is none
  std::shared_ptr<const core::store::RowReader> rows_;  // null: there is none
};

}  // namespace adapters::sql
