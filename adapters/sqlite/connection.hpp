// SQLite behind adapters/sql/connection.hpp. Its failures become core::Error: the message says what an operator can do,
// the place has SQLite's own words for the log, neither has SQL or data in it. Threads: one at a time; connections of
// one file work side by side.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "adapters/sql/connection.hpp"
#include "adapters/sql/dialect.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace adapters::sqlite {

struct Opening {
  std::string file;
  bool create = false;
  bool writes = false;
  std::int64_t cache_kib = 2'048;
  std::int64_t page_limit = 0;
};

class SqliteConnection final : public sql::Connection {
 public:
  static core::Result<std::unique_ptr<SqliteConnection>> open(const Opening& opening, const sql::Dialect& dialect);
  ~SqliteConnection() override;

  sql::Statement& operator[](sql::Sql statement) override;
  void run(const std::string& script) override;
  void begin_read() override;
  void end_read() override;
  void begin_write(bool durable) override;
  void commit() override;
  void rollback() override;
  void make_durable() override;
  std::int64_t pending() const override { return pending_; }
  bool lost() const override { return lost_; }
  std::vector<std::string> damage() override;
  core::Result<core::Done> copy_to(const std::string& file) override;

  std::int64_t number(const std::string& question);  // one statement, one number
  void failed_with(int code, const char* doing);

 private:
  SqliteConnection(sqlite3* handle, const sql::Dialect& dialect) : handle_(handle), dialect_(dialect) {}
  core::Result<core::Done> copy_into(const std::string& file);
  static int logged(void* self, sqlite3*, const char*, int pages);

  sqlite3* handle_;
  const sql::Dialect& dialect_;
  std::array<std::unique_ptr<sql::Statement>, static_cast<std::size_t>(sql::Sql::count_)> statements_;
  bool durable_ = true, lost_ = false;
  std::atomic<std::int64_t> pending_{0};
};

}  // namespace adapters::sqlite
