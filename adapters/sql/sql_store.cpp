#include "adapters/sql/sql_store.hpp"

#include <algorithm>
#include <chrono>

#include "adapters/sql/check.hpp"
#include "adapters/sql/snapshot.hpp"

namespace adapters::sql {

using namespace core;
using namespace core::store;

namespace {
constexpr std::chrono::milliseconds soon{200};  // the longest that a batch which does not wait stays unsafe
}

SqlStore::SqlStore(Open open, Settings settings, std::shared_ptr<void> kept_alive)
    : kept_alive_(std::move(kept_alive)),
      open_(std::move(open)),
      settings_(settings),
      group_([this](std::vector<Ticket*>& group) { write(group); }) {}

Result<std::unique_ptr<Store>> SqlStore::open(Open open, const Clock& clock, Finish finish, Settings settings,
                                              std::shared_ptr<void> kept_alive, std::shared_ptr<Words> words) {
  std::unique_ptr<SqlStore> store(new SqlStore(std::move(open), settings, std::move(kept_alive)));
  store->words_ = std::move(words);
  if (auto started = store->start(clock, finish); !started) return started.error();
  return std::unique_ptr<Store>(std::move(store));
}

Result<Done> SqlStore::start(const Clock& clock, Finish finish) {
  auto connection = open_(settings_.read_only ? Purpose::read : Purpose::write);
  if (!connection) return connection.error();
  write_connection_ = std::move(*connection);
  readers_ = std::make_shared<Readers>(open_, names_, !settings_.read_only, settings_.idle_readers);
  writer_ = std::make_unique<Writer>(*write_connection_, *names_, clock, finish);
  names_->load(*write_connection_);
  writer_->load();
  if (write_connection_->failed()) return write_connection_->failure();
  publish();
  if (settings_.read_only) return Done{};
  auto tidy_connection = open_(Purpose::tidy);
  if (!tidy_connection) return tidy_connection.error();
  tidy_connection_ = std::move(*tidy_connection);
  tidy_thread_ = std::thread([this] { tidy(); });
  return Done{};
}

SqlStore::~SqlStore() {
  {
    const std::lock_guard lock(tidy_mutex_);
    stopping_ = true;
  }
  tidy_wish_.notify_one();
  if (tidy_thread_.joinable()) tidy_thread_.join();
}

void SqlStore::read_texts_with(TextReader reader) {
  if (words_) words_->read_with(std::move(reader));
}

void SqlStore::read_rows_with(RowReader reader) { rows_ = std::make_shared<const RowReader>(std::move(reader)); }

Result<std::unique_ptr<Snapshot>> SqlStore::snapshot() {
  auto reader = readers_->take();
  if (!reader) return reader.error();
  return std::unique_ptr<Snapshot>(std::make_unique<SqlSnapshot>(readers_, std::move(*reader), words_, rows_));
}

Result<Committed> SqlStore::commit(Batch batch) {
  if (settings_.read_only) return unsupported("the store is open for reading only");
  const bool durable = batch.waits;
  auto prepared = prepare(std::move(batch), *names_);
  if (!prepared) return prepared.error();
  Ticket ticket{std::move(*prepared)};
  ticket.durable = durable;
  group_.submit(ticket);
  return std::move(*ticket.outcome);
}

Result<bool> SqlStore::lease(const std::string& name, const std::string& holder, Instant now, Instant until) {
  if (settings_.read_only) return unsupported("the store is open for reading only");
  Ticket ticket{LeaseRequest{name, holder, now, until}};
  group_.submit(ticket);
  if (!*ticket.outcome) return ticket.outcome->error();
  return ticket.granted;
}

// Runs on the thread that leads the group; nobody else writes meanwhile.
void SqlStore::write(std::vector<Ticket*>& group) {
  const bool durable = std::any_of(group.begin(), group.end(), [](const Ticket* ticket) { return ticket->durable; });
  const std::optional<Error> failed = broken_ ? broken_ : attempt(group, durable);
  if (failed) {
    for (Ticket* ticket : group) ticket->outcome = *failed;
    return;
  }
  unsafe_ = !durable;
  if (words_ && writer_->erased()) words_->forget(writer_->last());
  publish();
  if (unsafe_ || untidy()) wake_tidy();
}

// All of the group in one transaction, or an error and nothing.
std::optional<Error> SqlStore::attempt(std::vector<Ticket*>& group, bool durable) {
  try {
    writer_->begin(durable);
    for (Ticket* ticket : group) {
      if (auto* prepared = std::get_if<Prepared>(&ticket->work)) {
        ticket->outcome = writer_->apply(*prepared);
      } else {
        ticket->granted = writer_->lease(std::get<LeaseRequest>(ticket->work));
        ticket->outcome = Committed{};
      }
    }
    auto failed = writer_->commit();
    if (write_connection_->lost()) broken_ = fault("the store stopped writing after a disk failure; restart it");
    return failed;
  } catch (const std::exception& error) {  // memory: the others of the group must not wait for ever
    write_connection_->rollback();
    write_connection_->clear();
    return fault("the batch could not be stored", error.what());
  }
}

// Order matters: whoever is told of a sequence number must be able to read it.
void SqlStore::publish() {
  readers_->committed();
  {
    const std::unique_lock lock(types_mutex_);
    for (const auto& [type, sequence] : writer_->changed()) last_by_type_[type] = sequence;
  }
  const Sequence last = writer_->last();
  if (last_.exchange(last, std::memory_order_acq_rel) == last) return;
  const std::lock_guard lock(bells_mutex_);
  for (const auto& bell : bells_) bell(last);
}

Sequence SqlStore::last(std::string_view type) const {
  const std::shared_lock lock(types_mutex_);
  const auto found = last_by_type_.find(type);
  return found == last_by_type_.end() ? 0 : found->second;
}

void SqlStore::on_commit(std::function<void(Sequence)> bell) {
  const std::lock_guard lock(bells_mutex_);
  bells_.push_back(std::move(bell));
}

// A log that a long reader keeps from starting over is not tidied again before it has grown as much once more.
bool SqlStore::untidy() const {
  const std::int64_t pages = write_connection_->pending(), before = tidied_at_;
  return pages >= settings_.tidy_from + (pages < before ? 0 : before);
}

void SqlStore::wake_tidy() {
  {
    const std::lock_guard lock(tidy_mutex_);
    if (wished_) return;
    wished_ = true;
  }
  tidy_wish_.notify_one();
}

void SqlStore::tidy() {
  std::unique_lock lock(tidy_mutex_);
  for (;;) {
    tidy_wish_.wait(lock, [&] { return stopping_ || wished_; });
    if (stopping_) break;
    if (unsafe_) tidy_wish_.wait_for(lock, soon, [&] { return stopping_; });
    wished_ = false;
    lock.unlock();
    unsafe_ = false;
    readers_->let_go();
    tidy_connection_->make_durable();
    // What was written meanwhile keeps the log from starting over; the rest is little, and goes while nobody writes.
    if (untidy())
      group_.alone([this] {
        readers_->let_go();
        tidy_connection_->make_durable();
        tidied_at_ = write_connection_->pending();
      });
    if (tidy_connection_->failed()) unsafe_ = true;
    tidy_connection_->clear();
    lock.lock();
  }
}

Result<std::unique_ptr<Connection>> SqlStore::view(Purpose purpose) {
  auto connection = open_(purpose);
  if (!connection) return connection.error();
  (*connection)->begin_read();
  {
    Use newest((**connection)[Sql::newest_change]);
    newest.run();
  }
  if (settings_.read_only) names_->load(**connection);
  if ((*connection)->failed()) return (*connection)->failure();
  return connection;
}

Result<Done> SqlStore::backup(const std::string& file) {
  auto connection = view(Purpose::examine);
  if (!connection) return connection.error();
  return (*connection)->copy_to(file);
}

Result<std::vector<std::string>> SqlStore::check() {
  auto connection = view(Purpose::examine);
  if (!connection) return connection.error();
  auto findings = Check(**connection, *names_).run();
  if ((*connection)->failed()) return (*connection)->failure();
  return findings;
}

}  // namespace adapters::sql
