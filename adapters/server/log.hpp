// Structured log: one JSON object a line on stderr. Lines are gathered and written by a thread of its own.
// Never: query strings, names, identifiers or bodies; paths appear as resource type and interaction only. Never blocks
// a request: what a slow reader of the log does not take is dropped and counted. Threads: safe from all.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

namespace adapters::server {

enum class Level : unsigned char { debug, info, warning, error, off };

class Log {
 public:
  struct Field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;
  };
  explicit Log(Level least = Level::info, int file = 2);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  bool wants(Level level) const { return level >= least_; }
  void line(Level level, std::string_view event, std::initializer_list<Field> fields);
  void flush();  // waits until all lines so far are written

 private:
  void loop();
  const Level least_;
  const int file_;
  std::mutex mutex_;
  std::condition_variable bell_, flushed_;
  std::string pending_;
  std::uint64_t dropped_ = 0;
  bool writing_ = false, urgent_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace adapters::server
