#include "adapters/http/connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <cstring>
#include <exception>

#include "adapters/http/gzip.hpp"

namespace adapters::http {
namespace {

using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t first_buffer = 4'096, body_buffer = 64 * 1024;
constexpr std::size_t kept_body = 64 * 1024;    // memory kept for the next request's body
constexpr std::size_t inline_gzip = 64 * 1024;  // larger answers are compressed on a worker
constexpr std::size_t one_record = 16 * 1024;   // of TLS
constexpr std::size_t linger_bytes = 4UL << 20;
constexpr std::chrono::milliseconds linger_time{2'000}, crowded_time{2'000};
constexpr int turns_at_once = 64;  // of one connection before others on its loop get theirs
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

// What a gzip text says of its own unpacked size (its last four bytes); it may lie.
std::size_t claimed_size(std::string_view bytes) {
  if (bytes.size() < 4) return 0;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i)
    size |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[bytes.size() - 4 + i])) << (8 * i);
  return size;
}

// Memory that all connections share the budget of.
class Reserved {
 public:
  Reserved(Shared& shared, std::size_t bytes) : shared_(shared), bytes_(bytes) {
    granted_ = shared.buffered.fetch_add(bytes) + bytes <= shared.options.limits.buffered_bytes;
  }
  ~Reserved() { shared_.buffered.fetch_sub(bytes_); }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  bool granted() const { return granted_; }

 private:
  Shared& shared_;
  std::size_t bytes_;
  bool granted_;
};

Refusal refusal_from(const core::Error& error) {
  if (error.kind == core::Kind::too_large)
    return {413, "the body is larger than this server takes once it is decompressed"};
  if (error.kind == core::Kind::invalid) return {400, "the body is not valid gzip"};
  return {500, "the body could not be decompressed"};
}

}  // namespace

template <class Stream>
Connection<Stream>::Connection(Stream stream, Loop& loop)
    : stream_(std::move(stream)), loop_(loop), shared_(loop.shared()), buffer_(first_buffer) {}

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
        case Phase::head: more = read_head(); break;
        case Phase::body: more = read_body(); break;
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
bool Connection<Stream>::read_head() {
  const Limits& limits = shared_.options.limits;
  if (begin_ == end_) return wait_for_bytes(first_buffer);
  if (phase_ == Phase::idle) {
    if (unread().starts_with("\r\n")) begin_ += 2;  // RFC 9112 2.2: one empty line before a request
    scan_.reset();
    framing_ = {};
    request_.method.clear();
    request_.path.clear();
    enter(Phase::head, limits.header_time);
    started_ = since_;
  }
  if (auto refusal = scan_.feed(unread(), limits)) return refuse(*refusal);
  if (!scan_.complete()) return wait_for_bytes(limits.header_bytes);
  const std::string_view header = unread().substr(0, scan_.size());
  const auto refusal = parse_head(header, limits, request_, framing_);
  begin_ += header.size();
  bytes_in_ = header.size();
  started_ = std::chrono::steady_clock::now();
  if (refusal) return refuse(*refusal);
  return begin_body();
}

template <class Stream>
bool Connection<Stream>::begin_body() {
  request_.body.clear();
  body_.start(framing_, shared_.options.limits.body_bytes);
  if (body_.complete()) return dispatch();
  enter(Phase::body, shared_.options.limits.body_time);
  request_.body.reserve(std::min<std::size_t>(framing_.length.value_or(0), 1UL << 20));
  if (!framing_.expects_continue || framing_.http_1_0 || !unread().empty()) return true;
  net::async_write(stream_, net::buffer(go_on.data(), go_on.size()),
                   [this, self = this->shared_from_this()](error_code code, std::size_t) {
                     if (phase_ == Phase::closed) return;
                     if (code) return close();
                     run();
                   });
  return false;
}

template <class Stream>
bool Connection<Stream>::read_body() {
  const Limits& limits = shared_.options.limits;
  const std::size_t used = body_.feed(unread(), request_.body);
  begin_ += used;
  bytes_in_ += used;
  if (!charge()) return refuse({503, "the server holds as many request bodies as it can; try again"});
  if (body_.refusal()) return refuse(*body_.refusal());
  if (body_.complete()) return dispatch();
  deadline_ = since_ + limits.body_time + std::chrono::milliseconds(1'000 * request_.body.size() / limits.body_rate);
  return wait_for_bytes(body_buffer);
}

template <class Stream>
bool Connection<Stream>::charge() {
  const std::size_t size = request_.body.size();
  if (size <= charged_) return true;
  shared_.buffered.fetch_add(size - charged_);
  charged_ = size;
  return shared_.buffered.load() <= shared_.options.limits.buffered_bytes;
}

template <class Stream>
bool Connection<Stream>::wait_for_bytes(std::size_t room) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < room) buffer_.resize(std::min(room, std::max(first_buffer, end_ * 4)));
  stream_.async_read_some(
      net::buffer(buffer_.data() + end_, buffer_.size() - end_),
      [this, self = this->shared_from_this()](error_code code, std::size_t count) { read(code, count); });
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
  end_ += count;
  expired_ = false;
  run();
}

// Answering.

template <class Stream>
void Connection<Stream>::identify() {
  const std::string_view sent = request_.header("X-Request-Id");
  if (is_id(sent)) {
    request_.request_id.assign(sent);
    return;
  }
  char digits[20];
  const auto number = shared_.requests.fetch_add(1, std::memory_order_relaxed);
  const auto end = std::to_chars(digits, digits + sizeof digits, number, 36).ptr;
  request_.request_id.assign(shared_.run).append(digits, end);
}

template <class Stream>
bool Connection<Stream>::dispatch() {
  identify();
  request_.caller = {};
  handled_ = false;
  call(Ask::route);
  if (!response_ && (!framing_.gzip_body || request_.body.empty())) call(Ask::quick);
  if (response_) {
    handled_ = true;
    if (!worth_compressing() || response_->body->size() <= inline_gzip) {
      compress();
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
    if (ask == Ask::route) response_ = handler.route(request_);
    else if (ask == Ask::quick) response_ = handler.quick(request_);
    else response_ = handler.handle(request_);
  } catch (const std::exception&) {
    response_ = response_from({500, "an internal error; the request id names it in the server's log"});
  }
  if (response_ && !is_clean(*response_)) response_ = response_from({500, "the answer could not be sent"});
}

template <class Stream>
void Connection<Stream>::work() {
  try {
    if (!handled_ && framing_.gzip_body && !request_.body.empty()) {
      const std::size_t most = shared_.options.limits.body_bytes;
      const std::size_t claimed = std::clamp(claimed_size(request_.body), std::size_t{1}, most);
      std::optional<Reserved> memory(std::in_place, shared_, claimed);
      auto plain = unzipped(request_.body, claimed);
      if (!plain && plain.error().kind == core::Kind::too_large && claimed < most) {  // it said less than it holds
        memory.emplace(shared_, most);
        if (memory->granted()) plain = unzipped(request_.body, most);
      }
      if (!memory->granted()) {
        response_ = response_from({503, "the server holds as many request bodies as it can; try again"});
      } else if (!plain) {
        response_ = response_from(refusal_from(plain.error()));
      } else {
        request_.body = *std::move(plain);
        call(Ask::handle);
      }
    } else if (!handled_) {
      call(Ask::handle);
    }
    compress();
  } catch (const std::exception&) {
    response_ = response_from({500, "the server is out of memory"});
  }
  net::post(loop_.io(), [this, self = this->shared_from_this()] {
    if (phase_ == Phase::closed) return;
    prepare();
    run();
  });
}

template <class Stream>
bool Connection<Stream>::worth_compressing() const {
  return framing_.accepts_gzip && response_->body && response_->body->size() >= shared_.options.gzip_from &&
         may_have_body(response_->status) && compressible(*response_);
}

template <class Stream>
void Connection<Stream>::compress() {
  if (worth_compressing()) zipped_ = zipped(*response_->body);
}

template <class Stream>
void Connection<Stream>::prepare() {
  if (shared_.stopping) framing_.keep_alive = false;
  Frame frame;
  frame.date = loop_.date();
  frame.request_id = request_.request_id;
  frame.keep_alive = framing_.keep_alive;
  frame.http_1_0 = framing_.http_1_0;
  frame.gzip = !zipped_.empty();
  frame.varies = response_->body && response_->body->size() >= shared_.options.gzip_from && compressible(*response_);
  rest_ = frame.gzip        ? std::string_view(zipped_)
          : response_->body ? std::string_view(*response_->body)
                            : std::string_view();
  frame.length = rest_.size();
  if (request_.method == "HEAD" || !may_have_body(response_->status)) rest_ = {};
  write_head(*response_, frame, head_);
  if (!is_plain && rest_.size() <= one_record) {  // one record instead of two
    head_.append(rest_);
    rest_ = {};
  }
  sent_ = 0;
  enter(Phase::writing, shared_.options.limits.write_time);
}

template <class Stream>
bool Connection<Stream>::refuse(Refusal refusal, bool close) {
  refusal_ = refusal.reason;
  response_ = response_from(refusal);
  zipped_.clear();
  if (close) {
    framing_.keep_alive = false;
    linger_ = true;
  }
  if (phase_ == Phase::head || phase_ == Phase::body) identify();
  prepare();
  return true;
}

template <class Stream>
bool Connection<Stream>::write() {
  const std::size_t total = head_.size() + rest_.size();
  while (sent_ < total) {
    std::array<net::const_buffer, 2> buffers;
    const std::size_t of_head = std::min(sent_, head_.size());
    buffers[0] = net::buffer(head_.data() + of_head, head_.size() - of_head);
    buffers[1] = net::buffer(rest_.data() + (sent_ - of_head), rest_.size() - (sent_ - of_head));
    if constexpr (is_plain) {
      error_code code;
      sent_ += stream_.write_some(buffers, code);
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
        sent_ += count;
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
        {request_, *response_, std::chrono::steady_clock::now() - started_, bytes_in_, sent_, refusal_});
  } catch (const std::exception&) {
    refusal_ = {};  // a log that fails is no reason to fail the client
  }
  response_.reset();
  refusal_ = {};
  zipped_.clear();
  request_.request_id.clear();
  bytes_in_ = 0;
  shared_.buffered.fetch_sub(charged_);
  charged_ = 0;
  if (request_.body.capacity() > kept_body) std::string().swap(request_.body);
  if (!framing_.keep_alive || shared_.stopping) {
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
  socket().async_read_some(net::buffer(buffer_),
                           [this, self = this->shared_from_this()](error_code code, std::size_t count) {
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
  shared_.buffered.fetch_sub(charged_);
  charged_ = 0;
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
