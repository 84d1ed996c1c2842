#include "adapters/sqlite/connection.hpp"

#include <sqlite3.h>

#include <cerrno>

#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/log_file.hpp"
#include "adapters/sqlite/schema.hpp"
#include "core/store/no_room.hpp"

namespace adapters::sqlite {

using namespace core;

namespace {

struct Words {
  int code;
  Kind kind;
  const char* message;
};
constexpr Words words[] = {
    {SQLITE_BUSY, Kind::busy, "the store is busy; try again"},
    {SQLITE_IOERR, Kind::fault, "the disk failed; nothing of this was stored"},
    {SQLITE_CORRUPT, Kind::fault, "the store's file is damaged"},
    {SQLITE_NOTADB, Kind::fault, "the store's file is damaged or not a store"},
    {SQLITE_CANTOPEN, Kind::fault, "the store's file cannot be opened"},
    {SQLITE_PERM, Kind::fault, "the store's file may not be used"},
    {SQLITE_READONLY, Kind::fault, "the store's file may not be written"},
    {SQLITE_NOMEM, Kind::fault, "the machine is out of memory"},
    {SQLITE_TOOBIG, Kind::too_large, "a value is too large to be stored"},
};

Error error_of(int code, const char* doing, sqlite3* handle = nullptr) {
  const int kind = code & 0xff;
  if (kind == SQLITE_FULL || (kind == SQLITE_IOERR && handle &&
                              (sqlite3_system_errno(handle) == ENOSPC || sqlite3_system_errno(handle) == EDQUOT)))
    return store::no_room("the disk is full; nothing of this was stored");
  const std::string place = std::string(doing) + ": " + sqlite3_errstr(code) + " (" + std::to_string(code) + ")";
  for (const Words& one : words)
    if (one.code == kind) return {one.kind, one.message, one.kind == Kind::fault ? place : std::string()};
  return fault("the store failed", place);
}

class SqliteStatement final : public sql::Statement {
 public:
  SqliteStatement(SqliteConnection& connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  ~SqliteStatement() override { sqlite3_finalize(statement_); }
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  void bind(int at, std::int64_t value) override { sqlite3_bind_int64(statement_, at, value); }
  void bind(int at, std::string_view text) override {
    const char* data = text.data() ? text.data() : "";
    sqlite3_bind_text64(statement_, at, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind(int at, sql::Bytes bytes) override {
    const char* data = bytes.view.data() ? bytes.view.data() : "";
    sqlite3_bind_blob64(statement_, at, data, bytes.view.size(), SQLITE_STATIC);
  }

  bool step() override {
    if (connection_.failed() || connection_.late()) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
      ++connection_.touched;
      return true;
    }
    if (code != SQLITE_DONE) connection_.failed_with(code, "step");
    return false;
  }

  std::int64_t integer(int column) override { return sqlite3_column_int64(statement_, column); }
  std::string_view bytes(int column) override {
    const void* data = sqlite3_column_blob(statement_, column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  void reset() override { sqlite3_reset(statement_); }

 private:
  SqliteConnection& connection_;
  sqlite3_stmt* statement_;
};

// Stands in for a statement that could not be prepared.
class Nothing final : public sql::Statement {
 public:
  void bind(int, std::int64_t) override {}
  void bind(int, std::string_view) override {}
  void bind(int, sql::Bytes) override {}
  bool step() override { return false; }
  std::int64_t integer(int) override { return 0; }
  std::string_view bytes(int) override { return {}; }
  void reset() override {}
};

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const Opening& opening, const sql::Dialect& dialect) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (opening.create ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(opening.file.c_str(), &handle, flags, gathering_files());
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle, dialect));
  if (code != SQLITE_OK) return error_of(code, "open");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 10'000);
  connection->run("PRAGMA cache_size = -" + std::to_string(opening.cache_kib) +
                  "; PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;");
  if (opening.writes) {
    sqlite3_wal_autocheckpoint(handle, 0);
    sqlite3_wal_hook(handle, &SqliteConnection::logged, connection.get());
    connection->run("PRAGMA journal_size_limit = 67108864;");
    if (opening.page_limit > 0) connection->run("PRAGMA max_page_count = " + std::to_string(opening.page_limit));
  } else {
    connection->run("PRAGMA query_only = ON;");
  }
  if (connection->failed()) return connection->failure();
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (auto& statement : statements_) statement.reset();
  sqlite3_close_v2(handle_);
}

void SqliteConnection::failed_with(int code, const char* doing) {
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) lost_ = true;
  fail(error_of(code, doing, handle_));
}

sql::Statement& SqliteConnection::operator[](sql::Sql name) {
  auto& slot = statements_[static_cast<std::size_t>(name)];
  if (slot) return *slot;
  static Nothing nothing;
  if (failed()) return nothing;
  sqlite3_stmt* statement = nullptr;
  const char* text = dialect_.statements[static_cast<std::size_t>(name)];
  const int code = sqlite3_prepare_v3(handle_, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    failed_with(code, "prepare");
    return nothing;
  }
  slot = std::make_unique<SqliteStatement>(*this, statement);
  return *slot;
}

void SqliteConnection::run(const std::string& script) {
  if (failed()) return;
  const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) failed_with(code, "run");
}

std::int64_t SqliteConnection::number(const std::string& question) {
  std::int64_t answer = 0;
  sqlite3_stmt* statement = nullptr;
  int code = failed() ? SQLITE_ABORT : sqlite3_prepare_v2(handle_, question.c_str(), -1, &statement, nullptr);
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) answer = sqlite3_column_int64(statement, 0);
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) failed_with(code, "ask");
  return answer;
}

void SqliteConnection::begin_read() { sql::Use((*this)[sql::Sql::begin_read]).run(); }
void SqliteConnection::end_read() { sql::Use((*this)[sql::Sql::commit]).run(); }

// A commit that does not wait is in the log like any other, and on the disk with the next one that waits.
void SqliteConnection::begin_write(bool durable) {
  durable_ = durable;
  sql::Use((*this)[sql::Sql::begin_write]).run();
}

void SqliteConnection::commit() {
  const WithoutWaiting hurried(!durable_);
  sql::Use((*this)[sql::Sql::commit]).run();
}

void SqliteConnection::rollback() {
  if (!sqlite3_get_autocommit(handle_)) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void SqliteConnection::make_durable() {
  int log = 0, copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &log, &copied);
  if (code == SQLITE_BUSY) return;  // somebody else is at it
  if (code != SQLITE_OK) return failed_with(code, "checkpoint");
  pending_ = log - copied;
}

int SqliteConnection::logged(void* self, sqlite3*, const char*, int pages) {
  static_cast<SqliteConnection*>(self)->pending_ = pages;
  return SQLITE_OK;
}

std::vector<std::string> SqliteConnection::damage() {
  std::vector<std::string> findings;
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(handle_, "PRAGMA integrity_check(20)", -1, &statement, nullptr);
  while (code == SQLITE_OK || code == SQLITE_ROW) {
    code = sqlite3_step(statement);
    if (code != SQLITE_ROW) break;
    std::string line = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    if (line != "ok") findings.push_back("the file is damaged: " + std::move(line));
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE) findings.push_back(std::string("the file cannot be read: ") + sqlite3_errstr(code));
  return findings;
}

Result<Done> SqliteConnection::copy_to(const std::string& file) {
  return put_in_place(file, [this](const std::string& part) { return copy_into(part); });
}

Result<Done> SqliteConnection::copy_into(const std::string& file) {
  sqlite3* target = nullptr;
  int code = sqlite3_open_v2(file.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", handle_, "main");
    code = backup ? SQLITE_OK : sqlite3_errcode(target);
    if (backup) {
      sqlite3_backup_step(backup, -1);
      code = sqlite3_backup_finish(backup);
    }
  }
  // One file without a log beside it: easier to carry away.
  if (code == SQLITE_OK) code = sqlite3_exec(target, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  sqlite3_close_v2(target);
  if (code != SQLITE_OK) return error_of(code, "copy");
  return Done{};
}

}  // namespace adapters::sqlite
