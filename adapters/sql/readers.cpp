#include "adapters/sql/readers.hpp"

namespace adapters::sql {

core::Result<Reader> Readers::take() {
  Reader reader;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      reader = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!reader.connection) {
    auto connection = open_(Purpose::read);
    if (!connection) return connection.error();
    reader.connection = std::move(*connection);
  }
  const std::uint64_t now = tick_.load(std::memory_order_acquire);
  if (reader.viewing && alone_ && reader.tick == now) return reader;
  Connection& connection = *reader.connection;
  if (reader.viewing) connection.end_read();
  reader.tick = now;
  reader.viewing = true;
  connection.begin_read();
  {
    Use newest(connection[Sql::newest_change]);
    reader.sequence = newest.next() ? newest.integer(0) : 0;
  }
  if (!alone_) names_->load(connection);
  if (connection.failed()) return connection.failure();
  return reader;
}

void Readers::put_back(Reader reader) {
  if (reader.connection->failed()) return;
  const bool current = alone_ && reader.tick == tick_.load(std::memory_order_acquire);
  if (!current && reader.viewing) {
    reader.connection->end_read();
    reader.viewing = false;
  }
  const std::lock_guard lock(mutex_);
  if (idle_.size() < most_idle_) idle_.push_back(std::move(reader));
}

void Readers::let_go() {
  const std::lock_guard lock(mutex_);
  for (Reader& reader : idle_) {
    if (reader.viewing) reader.connection->end_read();
    reader.viewing = false;
  }
}

}  // namespace adapters::sql
