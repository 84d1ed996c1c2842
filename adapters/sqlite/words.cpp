#include "adapters/sqlite/words.hpp"

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>

#include "adapters/sql/change.hpp"

namespace adapters::sqlite {
namespace {

using namespace core::store;
using core::Result;
using sql::Bytes;
using sql::Sql;
using sql::Use;

constexpr std::size_t piece = 500;               // versions in one transaction
constexpr std::chrono::milliseconds patience{2'000};  // for reading what is new, before answering "busy"
constexpr std::int64_t most_stale = 100'000;     // superseded versions, before the file is made anew

constexpr const char* schema = R"sql(
PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY;
PRAGMA secure_delete = ON; PRAGMA user_version = 1;
CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, updated INTEGER NOT NULL, stale INTEGER NOT NULL);
INSERT OR IGNORE INTO mark VALUES (1, 0, 0, 0);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (narrative, content, content = '', columnsize = 0, tokenize = 'ascii');
)sql";

std::string quoted(const Term& part) {
  std::string out = "\"";
  for (const char c : part.value) out += c == '"' ? ' ' : c;
  return out + (part.compare == Compare::begins ? "\" *" : "\"");
}

std::string expression(const Criterion& criterion) {
  std::string out;
  for (const Term& term : criterion.any) {
    std::string all;
    for (const Term& part : term.parts) all += (all.empty() ? "" : " AND ") + quoted(part);
    if (!all.empty()) out += (out.empty() ? "(" : " OR (") + all + ')';
  }
  return criterion.param == "_text" && !out.empty() ? "{narrative} : (" + out + ')' : out;
}

struct Finish {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finish>;

class FileWords final : public sql::Words {
 public:
  explicit FileWords(std::string file) : file_(std::move(file)) {}

  void read_with(TextReader reader) override {
    const std::lock_guard lock(mutex_);
    reader_ = std::move(reader);
  }

  Result<std::vector<Sequence>> find(const Criterion& criterion, sql::Connection& view, const sql::Names& names,
                                     Sequence upto) override {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock() && building_) return busy(upto);
    const std::unique_lock turn = lock.owns_lock() ? std::unique_lock<std::mutex>() : std::unique_lock(mutex_);
    if (!reader_) return core::unsupported("full text cannot be searched here", criterion.param);
    if (upto < floor_) return core::Error{core::Kind::busy, "Something was erased meanwhile; repeat the search.", {}};
    if (auto ready = catch_up(view, names, upto); !ready) return ready.error();
    return matching(expression(criterion), upto);
  }

  void forget(Sequence at) override {
    const std::lock_guard lock(mutex_);
    remove();
    floor_ = at;
  }

 private:
  core::Error busy(Sequence upto) const {
    const std::int64_t part = upto > 0 ? seq_ * 100 / upto : 0;
    return {core::Kind::busy, "The full-text index is being made (" + std::to_string(part) + " %); repeat the search.",
            {}};
  }

  void remove() {
    handle_.reset();
    std::error_code ignored;
    for (const char* end : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(file_ + end, ignored);
    seq_ = 0;
    updated_ = stale_ = 0;
  }

  bool open() {
    if (handle_) return true;
    for (int attempt = 0; attempt < 2; ++attempt) {
      sqlite3* handle = nullptr;
      const int code = sqlite3_open_v2(file_.c_str(), &handle,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
      handle_.reset(handle);
      if (code == SQLITE_OK && run(schema) && load()) return true;
      remove();  // not ours, or damaged: it is made from the store
    }
    return false;
  }

  bool run(const char* script) { return sqlite3_exec(handle_.get(), script, nullptr, nullptr, nullptr) == SQLITE_OK; }

  Statement prepare(const char* text) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(handle_.get(), text, -1, &statement, nullptr);
    return Statement(statement);
  }

  bool load() {
    const Statement mark = prepare("SELECT seq, updated, stale FROM mark");
    if (!mark || sqlite3_step(mark.get()) != SQLITE_ROW) return false;
    seq_ = sqlite3_column_int64(mark.get(), 0);
    updated_ = sqlite3_column_int64(mark.get(), 1);
    stale_ = sqlite3_column_int64(mark.get(), 2);
    return true;
  }

  // The file belongs to this store, as it is now: otherwise it is made anew.
  bool belongs(sql::Connection& view, Sequence upto) {
    if (seq_ == 0) return true;
    if (seq_ > upto) return known_;  // an older view; but not the first one of this process
    Use change(view[Sql::change], seq_);
    return change.next() && change.integer(5) == updated_;
  }

  core::Error broken() const { return core::fault("the full-text index cannot be used", file_); }

  Result<core::Done> catch_up(sql::Connection& view, const sql::Names& names, Sequence upto) {
    if (!open()) return broken();
    if (!belongs(view, upto) || stale_ > most_stale) {
      remove();
      if (!open()) return broken();
    }
    known_ = true;
    if (seq_ == 0) target_ = upto;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (seq_ < upto) {
      building_ = std::chrono::steady_clock::now() > until;
      if (building_) return busy(upto);
      if (auto read = next_piece(view, names, upto); !read) return read;
    }
    building_ = false;
    return core::Done{};
  }

  struct Pending {
    Sequence sequence = 0;
    std::int64_t row = 0, updated = 0;
    sql::Slot type = 0;
    unsigned method = 0;
    std::int64_t version = 0;
  };

  Result<core::Done> next_piece(sql::Connection& view, const sql::Names& names, Sequence upto) {
    std::vector<Pending> pieces;
    {
      Use changes(view[Sql::changes_up], seq_);
      while (pieces.size() < piece && changes.next() && changes.integer(0) <= upto)
        pieces.push_back({changes.integer(0), changes.integer(1), changes.integer(5),
                          static_cast<sql::Slot>(changes.integer(3)), static_cast<unsigned>(changes.integer(6)),
                          changes.integer(2)});
    }
    if (view.failed()) return view.failure();
    if (pieces.empty()) return broken();
    if (seq_ > target_)  // an erase that was not told (the process ended there): begin again
      for (const Pending& pending : pieces)
        if ((pending.method & sql::erased_bit) != 0) {
          remove();
          target_ = upto;
          return open() ? Result<core::Done>(core::Done{}) : broken();
        }
    if (!run("BEGIN")) return broken();
    const Statement add = prepare("INSERT INTO words (rowid, narrative, content) VALUES (?1, ?2, ?3)");
    for (const Pending& pending : pieces)
      if (!add || !add_version(add.get(), view, names, pending)) {
        run("ROLLBACK");
        return view.failed() ? view.failure() : broken();
      }
    return kept(pieces);
  }

  Result<core::Done> kept(const std::vector<Pending>& pieces) {
    const Pending& last = pieces.back();
    std::int64_t stale = stale_;
    if (last.sequence > target_)
      for (const Pending& pending : pieces) stale += pending.version > 1 ? 1 : 0;
    const Statement mark = prepare("UPDATE mark SET seq = ?1, updated = ?2, stale = ?3");
    sqlite3_bind_int64(mark.get(), 1, last.sequence);
    sqlite3_bind_int64(mark.get(), 2, last.updated);
    sqlite3_bind_int64(mark.get(), 3, stale);
    if (sqlite3_step(mark.get()) != SQLITE_DONE || !run("COMMIT")) {
      run("ROLLBACK");
      return broken();
    }
    seq_ = last.sequence;
    updated_ = last.updated;
    stale_ = stale;
    return core::Done{};
  }

  bool add_version(sqlite3_stmt* add, sql::Connection& view, const sql::Names& names, const Pending& pending) {
    if (pending.method >= static_cast<unsigned>(Method::remove)) return true;
    if (pending.sequence <= target_) {  // of what was there when the file was begun, only the current versions
      Use listed(view[Sql::listed], pending.type, pending.row);
      if (!listed.next() || listed.integer(0) != pending.sequence) return !view.failed();
    }
    Texts texts;
    {
      Use record(view[Sql::record], pending.sequence);
      if (!record.next()) return !view.failed();
      texts = reader_(names.type_of(pending.type), record.bytes(5));
    }
    if (texts.narrative.empty() && texts.content.empty()) return true;
    sqlite3_bind_int64(add, 1, pending.sequence);
    sqlite3_bind_text(add, 2, texts.narrative.data(), static_cast<int>(texts.narrative.size()), SQLITE_STATIC);
    sqlite3_bind_text(add, 3, texts.content.data(), static_cast<int>(texts.content.size()), SQLITE_STATIC);
    const bool done = sqlite3_step(add) == SQLITE_DONE;
    sqlite3_reset(add);
    return done;
  }

  Result<std::vector<Sequence>> matching(const std::string& wanted, Sequence upto) {
    std::vector<Sequence> out;
    if (wanted.empty()) return out;
    const Statement query = prepare("SELECT rowid FROM words WHERE words MATCH ?1 AND rowid <= ?2 ORDER BY rowid");
    if (!query) return broken();
    sqlite3_bind_text(query.get(), 1, wanted.data(), static_cast<int>(wanted.size()), SQLITE_STATIC);
    sqlite3_bind_int64(query.get(), 2, upto);
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(query.get())) == SQLITE_ROW) out.push_back(sqlite3_column_int64(query.get(), 0));
    if (code != SQLITE_DONE) return broken();
    return out;
  }

  const std::string file_;
  std::mutex mutex_;
  TextReader reader_;
  std::unique_ptr<sqlite3, Finish> handle_;
  std::atomic<Sequence> seq_{0};
  std::int64_t updated_ = 0, stale_ = 0;  // read up to here; when that came; versions that no longer are
  Sequence target_ = 0;                          // what was there when the file was begun
  Sequence floor_ = 0;  // views from before the last erase still see what was erased: they are not read
  bool known_ = false;
  std::atomic<bool> building_{false};
};

}  // namespace

std::shared_ptr<sql::Words> open_words(std::string file) { return std::make_shared<FileWords>(std::move(file)); }

}  // namespace adapters::sqlite
