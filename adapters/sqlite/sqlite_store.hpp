// The SQLite store: one file `panelbridge.db` in a directory, in write-ahead mode, synced at every commit that waits.
// Owns: that file, its log beside it, `panelbridge.lock`, and `panelbridge.words` (full text, made again when missing). Never: touches another file of the directory.
// Threads: the store's own promise. The only room that includes sqlite3.h.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/sql/connection.hpp"
#include "core/store/store.hpp"

namespace adapters::sqlite {

struct Options {
  bool read_only = false;                 // for check and backup beside a running server; takes no lock
  std::int64_t reader_cache_kib = 4'096;  // of each reading connection, of which at most `idle_readers` are kept
  std::int64_t writer_cache_kib = 16'384;
  std::size_t idle_readers = 4;
  std::chrono::milliseconds longest_search{
      30'000};                  // then Kind::busy: a search holds its view, and the log behind it grows
  sql::Planning planning = sql::Planning::by_cost;
  std::int64_t page_limit = 0;  // the file never has more pages of 4 KiB; 0: the disk decides
};

// Creates the directory and the store when they are not there (unless read_only). A directory that another process
// holds answers Kind::busy and names it. Without `finish` the bytes are stored as they come. `clock` must outlive the
// store.
core::Result<std::unique_ptr<core::store::Store>> open_sqlite_store(const std::string& directory,
                                                                    const core::Clock& clock,
                                                                    core::store::Finish finish,
                                                                    const Options& options = {});

// A backup file becomes the store of a directory that has none yet.
core::Result<core::Done> restore_sqlite_store(const std::string& file, const std::string& directory);

}  // namespace adapters::sqlite
