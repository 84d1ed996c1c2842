#include "adapters/sqlite/sqlite_store.hpp"

#include <filesystem>

#include "adapters/sql/sql_store.hpp"
#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/lock.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/words.hpp"

namespace adapters::sqlite {

using namespace core;
namespace fs = std::filesystem;

namespace {

const sql::Dialect& the_dialect() {
  static const sql::Dialect dialect = sqlite::dialect();
  return dialect;
}

std::string file_in(const std::string& directory) { return directory + "/panelbridge.db"; }

Result<Done> recognised(SqliteConnection& connection, const std::string& file) {
  const std::int64_t kind = connection.number("PRAGMA application_id"),
                     version = connection.number("PRAGMA user_version");
  if (connection.failed()) return connection.failure();
  if (kind != application_id) return invalid("this file is not a panelbridge store", file);
  if (version > static_cast<std::int64_t>(the_dialect().upgrades.size()))
    return unsupported("this store was written by a newer version of panelbridge", file);
  return Done{};
}

// Builds the tables, or leads an older store to this version; each step is one transaction.
Result<Done> upgraded(SqliteConnection& connection, const std::string& file) {
  if (connection.number("SELECT count(*) FROM sqlite_schema") == 0)
    connection.run("PRAGMA page_size = 4096; PRAGMA application_id = " + std::to_string(application_id));
  if (auto known = recognised(connection, file); !known) return known;
  connection.run("PRAGMA journal_mode = WAL");
  const auto& steps = the_dialect().upgrades;
  for (auto at = static_cast<std::size_t>(connection.number("PRAGMA user_version")); at < steps.size(); ++at) {
    connection.begin_write(true);
    connection.run(steps[at]);
    connection.run("PRAGMA user_version = " + std::to_string(at + 1));
    connection.commit();
    if (!connection.failed()) continue;
    connection.rollback();
    return connection.failure();
  }
  if (connection.failed()) return connection.failure();
  return Done{};
}

Result<std::unique_ptr<sql::Connection>> connect(const std::string& file, const Options& options,
                                                 sql::Purpose purpose) {
  Opening opening;
  opening.file = file;
  opening.writes = purpose == sql::Purpose::write || purpose == sql::Purpose::tidy;
  opening.create = purpose == sql::Purpose::write;
  opening.cache_kib = purpose == sql::Purpose::write ? options.writer_cache_kib : options.reader_cache_kib;
  opening.page_limit = options.page_limit;
  auto connection = SqliteConnection::open(opening, the_dialect());
  if (!connection) return connection.error();
  (*connection)->longest_search = options.longest_search;
  (*connection)->planning = options.planning;
  if (auto ready = purpose == sql::Purpose::write ? upgraded(**connection, file) : recognised(**connection, file);
      !ready)
    return ready.error();
  return std::unique_ptr<sql::Connection>(std::move(*connection));
}

}  // namespace

Result<std::unique_ptr<store::Store>> open_sqlite_store(const std::string& directory, const Clock& clock,
                                                        store::Finish finish, const Options& options) {
  std::error_code ignored;
  if (options.read_only) {
    if (!fs::exists(file_in(directory), ignored)) return not_found("there is no store in " + directory, directory);
  } else {
    const bool fresh = fs::create_directories(directory, ignored);
    if (!fs::is_directory(directory, ignored)) return invalid(directory + " is not a directory", directory);
    if (fresh)
      if (auto kept = on_disk(fs::absolute(directory, ignored).parent_path().string()); !kept) return kept.error();
  }
  std::shared_ptr<void> lock;
  if (!options.read_only) {
    auto locked = lock_directory(directory);
    if (!locked) return locked.error();
    lock = std::move(*locked);
  }
  sql::Settings settings;
  settings.read_only = options.read_only;
  settings.idle_readers = options.idle_readers;
  const std::string file = file_in(directory);
  auto words = options.read_only ? nullptr : open_words(directory + "/panelbridge.words");
  return sql::SqlStore::open([file, options](sql::Purpose purpose) { return connect(file, options, purpose); }, clock,
                             finish, settings, std::move(lock), std::move(words));
}

Result<Done> restore_sqlite_store(const std::string& file, const std::string& directory) {
  std::error_code failed;
  if (!fs::is_regular_file(file, failed)) return not_found("there is no file " + file, file);
  if (fs::exists(file + "-wal", failed) && fs::file_size(file + "-wal", failed) > 0)
    return invalid(file + " is in use or was left open; make a backup of it first", file);
  fs::create_directories(directory, failed);
  if (!fs::is_directory(directory, failed)) return invalid(directory + " is not a directory", directory);
  auto lock = lock_directory(directory);
  if (!lock) return lock.error();
  return put_in_place(file_in(directory), [&](const std::string& part) -> Result<Done> {
    std::error_code code;
    fs::copy_file(file, part, code);
    if (code) return fault("the backup could not be copied: " + code.message(), part);
    auto connection = connect(part, {}, sql::Purpose::read);
    if (!connection) return connection.error();
    return Done{};
  });
}

}  // namespace adapters::sqlite
