#include "adapters/server/log.hpp"

#include <unistd.h>

#include <charconv>
#include <chrono>

#include "core/base/time.hpp"
#include "fhir/json/json.hpp"

namespace adapters::server {
namespace {

constexpr std::size_t most_pending = 4UL << 20, soon = 64 * 1024;
constexpr std::chrono::milliseconds gather_time{200};
constexpr std::string_view level_names[] = {"debug", "info", "warning", "error"};

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

template <class Number>
void append_number(std::string& out, Number number) {
  char digits[32];
  std::to_chars_result end{};
  if constexpr (std::is_same_v<Number, double>)
    end = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed, 3);
  else end = std::to_chars(digits, digits + sizeof digits, number);
  if (end.ec == std::errc()) out.append(digits, end.ptr);
  else out.append("null");
}

void append(std::string& out, const Log::Field& field) {
  out.append(",\"").append(field.name).append("\":");
  if (const auto* text = std::get_if<std::string_view>(&field.value)) fhir::json::write_string(*text, out);
  else if (const auto* whole = std::get_if<std::int64_t>(&field.value)) append_number(out, *whole);
  else if (const auto* real = std::get_if<double>(&field.value)) append_number(out, *real);
  else out.append(std::get<bool>(field.value) ? "true" : "false");
}

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

Log::Log(Level least, int file) : least_(least), file_(file), thread_([this] { loop(); }) {}

Log::~Log() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    bell_.notify_one();
  }
  thread_.join();
}

void Log::line(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!wants(level)) return;
  thread_local std::string text;
  text.assign("{\"time\":\"").append(core::text(core::Instant{now_ms()})).append("\",\"level\":\"");
  text.append(level_names[static_cast<std::size_t>(level)]).append("\",\"event\":\"").append(event).append("\"");
  for (const Field& field : fields) append(text, field);
  text.append("}\n");
  const std::lock_guard lock(mutex_);
  if (pending_.size() + text.size() > most_pending) {
    ++dropped_;
    return;
  }
  pending_.append(text);
  if (level >= Level::warning) urgent_ = true;
  if (urgent_ || pending_.size() >= soon) bell_.notify_one();
}

void Log::flush() {
  std::unique_lock lock(mutex_);
  urgent_ = true;
  bell_.notify_one();
  flushed_.wait(lock, [&] { return pending_.empty() && !writing_; });
}

void Log::loop() {
  std::string batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    bell_.wait_for(lock, gather_time, [&] { return stopping_ || urgent_ || pending_.size() >= soon; });
    urgent_ = false;
    if (pending_.empty()) {
      flushed_.notify_all();
      if (stopping_) return;
      continue;
    }
    batch.swap(pending_);
    if (dropped_ > 0) {
      batch.append("{\"level\":\"warning\",\"event\":\"log lines dropped\",\"count\":")
          .append(std::to_string(dropped_))
          .append("}\n");
      dropped_ = 0;
    }
    writing_ = true;
    lock.unlock();
    write_all(file_, batch);
    batch.clear();
    lock.lock();
    writing_ = false;
    flushed_.notify_all();
  }
}

}  // namespace adapters::server
