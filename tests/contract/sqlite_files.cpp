// What only a store with files can do: be locked, be full, be copied, be damaged, be read beside its writer.
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "core/store/no_room.hpp"
#include "fixture.hpp"

namespace {

using namespace contract;
using adapters::sqlite::open_sqlite_store;
using adapters::sqlite::Options;
using adapters::sqlite::restore_sqlite_store;

void sql(const std::string& folder, const char* script) {
  sqlite3* handle = nullptr;
  BOOST_REQUIRE(sqlite3_open((folder + "/panelbridge.db").c_str(), &handle) == SQLITE_OK);
  BOOST_REQUIRE_EQUAL(sqlite3_exec(handle, script, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
}

void fill(Store& store, int count) {
  for (int i = 0; i < count; ++i)
    commit(store, {put("Patient", std::to_string(i),
                       {token("identifier", "bsn", std::to_string(i)), text("name", "jansen")})});
}

BOOST_AUTO_TEST_SUITE(sqlite_files)

BOOST_AUTO_TEST_CASE(a_second_opening_is_refused_and_names_the_holder) {
  Sqlite kind;
  const auto second = open_sqlite_store(kind.folder.path(), kind.clock, stamp);
  BOOST_REQUIRE(!second.ok());
  BOOST_TEST((second.error().kind == core::Kind::busy));
  BOOST_TEST(second.error().message.find("process " + std::to_string(getpid())) != std::string::npos);
  kind.store.reset();
  BOOST_TEST(open_sqlite_store(kind.folder.path(), kind.clock, stamp).ok());
}

BOOST_AUTO_TEST_CASE(a_search_that_takes_too_long_is_stopped_and_the_next_one_is_served) {
  Folder folder;
  TestClock clock;
  Options options;
  options.longest_search = std::chrono::milliseconds(0);
  const auto store = must(open_sqlite_store(folder.path(), clock, stamp, options));
  Batch many;
  for (int i = 0; i < 2'000; ++i) many.ops.push_back(put("Patient", std::to_string(i), {text("name", std::to_string(i % 7))}));
  must(store->commit(std::move(many)));
  Query query;
  query.types = {"Patient"};
  query.sort = {{"name", RowKind::string, true}, {"birthdate", RowKind::date, false}};
  const auto stopped = must(store->snapshot())->find(query);
  BOOST_REQUIRE(!stopped.ok());
  BOOST_TEST((stopped.error().kind == core::Kind::busy));
  BOOST_TEST(must(must(store->snapshot())->read({"Patient", "7"})).has_value());
  query.sort.clear();
  query.limit = 5;
  BOOST_TEST(must(must(store->snapshot())->find(query)).matches.size() == 5U);
}

BOOST_AUTO_TEST_CASE(other_files_of_the_directory_are_left_alone) {
  Folder folder;
  std::ofstream(folder.path() + "/notes.txt") << "mine";
  TestClock clock;
  must(open_sqlite_store(folder.path(), clock, stamp)).reset();
  std::ifstream notes(folder.path() + "/notes.txt");
  BOOST_TEST(std::string(std::istreambuf_iterator<char>(notes), {}) == "mine");
}

BOOST_AUTO_TEST_CASE(everything_is_there_after_opening_again) {
  Sqlite kind;
  fill(*kind.store, 20);
  Batch more = batch({remove("Patient", "3"), put("Task", "t", {reference("patient", "Patient", "4")})});
  more.values = {{"cursor", "20"}};
  must(kind.store->commit(more));
  BOOST_TEST(must(kind.store->lease("sweep", "one", {100}, {200})));
  kind.reopen();
  BOOST_TEST(kind.store->last() == 22);
  BOOST_TEST(kind.store->last("Patient") == 21);
  BOOST_TEST(kind.store->last("Task") == 22);
  BOOST_TEST(!must(kind.store->lease("sweep", "two", {150}, {250})));
  const auto snapshot = view(*kind.store);
  BOOST_TEST(must(snapshot->value("cursor")).value() == "20");
  BOOST_TEST(must(snapshot->count("Patient")) == 19);
  BOOST_TEST(ids(*snapshot, query("Patient", {has_code("identifier", "*", "7")})) == "7");
  kind.clock.ms -= 10'000;
  BOOST_TEST(commit(*kind.store, {put("Patient", "later")}).at.ms == 1'700'000'000'000);
  BOOST_TEST(must(kind.store->check()).empty());
}

BOOST_AUTO_TEST_CASE(a_reading_process_sees_what_the_writer_commits) {
  Sqlite kind;
  fill(*kind.store, 3);
  Options reading;
  reading.read_only = true;
  const auto reader = must(open_sqlite_store(kind.folder.path(), kind.clock, nullptr, reading));
  BOOST_TEST(ids(*view(*reader), query("Patient")) == "0 1 2");
  commit(*kind.store, {put("Group", "g", {token("new-parameter", "new-system", "x")})});
  BOOST_TEST(ids(*view(*reader), query("Group", {has_code("new-parameter", "new-system", "x")})) == "g");
  BOOST_TEST(must(reader->check()).empty());
  const auto refused = reader->commit(batch({put("Patient", "x")}));
  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.error().kind == core::Kind::unsupported));
  Folder empty;
  BOOST_TEST(!open_sqlite_store(empty.path(), kind.clock, nullptr, reading).ok());
}

BOOST_AUTO_TEST_CASE(a_backup_made_while_writing_is_one_moment_and_becomes_a_store) {
  Sqlite kind;
  fill(*kind.store, 50);
  Folder elsewhere;
  const std::string file = elsewhere.path() + "/copy.db";
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i)
      (void)kind.store->commit(batch({put("Task", "a"), put("Task", "b" + std::to_string(i))}));
  });
  const Sequence before = kind.store->last();
  must(kind.store->backup(file));
  stop = true;
  writer.join();
  BOOST_TEST(!std::filesystem::exists(file + "-wal"));
  must(restore_sqlite_store(file, elsewhere.path() + "/data"));
  TestClock clock;
  const auto copy = must(open_sqlite_store(elsewhere.path() + "/data", clock, stamp));
  BOOST_TEST(must(copy->check()).empty());
  BOOST_TEST(copy->last() >= before);
  BOOST_TEST(copy->last() <= kind.store->last());
  BOOST_TEST(must(view(*copy)->count("Patient")) == 50);
  commit(*copy, {put("Patient", "new")});

  const auto twice = kind.store->backup(file);
  BOOST_REQUIRE(!twice.ok());
  BOOST_TEST((twice.error().kind == core::Kind::conflict));
  BOOST_TEST(!restore_sqlite_store(file, kind.folder.path()).ok());
  std::ofstream(elsewhere.path() + "/text.db") << "not a store, only text";
  BOOST_TEST(!restore_sqlite_store(elsewhere.path() + "/text.db", elsewhere.path() + "/other").ok());
  BOOST_TEST(!std::filesystem::exists(elsewhere.path() + "/other/panelbridge.db"));
}

BOOST_AUTO_TEST_CASE(a_foreign_or_newer_file_is_refused_and_not_touched) {
  Sqlite kind;
  kind.store.reset();
  sql(kind.folder.path(), "PRAGMA user_version = 99");
  const auto newer = open_sqlite_store(kind.folder.path(), kind.clock, stamp);
  BOOST_REQUIRE(!newer.ok());
  BOOST_TEST(newer.error().message.find("newer version") != std::string::npos);
  sql(kind.folder.path(), "PRAGMA application_id = 7");
  BOOST_TEST(!open_sqlite_store(kind.folder.path(), kind.clock, stamp).ok());
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_the_commit_whole_and_writing_goes_on_after) {
  Folder folder;
  TestClock clock;
  Options options;
  options.page_limit = 120;
  const auto store = must(open_sqlite_store(folder.path(), clock, stamp, options));
  commit(*store, {put("Patient", "a")});
  Sequence last = store->last();
  bool full = false;
  for (int i = 0; i < 100 && !full; ++i) {
    const auto done = store->commit(batch(
        {put("Binary", std::to_string(i), {token("code", "s" + std::to_string(i), "x")}, std::string(20'000, 'x')),
         put("Patient", "p" + std::to_string(i))}));
    full = !done.ok();
    if (full) {
      BOOST_TEST(core::store::is_no_room(done.error()));
      BOOST_TEST(done.error().message.find("full") != std::string::npos);
      BOOST_TEST(!must(view(*store)->read({"Patient", "p" + std::to_string(i)})));
    } else {
      last = done->last;
    }
  }
  BOOST_TEST(full);
  BOOST_TEST(store->last() == last);
  BOOST_TEST(commit(*store, {put("Patient", "a", {token("code", "s99", "after")})}).last == last + 1);
  BOOST_TEST(ids(*view(*store), query("Patient", {has_code("code", "s99", "after")})) == "a");
  BOOST_TEST(must(store->check()).empty());
}

// The operating system refuses to let the log grow: nothing of the refused commits may show, also after opening again.
BOOST_AUTO_TEST_CASE(a_write_that_fails_half_way_leaves_nothing) {
  Folder folder;
  const pid_t child = fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    TestClock clock;
    auto store = open_sqlite_store(folder.path(), clock, stamp);
    if (!store.ok() || !(*store)->commit(batch({put("Patient", "a")})).ok()) _exit(1);
    rlimit limit{600'000, 600'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 200; ++i) {
      const auto done = (*store)->commit(batch({put("Binary", std::to_string(i), {}, std::string(50'000, 'x'))}));
      if (!done.ok()) {
        const bool clean = !(**(*store)->snapshot()).read({"Binary", std::to_string(i)})->has_value();
        _exit(clean && (*store)->last() == i + 1 ? 0 : 2);
      }
    }
    _exit(3);
  }
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 0);
  TestClock clock;
  const auto store = must(open_sqlite_store(folder.path(), clock, stamp));
  BOOST_TEST(must(store->check()).empty());
  BOOST_TEST(must(view(*store)->count("Binary")) == store->last() - 1);
}

struct Damage {
  const char* script;
  const char* finding;
};

const Damage damages[] = {
    {"DELETE FROM key WHERE k = (SELECT max(k) FROM key)", "not in the index"},
    {"INSERT INTO key (k) VALUES (x'0000010000')", "keys instead of"},
    {"DELETE FROM change WHERE seq = 3", "gap"},
    {"UPDATE entry SET version = 9 WHERE id = '4'", "newest version"},
    {"DELETE FROM entry WHERE id = '4'", "cannot be found by its id"},
    {"DELETE FROM body WHERE seq = 2", "no body"},
    {"INSERT INTO body VALUES (99, x'00')", "belong to no version"},
    {"DELETE FROM listed WHERE row = 2", "missing in searches"},
    {"UPDATE listed SET seq = 1 WHERE row = 2", "not current"},
    {"DELETE FROM forward WHERE row = 2", "missing in searches"},
    {"UPDATE forward SET rows = x'0105' WHERE row = 2", "cannot be read"},
    {"INSERT INTO digest VALUES (77, 0, 'x', 1, x'00')", "digests"},
    {"UPDATE tally SET current = 1", "count"},
    {"UPDATE change SET updated = 0 WHERE seq = 5", "time goes back"},
};

BOOST_AUTO_TEST_CASE(check_finds_every_kind_of_disagreement) {
  for (const Damage& damage : damages) BOOST_TEST_CONTEXT(damage.script) {
      Sqlite kind;
      fill(*kind.store, 6);
      BOOST_TEST(must(kind.store->check()).empty());
      kind.store.reset();
      sql(kind.folder.path(), damage.script);
      kind.open();
      std::string all;
      for (const std::string& finding : must(kind.store->check())) all += finding + '\n';
      BOOST_TEST(all.find(damage.finding) != std::string::npos, all);
    }
}

BOOST_AUTO_TEST_CASE(bytes_damaged_on_the_disk_are_found_or_refused) {
  Sqlite kind;
  fill(*kind.store, 200);
  kind.store.reset();
  {
    std::fstream file(kind.folder.path() + "/panelbridge.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 6 + 100);
    file << std::string(3'000, '\x5a');
  }
  const auto opened = open_sqlite_store(kind.folder.path(), kind.clock, stamp);
  if (!opened.ok()) return;
  const auto findings = (*opened)->check();
  BOOST_TEST((!findings.ok() || !findings->empty()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
