// The store over any SQL database: one writer with group commit, readers with a view each, one thread that tidies the
// log. Owns: its connections. Never: includes a database's header; sqlite/ and others hand in how to open a connection.
// Threads: as promised in core/store/store.hpp.
#pragma once
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/sql/group.hpp"
#include "adapters/sql/names.hpp"
#include "adapters/sql/readers.hpp"
#include "adapters/sql/words.hpp"
#include "adapters/sql/writer.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

struct Settings {
  bool read_only = false;  // another process may be writing meanwhile
  std::size_t idle_readers = 8;
  std::int64_t tidy_from = 8'000;  // pages in the log: then the tidying thread starts
};

class SqlStore final : public core::store::Store {
 public:
  static core::Result<std::unique_ptr<core::store::Store>> open(Open open, const core::Clock& clock,
                                                                core::store::Finish finish, Settings settings,
                                                                std::shared_ptr<void> kept_alive,
                                                                std::shared_ptr<Words> words = nullptr);
  ~SqlStore() override;

  void read_texts_with(core::store::TextReader reader) override;
  void read_rows_with(core::store::RowReader reader) override;
  core::Result<std::unique_ptr<core::store::Snapshot>> snapshot() override;
  core::Result<core::store::Committed> commit(core::store::Batch batch) override;
  core::store::Sequence last() const override { return last_.load(std::memory_order_acquire); }
  core::store::Sequence last(std::string_view type) const override;
  core::Result<bool> lease(const std::string& name, const std::string& holder, core::Instant now,
                           core::Instant until) override;
  void on_commit(std::function<void(core::store::Sequence)> bell) override;
  core::Result<core::Done> backup(const std::string& file) override;
  core::Result<std::vector<std::string>> check() override;

 private:
  SqlStore(Open open, Settings settings, std::shared_ptr<void> kept_alive);
  core::Result<core::Done> start(const core::Clock& clock, core::store::Finish finish);
  core::Result<std::unique_ptr<Connection>> view(Purpose purpose);  // with an open view, for long reading
  void write(std::vector<Ticket*>& group);
  std::optional<core::Error> attempt(std::vector<Ticket*>& group, bool durable);
  void publish();
  void tidy();  // the thread
  void wake_tidy();
  bool untidy() const;

  std::shared_ptr<void> kept_alive_;  // the lock on the data; released last
  Open open_;
  Settings settings_;
  std::shared_ptr<Names> names_ = std::make_shared<Names>();
  std::shared_ptr<Readers> readers_;
  std::shared_ptr<Words> words_;  // null: full text is not searched here
  std::shared_ptr<const core::store::RowReader> rows_;
  std::unique_ptr<Connection> write_connection_, tidy_connection_;
  std::unique_ptr<Writer> writer_;
  Group group_;
  std::optional<core::Error> broken_;  // the disk refused to keep what was written: nothing more is accepted
  std::atomic<core::store::Sequence> last_{0};
  mutable std::shared_mutex types_mutex_;
  std::map<std::string, core::store::Sequence, std::less<>> last_by_type_;
  std::mutex bells_mutex_;
  std::vector<std::function<void(core::store::Sequence)>> bells_;

  std::mutex tidy_mutex_;
  std::condition_variable tidy_wish_;
  bool stopping_ = false, wished_ = false;
  std::atomic<std::int64_t> tidied_at_{0};  // pages in the log after the last tidying
  std::atomic<bool> unsafe_{false};         // something was committed that is not on the disk yet
  std::thread tidy_thread_;
};

}  // namespace adapters::sql
