// What every contract test stands on: a store of each kind, a clock that can be turned, short words for batches and
// queries. Threads: one test at a time.
#pragma once
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "adapters/memory/memory_store.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "core/store/store.hpp"

namespace contract {

using namespace core;
using namespace core::store;

class TestClock final : public Clock {
 public:
  Instant now() const override { return {ms.load()}; }
  Day today() const override { return day_of(now()); }
  std::atomic<std::int64_t> ms{1'700'000'000'000};
};

class Folder {
 public:
  Folder() {
    static std::atomic<int> next{0};
    path_ = std::filesystem::temp_directory_path() /
            ("panelbridge-contract-" + std::to_string(getpid()) + "-" + std::to_string(next++));
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// Puts version and instant where the batch says, so that a test sees that they were stamped.
inline std::string stamp(const std::string& body, std::size_t at, std::int64_t version, Instant updated) {
  return body.substr(0, at) + "<" + std::to_string(version) + "@" + std::to_string(updated.ms) + ">" + body.substr(at);
}

struct Memory {
  static constexpr const char* name = "memory";
  TestClock clock;
  std::unique_ptr<Store> store = adapters::memory::open_memory_store(clock, stamp);
};

struct Sqlite {
  static constexpr const char* name = "sqlite";
  TestClock clock;
  Folder folder;
  std::unique_ptr<Store> store;

  Sqlite() { open(); }
  void open() {
    auto opened = adapters::sqlite::open_sqlite_store(folder.path(), clock, stamp);
    BOOST_REQUIRE_MESSAGE(opened.ok(), (opened ? "" : opened.error().message));
    store = std::move(*opened);
  }
  void reopen() {
    store.reset();
    open();
  }
};

inline bool long_run() {
  const char* value = std::getenv("PANELBRIDGE_LONG");
  return value && *value;
}

template <class T>
T must(Result<T> result) {
  BOOST_REQUIRE_MESSAGE(result.ok(), (result ? "" : result.error().message + " (" + result.error().where + ")"));
  return std::move(*result);
}

inline Op put(std::string type, std::string id, Rows rows = {}, std::string body = "{}") {
  Op op;
  op.key = {std::move(type), std::move(id)};
  op.body = std::move(body);
  op.stamp_at = 1;
  op.rows = std::move(rows);
  return op;
}

inline Op remove(std::string type, std::string id) {
  Op op;
  op.action = Op::Action::remove;
  op.key = {std::move(type), std::move(id)};
  return op;
}

inline Op erase(std::string type, std::string id) {
  Op op = remove(std::move(type), std::move(id));
  op.action = Op::Action::erase;
  return op;
}

inline Batch batch(std::vector<Op> ops) {
  Batch result;
  result.ops = std::move(ops);
  return result;
}

inline Committed commit(Store& store, std::vector<Op> ops) { return must(store.commit(batch(std::move(ops)))); }
inline std::unique_ptr<Snapshot> view(Store& store) { return must(store.snapshot()); }

inline Row token(std::string param, std::string system, std::string value) {
  Row row;
  row.param = std::move(param), row.kind = RowKind::token;
  row.system = std::move(system), row.value = std::move(value);
  return row;
}

inline Row reference(std::string param, std::string type, std::string id) {
  Row row = token(std::move(param), std::move(type), std::move(id));
  row.kind = RowKind::reference;
  return row;
}

inline Row text(std::string param, std::string folded, std::string exact = {}) {
  Row row = token(std::move(param), {}, std::move(folded));
  row.kind = RowKind::string;
  row.text = exact.empty() ? row.value : std::move(exact);
  return row;
}

inline Row span(std::string param, std::int64_t from, std::int64_t to) {
  Row row;
  row.param = std::move(param), row.kind = RowKind::date, row.from = from, row.to = to;
  return row;
}

inline Criterion has_code(std::string param, std::string system, std::string value) {
  Criterion criterion;
  criterion.param = std::move(param);
  Term term;
  term.any_system = system == "*";
  if (!term.any_system) term.system = std::move(system);
  term.value = std::move(value);
  criterion.any = {term};
  return criterion;
}

inline Criterion refers_to(std::string param, std::string type, std::string id) {
  Criterion criterion = has_code(std::move(param), std::move(type), std::move(id));
  criterion.kind = RowKind::reference;
  return criterion;
}

inline Query query(std::string type, std::vector<Criterion> all = {}) {
  Query result;
  result.types = {std::move(type)};
  result.all = std::move(all);
  return result;
}

inline void must_be_sound(Store& store) {
  std::string all;
  for (const std::string& finding : must(store.check())) all += finding + '\n';
  BOOST_REQUIRE_MESSAGE(all.empty(), all);
}

inline HistoryQuery history_of(std::string type, std::string id) {
  HistoryQuery result;
  result.type = std::move(type), result.id = std::move(id);
  return result;
}

// The ids a search finds, in its order, as "a b c".
inline std::string ids(Snapshot& snapshot, const Query& query) {
  const Found found = must(snapshot.find(query));
  std::string text;
  for (const Record& record : must(snapshot.load(found.matches))) text += (text.empty() ? "" : " ") + record.key.id;
  return text;
}

}  // namespace contract
