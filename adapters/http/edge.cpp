#include "adapters/http/edge.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <random>
#include <thread>

#include "adapters/http/loop.hpp"
#include "adapters/http/tls.hpp"

namespace adapters::http {
namespace {

using boost::system::error_code;

constexpr std::chrono::milliseconds pause_when_full{50};
constexpr std::string_view full_answer =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

std::string name_of_run() {
  std::random_device random;
  std::string name;
  for (int i = 0; i < 6; ++i) name.push_back("abcdefghijkmnpqrstuvwxyz23456789"[random() % 32]);
  name.push_back('-');
  return name;
}

}  // namespace

struct Edge::State {
  explicit State(Options options) : shared(std::move(options)) { shared.run = name_of_run(); }

  Shared shared;
  std::shared_ptr<net::ssl::context> tls;
  std::vector<std::unique_ptr<Loop>> loops;
  std::optional<net::basic_socket_acceptor<Tcp, Executor>> acceptor;  // on the first loop
  std::optional<net::steady_timer> pause;
  std::size_t next = 0;
  std::uint16_t port = 0;
  bool started = false;

  core::Result<core::Done> listen();
  void accept();
  void welcome(Socket socket, Loop& loop);
};

Edge::Edge(Options options) : state_(std::make_unique<State>(std::move(options))) {}

Edge::~Edge() { stop(std::chrono::milliseconds(0)); }

core::Result<core::Done> Edge::bind() {
  State& s = *state_;
  const Options& options = s.shared.options;
  if (options.certificate.empty() != options.key.empty())
    return core::invalid("TLS needs a certificate and its key", "tls");
  if (!options.certificate.empty()) {
    auto context = tls_context(options.certificate, options.key);
    if (!context) return context.error();
    s.tls = *context;
  }
  const unsigned threads =
      options.threads != 0 ? options.threads : std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
  for (unsigned i = 0; i < threads; ++i) s.loops.push_back(std::make_unique<Loop>(s.shared));
  return s.listen();
}

void Edge::start(Handler& handler) {
  State& s = *state_;
  s.shared.handler = &handler;
  for (auto& loop : s.loops) loop->start();
  s.started = true;
  net::post(s.loops.front()->io(), [&s] { s.accept(); });
}

core::Result<core::Done> Edge::State::listen() {
  const Options& options = shared.options;
  const std::string place = options.bind + ":" + std::to_string(options.port);
  error_code code;
  const auto address = net::ip::make_address(options.bind, code);
  if (code) return core::invalid("not an IP address: " + options.bind, "bind");
  const Tcp::endpoint endpoint(address, options.port);
  acceptor.emplace(loops.front()->io());
  pause.emplace(loops.front()->io());
  acceptor->open(endpoint.protocol(), code);
  if (!code) acceptor->set_option(net::socket_base::reuse_address(true), code);
  if (!code) acceptor->bind(endpoint, code);
  if (!code) acceptor->listen(net::socket_base::max_listen_connections, code);
  if (code) return core::Error{core::Kind::fault, "cannot listen on " + place + ": " + code.message(), "port"};
  port = acceptor->local_endpoint(code).port();
  return core::Done{};
}

void Edge::State::accept() {
  Loop& loop = *loops[next++ % loops.size()];
  acceptor->async_accept(loop.io(), [this, &loop](error_code code, Socket socket) {
    if (shared.stopping || code == net::error::operation_aborted) return;
    if (!code) {
      welcome(std::move(socket), loop);
      return accept();
    }
    pause->expires_after(pause_when_full);  // no file descriptors left, most likely
    pause->async_wait([this](error_code failed) {
      if (!failed && !shared.stopping) accept();
    });
  });
}

void Edge::State::welcome(Socket socket, Loop& loop) {
  if (shared.connections.fetch_add(1) >= shared.options.limits.connections) {
    shared.connections.fetch_sub(1);
    ++shared.turned_away;
    error_code code;
    socket.non_blocking(true, code);
    if (!tls) socket.write_some(net::buffer(full_answer.data(), full_answer.size()), code);
    return;
  }
  ++shared.accepted;
  net::post(loop.io(), [this, &loop, moved = std::make_shared<Socket>(std::move(socket))] {
    const auto session = tls ? secure_session(std::move(*moved), loop, *tls) : plain_session(std::move(*moved), loop);
    session->start();
    if (shared.stopping) session->finish();
  });
}

std::uint16_t Edge::port() const { return state_->port; }

bool Edge::secure() const { return state_->tls != nullptr; }

bool Edge::stop(std::chrono::milliseconds deadline) {
  State& s = *state_;
  if (!s.started) return true;
  s.started = false;
  s.shared.stopping = true;
  net::post(s.loops.front()->io(), [&s] {
    error_code code;
    s.acceptor->close(code);
    s.pause->cancel();
  });
  for (auto& loop : s.loops) net::post(loop->io(), [&loop] { loop->finish_all(); });
  std::unique_lock lock(s.shared.mutex);
  const bool clean = s.shared.emptied.wait_for(lock, deadline, [&s] { return s.shared.connections == 0; });
  lock.unlock();
  for (auto& loop : s.loops) net::post(loop->io(), [&loop] { loop->abort_all(); });
  lock.lock();
  s.shared.emptied.wait_for(lock, std::chrono::seconds(1), [&s] { return s.shared.connections == 0; });
  lock.unlock();
  s.shared.workers.stop();
  for (auto& loop : s.loops) loop->join();
  return clean;
}

Figures Edge::figures() const {
  const Shared& shared = state_->shared;
  return {shared.connections, shared.workers.waiting(), shared.workers.working(),
          shared.accepted,    shared.turned_away,       shared.timed_out};
}

}  // namespace adapters::http
