// SQLite writes each page of its log with two small writes. This file layer gathers them and hands the operating system
// one large write where SQLite asks for a sync, which it does before it shows a commit to anyone. Never: changes what
// is written, or in which order syncs and what they cover come. Threads: as SQLite uses files. Source:
// https://www.sqlite.org/vfs.html, https://www.sqlite.org/fileformat2.html#walformat
#pragma once

namespace adapters::sqlite {

// Name of the layer, for sqlite3_open_v2. Registered at the first call.
const char* gathering_files();

// While one lives, syncs of the log on this thread write but do not wait for the disk. The sync of a log that starts
// over is never left out: without it old pages could come back.
class WithoutWaiting {
 public:
  explicit WithoutWaiting(bool active);
  ~WithoutWaiting();
  WithoutWaiting(const WithoutWaiting&) = delete;
  WithoutWaiting& operator=(const WithoutWaiting&) = delete;

 private:
  bool before_;
};

}  // namespace adapters::sqlite
