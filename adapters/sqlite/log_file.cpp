#include "adapters/sqlite/log_file.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <string>

namespace adapters::sqlite {
namespace {

constexpr std::size_t largest = 1 << 20;  // bytes gathered before they are written anyway
constexpr std::size_t piece = 1 << 16;    // of one write: SQLite's own file layer takes fewer than 2^17 at a time

thread_local bool without_waiting = false;

// Lies at the start of the memory that SQLite gives for a file; the real file lies behind it.
struct LogFile {
  sqlite3_file base;
  std::string gathered;
  sqlite3_int64 at = 0;      // where `gathered` begins in the file
  bool starts_over = false;  // a new header was written and not synced yet
};

LogFile& log(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<LogFile*>(file) + 1); }

int flush(sqlite3_file* file) {
  LogFile& one = log(file);
  if (one.gathered.empty()) return SQLITE_OK;
  sqlite3_file* below = real(file);
  int code = SQLITE_OK;
  for (std::size_t done = 0; done < one.gathered.size() && code == SQLITE_OK; done += piece) {
    const int size = static_cast<int>(std::min(piece, one.gathered.size() - done));
    code = below->pMethods->xWrite(below, one.gathered.data() + done, size, one.at + static_cast<sqlite3_int64>(done));
  }
  one.gathered.clear();  // after a failure SQLite gives the transaction up
  return code;
}

int close(sqlite3_file* file) {
  const int written = flush(file);
  sqlite3_file* below = real(file);
  const int closed = below->pMethods->xClose(below);
  log(file).~LogFile();
  return written != SQLITE_OK ? written : closed;
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  LogFile& one = log(file);
  const bool continues = offset == one.at + static_cast<sqlite3_int64>(one.gathered.size());
  if (!one.gathered.empty() && (!continues || one.gathered.size() >= largest))
    if (const int code = flush(file); code != SQLITE_OK) return code;
  if (one.gathered.empty()) one.at = offset;
  if (offset == 0) one.starts_over = true;
  one.gathered.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int sync(sqlite3_file* file, int flags) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  LogFile& one = log(file);
  if (without_waiting && !one.starts_over) return SQLITE_OK;
  sqlite3_file* below = real(file);
  const int code = below->pMethods->xSync(below, flags);
  if (code == SQLITE_OK) one.starts_over = false;
  return code;
}

// Every other call sees the file as SQLite believes it to be.
template <auto method, class... Values>
int flushed(sqlite3_file* file, Values... values) {
  if (const int code = flush(file); code != SQLITE_OK) return code;
  sqlite3_file* below = real(file);
  return (below->pMethods->*method)(below, values...);
}

template <auto method, class... Values>
int passed(sqlite3_file* file, Values... values) {
  sqlite3_file* below = real(file);
  return (below->pMethods->*method)(below, values...);
}

using Methods = sqlite3_io_methods;
constexpr Methods log_methods = {
    .iVersion = 1,
    .xClose = close,
    .xRead = flushed<&Methods::xRead, void*, int, sqlite3_int64>,
    .xWrite = write,
    .xTruncate = flushed<&Methods::xTruncate, sqlite3_int64>,
    .xSync = sync,
    .xFileSize = flushed<&Methods::xFileSize, sqlite3_int64*>,
    .xLock = passed<&Methods::xLock, int>,
    .xUnlock = passed<&Methods::xUnlock, int>,
    .xCheckReservedLock = passed<&Methods::xCheckReservedLock, int*>,
    .xFileControl = passed<&Methods::xFileControl, int, void*>,
    .xSectorSize = passed<&Methods::xSectorSize>,
    .xDeviceCharacteristics = passed<&Methods::xDeviceCharacteristics>,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

sqlite3_vfs* below(sqlite3_vfs* layer) { return static_cast<sqlite3_vfs*>(layer->pAppData); }

int open(sqlite3_vfs* layer, const char* name, sqlite3_file* file, int flags, int* opened) {
  if (!(flags & SQLITE_OPEN_WAL)) return below(layer)->xOpen(below(layer), name, file, flags, opened);
  LogFile* one = new (file) LogFile{};
  const int code = below(layer)->xOpen(below(layer), name, real(file), flags, opened);
  if (code == SQLITE_OK) one->base.pMethods = &log_methods;
  else one->~LogFile();
  return code;
}

// Calls of the layer itself go to the one below, which must be told its own name.
template <auto method, class Result, class... Values>
Result forwarded(sqlite3_vfs* layer, Values... values) {
  return (below(layer)->*method)(below(layer), values...);
}

sqlite3_vfs layer_over(sqlite3_vfs* real_layer) {
  using Vfs = sqlite3_vfs;
  Vfs layer = *real_layer;
  layer.iVersion = 2;
  layer.zName = "panelbridge";
  layer.pNext = nullptr;
  layer.pAppData = real_layer;
  layer.szOsFile = static_cast<int>(sizeof(LogFile)) + real_layer->szOsFile;
  layer.xOpen = open;
  layer.xDelete = forwarded<&Vfs::xDelete, int, const char*, int>;
  layer.xAccess = forwarded<&Vfs::xAccess, int, const char*, int, int*>;
  layer.xFullPathname = forwarded<&Vfs::xFullPathname, int, const char*, int, char*>;
  layer.xDlOpen = forwarded<&Vfs::xDlOpen, void*, const char*>;
  layer.xDlError = forwarded<&Vfs::xDlError, void, int, char*>;
  layer.xDlSym = nullptr;  // nothing is loaded
  layer.xDlClose = forwarded<&Vfs::xDlClose, void, void*>;
  layer.xRandomness = forwarded<&Vfs::xRandomness, int, int, char*>;
  layer.xSleep = forwarded<&Vfs::xSleep, int, int>;
  layer.xCurrentTime = forwarded<&Vfs::xCurrentTime, int, double*>;
  layer.xGetLastError = forwarded<&Vfs::xGetLastError, int, int, char*>;
  layer.xCurrentTimeInt64 = forwarded<&Vfs::xCurrentTimeInt64, int, sqlite3_int64*>;
  return layer;
}

}  // namespace

const char* gathering_files() {
  static std::once_flag once;
  static sqlite3_vfs layer;
  std::call_once(once, [] {
    layer = layer_over(sqlite3_vfs_find(nullptr));
    sqlite3_vfs_register(&layer, 0);
  });
  return layer.zName;
}

WithoutWaiting::WithoutWaiting(bool active) : before_(without_waiting) { without_waiting = active; }
WithoutWaiting::~WithoutWaiting() { without_waiting = before_; }

}  // namespace adapters::sqlite
