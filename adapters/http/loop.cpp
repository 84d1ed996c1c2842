#include "adapters/http/loop.hpp"

#include <boost/asio/post.hpp>
#include <ctime>

namespace adapters::http {
namespace {

constexpr std::chrono::milliseconds tick_time{250};

std::string date_text(std::int64_t second) {  // IMF-fixdate, independent of the locale
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t at = second;
  std::tm utc{};
  gmtime_r(&at, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday], utc.tm_mday,
                months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text;
}

}  // namespace

Loop::Loop(Shared& shared) : shared_(shared), guard_(io_.get_executor()), timer_(io_) {}

Loop::~Loop() { join(); }

void Loop::start() {
  tick();
  thread_ = std::thread([this] { io_.run(); });
}

void Loop::join() {
  guard_.reset();
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void Loop::add(Session& session) {
  session.slot = sessions_.size();
  sessions_.push_back(&session);
}

void Loop::remove(Session& session) {
  sessions_.back()->slot = session.slot;
  sessions_[session.slot] = sessions_.back();
  sessions_.pop_back();
  if (shared_.connections.fetch_sub(1) == 1) {
    const std::lock_guard lock(shared_.mutex);
    shared_.emptied.notify_all();
  }
}

void Loop::finish_all() {
  for (Session* session : sessions_) session->finish();
}

void Loop::abort_all() {
  while (!sessions_.empty()) sessions_.back()->abort();
}

std::string_view Loop::date() {
  const std::int64_t second = std::time(nullptr);
  if (second != date_second_) {
    date_ = date_text(second);
    date_second_ = second;
  }
  return date_;
}

void Loop::tick() {
  timer_.expires_after(tick_time);
  timer_.async_wait([this](boost::system::error_code code) {
    if (code) return;
    const Time now = std::chrono::steady_clock::now();
    const bool crowded = shared_.connections.load() > shared_.options.limits.connections / 4 * 3;
    for (std::size_t i = sessions_.size(); i > 0; --i) {  // a session may leave meanwhile: the last takes its place
      if (i <= sessions_.size()) sessions_[i - 1]->tick(now, crowded);
    }
    tick();
  });
}

}  // namespace adapters::http
