// One connection: reads a request, has it answered, writes the answer, and again. Plain or TLS.
// Never: reads the next request before the answer to this one is out; two operations at once on its socket.
// Threads: its loop's; only work() runs on a worker, while the loop leaves the connection alone.
// Source: RFC 9112 sections 9 and 10.
#pragma once
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "adapters/http/incoming.hpp"
#include "adapters/http/loop.hpp"
#include "adapters/http/outgoing.hpp"

namespace adapters::http {

using Plain = Socket;
using Secure = net::ssl::stream<Socket>;

template <class Stream>
class Connection final : public Session, public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Stream stream, Loop& loop);
  ~Connection() override;
  void start() override;
  void tick(Time now, bool crowded) override;
  void finish() override;
  void abort() override { close(); }
  void work() override;

 private:
  enum class Phase : unsigned char { handshake, idle, head, body, working, writing, lingering, closed };
  static constexpr bool is_plain = std::is_same_v<Stream, Plain>;

  void run();  // takes steps until one has to wait
  // Each returns true when the next step can be taken at once.
  bool take();   // what has arrived
  bool go_on();  // "100 Continue"
  bool dispatch();
  bool write();
  bool written();  // the answer is out: report it, then the next request or the end

  bool refuse(Refusal refusal, bool close = true);
  void read(boost::system::error_code code, std::size_t count);
  void prepare();  // the answer's header and body as they will be sent
  bool worth_compressing() const;
  void identify();  // the request's id
  enum class Ask : unsigned char { route, quick, handle };
  void call(Ask ask);  // one of the handler's three; response_ may be there afterwards
  void end();          // after the last answer: half-close, wait shortly for the peer
  void linger();
  void close();
  void enter(Phase phase, std::chrono::milliseconds time);
  Socket& socket();

  Stream stream_;
  Loop& loop_;
  Shared& shared_;
  Phase phase_ = Phase::handshake;
  bool expired_ = false, linger_ = false, continued_ = false, keep_alive_ = true, handled_ = false;
  std::size_t lingered_ = 0;
  Time since_{}, deadline_{}, started_{};

  Incoming in_;
  std::optional<fhir::rest::Response> response_;
  std::string_view refusal_;
  Outgoing out_;
};

}  // namespace adapters::http
