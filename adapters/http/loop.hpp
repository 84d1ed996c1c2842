// One I/O thread with its event loop and the connections that live on it; and what all loops share.
// Never: blocks. Threads: everything of a Loop and its Sessions happens on its own thread; Shared is safe from all.
#pragma once
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/http/edge.hpp"
#include "adapters/http/workers.hpp"

namespace adapters::http {

namespace net = boost::asio;
using Tcp = net::ip::tcp;
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<Tcp, Executor>;
using Time = std::chrono::steady_clock::time_point;

struct Shared {
  explicit Shared(Options given) : options(std::move(given)), workers(options.limits.workers, options.limits.queue) {}
  const Options options;
  Handler* handler = nullptr;
  Workers workers;
  std::atomic<bool> stopping = false;
  std::atomic<std::size_t> connections = 0, buffered = 0;
  std::atomic<std::uint64_t> accepted = 0, turned_away = 0, timed_out = 0, requests = 0;
  std::string run;  // first part of the request ids of this run
  std::mutex mutex;
  std::condition_variable emptied;  // connections reached zero
};

class Session;

class Loop {
 public:
  explicit Loop(Shared& shared);
  ~Loop();
  void start();  // the thread
  void join();
  net::io_context& io() { return io_; }
  Shared& shared() { return shared_; }

  // On the loop's thread:
  void add(Session& session);
  void remove(Session& session);
  void finish_all();  // graceful: idle ones close now, the others after their answer
  void abort_all();
  std::string_view date();

 private:
  void tick();

  Shared& shared_;
  net::io_context io_{1};
  net::executor_work_guard<Executor> guard_;
  net::steady_timer timer_;
  std::vector<Session*> sessions_;
  std::string date_;
  std::int64_t date_second_ = -1;
  std::thread thread_;
};

// A connection as its loop sees it.
class Session : public Job {
 public:
  virtual void start() = 0;
  virtual void tick(Time now, bool crowded) = 0;  // deadlines; `crowded`: idle and slow ones must go sooner
  virtual void finish() = 0;
  virtual void abort() = 0;
  std::size_t slot = 0;  // its place in Loop::sessions_
};

std::shared_ptr<Session> plain_session(Socket socket, Loop& loop);
std::shared_ptr<Session> secure_session(Socket socket, Loop& loop, net::ssl::context& context);

}  // namespace adapters::http
