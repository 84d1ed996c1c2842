#include "adapters/http/connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <cstring>
#include <exception>

#include "adapters/http/unpack.hpp"

namespace adapters::http {
namespace {

using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t inline_gzip = 64UL * 1024;  // larger answers are compressed on a worker
constexpr std::size_t linger_bytes = 4UL << 20;
constexpr std::chrono::milliseconds linger_time{2'000}, crowded_time{2'000};
constexpr int turns_at_once = 64;  // of one connection before others on its loop get theirs
constexpr std::string_view continue_text = "HTTP/1.1 100 Continue\r\n\r\n";

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

}  // namespace

template <class Stream>
Connection<Stream>::Connection(Stream stream, Loop& loop)
    : stream_(std::move(stream)), loop_(loop), shared_(loop.shared()), in_(loop.shared()) {}

template <class Stream>
Connection<Stream>::~Connection() = default;

template <class Stream>
Socket& Connection<Stream>::socket() {
  if constexpr (is_plain) return stream_;
  else return stream_.next_layer();
}

template <class Stream>
void Connection<Stream>::start() {
  loop_.add(*this);
  error_code code;
  socket().set_option(Tcp::no_delay(true), code);
  socket().non_blocking(true, code);
  if constexpr (is_plain) {
    enter(Phase::idle, shared_.options.limits.idle_time);
    run();
  } else {
    enter(Phase::handshake, shared_.options.limits.header_time);
    stream_.async_handshake(net::ssl::stream_base::server, [this, self = this->shared_from_this()](error_code failed) {
      if (phase_ == Phase::closed) return;
      if (failed) return close();
      enter(Phase::idle, shared_.options.limits.idle_time);
      run();
    });
  }
}

template <class Stream>
void Connection<Stream>::run() {
  try {
    for (int turn = 0; turn < turns_at_once; ++turn) {
      bool more = false;
      switch (phase_) {
        case Phase::idle:
        case Phase::head:
        case Phase::body: more = take(); break;
        case Phase::writing: more = write(); break;
        case Phase::lingering: return linger();
        default: break;
      }
      if (!more) return;
    }
    net::post(loop_.io(), [this, self = this->shared_from_this()] { run(); });
  } catch (const std::exception&) {  // out of memory: this connection's problem only
    close();
  }
}

// Reading.

template <class Stream>
bool Connection<Stream>::take() {
  const Limits& limits = shared_.options.limits;
  const auto refusal = in_.take();
  const Incoming::State state = in_.state();
  if (phase_ == Phase::idle && state != Incoming::State::nothing) {
    enter(Phase::head, limits.header_time);
    started_ = since_;
  }
  if (phase_ == Phase::head && state != Incoming::State::head) {
    enter(Phase::body, limits.body_time);
    started_ = since_;
  }
  if (refusal) return refuse(*refusal);
  if (state == Incoming::State::complete) return dispatch();
  if (in_.wants_continue() && !continued_) return go_on();
  if (state == Incoming::State::body)
    deadline_ = since_ + limits.body_time + std::chrono::milliseconds(1'000 * in_.bytes() / limits.body_rate);
  stream_.async_read_some(
      in_.room(), [this, self = this->shared_from_this()](error_code code, std::size_t count) { read(code, count); });
  return false;
}

template <class Stream>
bool Connection<Stream>::go_on() {
  continued_ = true;
  net::async_write(stream_, net::buffer(continue_text.data(), continue_text.size()),
                   [this, self = this->shared_from_this()](error_code code, std::size_t) {
                     if (phase_ == Phase::closed) return;
                     if (code) return close();
                     run();
                   });
  return false;
}

template <class Stream>
void Connection<Stream>::read(error_code code, std::size_t count) {
  if (phase_ == Phase::closed) return;
  if (code && expired_) {
    refuse({408, "the request did not arrive in time"});
  } else if (code) {
    return close();
  }
  in_.received(count);
  expired_ = false;
  run();
}

// Answering.

template <class Stream>
void Connection<Stream>::identify() {
  const std::string_view sent = in_.request().header("X-Request-Id");
  if (is_id(sent)) {
    in_.request().request_id.assign(sent);
    return;
  }
  char digits[20];
  const auto number = shared_.requests.fetch_add(1, std::memory_order_relaxed);
  const auto end = std::to_chars(digits, digits + sizeof digits, number, 36).ptr;
  in_.request().request_id.assign(shared_.run).append(digits, end);
}

template <class Stream>
bool Connection<Stream>::dispatch() {
  identify();
  keep_alive_ = in_.framing().keep_alive;
  in_.request().caller = {};
  handled_ = false;
  call(Ask::route);
  if (!response_ && (!in_.framing().gzip_body || in_.request().body.empty())) call(Ask::quick);
  if (response_) {
    handled_ = true;
    if (!worth_compressing() || response_->bytes().size() <= inline_gzip) {
      if (worth_compressing()) out_.compress(*response_);
      prepare();
      return true;
    }
  }
  enter(Phase::working, {});
  if (shared_.workers.submit(this->shared_from_this())) return false;
  return refuse({503, "the server has more requests than it can answer; try again"}, false);
}

template <class Stream>
void Connection<Stream>::call(Ask ask) {
  Handler& handler = *shared_.handler;
  try {
    if (ask == Ask::route) response_ = handler.route(in_.request());
    else if (ask == Ask::quick) response_ = handler.quick(in_.request());
    else response_ = handler.handle(in_.request());
  } catch (const std::exception&) {
    response_ = response_from({500, "an internal error; the request id names it in the server's log"});
  }
  if (response_ && !is_clean(*response_)) response_ = response_from({500, "the answer could not be sent"});
}

template <class Stream>
void Connection<Stream>::work() {
  try {
    std::optional<Reserved> memory;
    std::optional<Refusal> refusal;
    if (!handled_ && in_.framing().gzip_body && !in_.request().body.empty())
      refusal = unpack(in_.request().body, shared_, memory);
    if (refusal) response_ = response_from(*refusal);
    else if (!handled_) call(Ask::handle);
    if (worth_compressing()) out_.compress(*response_);
  } catch (const std::exception&) {
    response_ = response_from({500, "the server is out of memory"});
    out_.clear();
  }
  net::post(loop_.io(), [this, self = this->shared_from_this()] {
    if (phase_ == Phase::closed) return;
    prepare();
    run();
  });
}

template <class Stream>
bool Connection<Stream>::worth_compressing() const {
  return in_.framing().accepts_gzip && response_->bytes().size() >= shared_.options.gzip_from &&
         may_have_body(response_->status) && compressible(*response_);
}

template <class Stream>
void Connection<Stream>::prepare() {
  if (shared_.stopping) keep_alive_ = false;
  Frame frame;
  frame.date = loop_.date();
  frame.request_id = in_.request().request_id;
  frame.keep_alive = keep_alive_;
  frame.http_1_0 = in_.framing().http_1_0;
  frame.varies = response_->bytes().size() >= shared_.options.gzip_from && compressible(*response_);
  out_.compose(*response_, frame, in_.request().method != "HEAD" && may_have_body(response_->status), !is_plain);
  enter(Phase::writing, shared_.options.limits.write_time);
}

template <class Stream>
bool Connection<Stream>::refuse(Refusal refusal, bool close) {
  refusal_ = refusal.reason;
  response_ = response_from(refusal);
  out_.clear();
  if (close) {
    keep_alive_ = false;
    linger_ = true;
  }
  if (phase_ == Phase::head || phase_ == Phase::body) identify();
  prepare();
  return true;
}

template <class Stream>
bool Connection<Stream>::write() {
  while (!out_.complete()) {
    const auto buffers = out_.buffers();
    if constexpr (is_plain) {
      error_code code;
      out_.sent(stream_.write_some(buffers, code));
      if (code == net::error::would_block || code == net::error::try_again) {
        enter(Phase::writing, shared_.options.limits.write_time);
        stream_.async_wait(Socket::wait_write, [this, self = this->shared_from_this()](error_code failed) {
          if (phase_ == Phase::closed) return;
          if (failed) return close();
          run();
        });
        return false;
      }
      if (code) {
        close();
        return false;
      }
    } else {
      stream_.async_write_some(buffers, [this, self = this->shared_from_this()](error_code code, std::size_t count) {
        if (phase_ == Phase::closed) return;
        if (code) return close();
        out_.sent(count);
        enter(Phase::writing, shared_.options.limits.write_time);
        run();
      });
      return false;
    }
  }
  return written();
}

template <class Stream>
bool Connection<Stream>::written() {
  try {
    shared_.handler->finished(
        {in_.request(), *response_, std::chrono::steady_clock::now() - started_, in_.bytes(), out_.sent(), refusal_});
  } catch (const std::exception&) {
    refusal_ = {};  // a log that fails is no reason to fail the client
  }
  response_.reset();
  refusal_ = {};
  out_.clear();
  in_.next();
  continued_ = false;
  if (!keep_alive_ || shared_.stopping) {
    end();
    return false;
  }
  enter(Phase::idle, shared_.options.limits.idle_time);
  return true;
}

// Ending.

template <class Stream>
void Connection<Stream>::end() {
  enter(Phase::lingering, linger_time);
  const auto half_close = [this] {
    error_code code;
    socket().shutdown(Socket::shutdown_send, code);
    if (code || (shared_.stopping && !linger_)) return close();
    linger();
  };
  if constexpr (is_plain) {
    half_close();
  } else {
    stream_.async_shutdown([this, half_close, self = this->shared_from_this()](error_code) {
      if (phase_ != Phase::closed) half_close();
    });
  }
}

template <class Stream>
void Connection<Stream>::linger() {  // closing with bytes unread would reset the connection under the answer
  in_.forget();
  socket().async_read_some(in_.room(), [this, self = this->shared_from_this()](error_code code, std::size_t count) {
    if (phase_ == Phase::closed) return;
    lingered_ += count;
    if (code || lingered_ > linger_bytes) return close();
    linger();
  });
}

template <class Stream>
void Connection<Stream>::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  error_code code;
  socket().close(code);
  in_.release();
  loop_.remove(*this);
}

template <class Stream>
void Connection<Stream>::finish() {
  if (phase_ == Phase::handshake) return close();
  if (phase_ != Phase::idle) return;
  error_code code;  // what has arrived already is still read and answered
  socket().shutdown(Socket::shutdown_receive, code);
  if (code) close();
}

template <class Stream>
void Connection<Stream>::tick(Time now, bool crowded) {
  if (phase_ == Phase::working) return;
  const bool early = crowded && (phase_ == Phase::idle || phase_ == Phase::head || phase_ == Phase::handshake);
  if (now < deadline_ && !(early && now - since_ > crowded_time)) return;
  if (phase_ != Phase::idle && phase_ != Phase::lingering) ++shared_.timed_out;
  if ((phase_ != Phase::head && phase_ != Phase::body) || expired_) return close();
  expired_ = true;  // the read ends with an error, and is answered 408
  deadline_ = now + 1s;
  error_code code;
  socket().cancel(code);
  if (code) close();
}

template <class Stream>
void Connection<Stream>::enter(Phase phase, std::chrono::milliseconds time) {
  phase_ = phase;
  since_ = std::chrono::steady_clock::now();
  deadline_ = since_ + time;
}

template class Connection<Plain>;
template class Connection<Secure>;

std::shared_ptr<Session> plain_session(Socket socket, Loop& loop) {
  return std::make_shared<Connection<Plain>>(std::move(socket), loop);
}

std::shared_ptr<Session> secure_session(Socket socket, Loop& loop, net::ssl::context& context) {
  return std::make_shared<Connection<Secure>>(Secure(std::move(socket), context), loop);
}

}  // namespace adapters::http
