// One conversation with a database, as the SQL store needs it: prepared statements by number, transactions, and a
// failure that sticks. Once anything failed every further step answers "no row" until clear(); whoever opened the
// conversation asks failed() once, at the end, before believing what was read. So loops need no error branch and no
// error is missed. Never: throws; shows SQL to a caller. Threads: one at a time.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sql/statements.hpp"
#include "core/base/error.hpp"

namespace adapters::sql {

struct Bytes {  // binds as a blob; the other text binds as text
  std::string_view view;
};

class Statement {
 public:
  virtual ~Statement() = default;
  virtual void bind(int at, std::int64_t value) = 0;
  virtual void bind(int at, std::string_view text) = 0;  // not copied: must live until reset()
  virtual void bind(int at, Bytes bytes) = 0;            // likewise
  virtual bool step() = 0;                               // true: a row
  virtual std::int64_t integer(int column) = 0;
  virtual std::string_view bytes(int column) = 0;  // text or blob; valid until the next step
  virtual void reset() = 0;
};

// One run of a statement: binds in order, steps, and resets at the end of the scope.
class Use {
 public:
  template <class... Values>
  explicit Use(Statement& statement, const Values&... values) : statement_(statement) {
    int at = 0;
    (statement_.bind(++at, values), ...);
  }
  ~Use() { statement_.reset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  bool next() { return statement_.step(); }
  void run() { statement_.step(); }
  std::int64_t integer(int column) { return statement_.integer(column); }
  std::string_view bytes(int column) { return statement_.bytes(column); }
  std::string text(int column) { return std::string(statement_.bytes(column)); }

 private:
  Statement& statement_;
};

// How find() plans: by what it costs; the others force one way through, for tests that compare the answers.
enum class Planning : unsigned char { by_cost, collect, in_order, gather, read };

class Connection {
 public:
  virtual ~Connection() = default;
  virtual Statement& operator[](Sql statement) = 0;  // prepared at first use
  virtual void run(const std::string& script) = 0;   // several statements without values: schema, settings
  virtual void begin_read() = 0;                     // from here on one consistent view
  virtual void end_read() = 0;
  virtual void begin_write(bool durable) = 0;  // durable: commit() returns after the data is on the disk
  virtual void commit() = 0;
  virtual void rollback() = 0;                    // also after a failure; leaves no transaction open
  virtual void make_durable() = 0;                // everything committed so far, and tidies the log
  virtual std::int64_t pending() const = 0;       // pages in the log that make_durable() would tidy
  virtual bool lost() const = 0;                  // the disk did not keep what it had taken: trust no later commit
  virtual std::vector<std::string> damage() = 0;  // the database's own examination; empty: sound
  virtual core::Result<core::Done> copy_to(const std::string& file) = 0;

  bool failed() const { return failure_.has_value(); }
  const core::Error& failure() const { return *failure_; }
  void clear() { failure_.reset(); }
  void fail(core::Error error) {
    if (!failure_) failure_ = std::move(error);
  }

  Planning planning = Planning::by_cost;
  std::uint64_t touched = 0;  // rows that statements gave, and keys that were counted

  // A search that runs on holds its view, and the log cannot start over behind it: it ends after `longest_search`.
  std::chrono::milliseconds longest_search{30'000};
  void hurry() { until_ = std::chrono::steady_clock::now() + longest_search; }
  void take_time() { until_.reset(); }
  bool late() {  // asked at every step
    if (!until_ || (++steps_ & 255U) != 0 || std::chrono::steady_clock::now() < *until_) return false;
    fail({core::Kind::busy, "the search took too long and was stopped; narrow it, or sort by less", "search"});
    return true;
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> until_;
  unsigned steps_ = 0;
  std::optional<core::Error> failure_;
};

}  // namespace adapters::sql
