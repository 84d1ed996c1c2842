// One connection: reads a request, has it answered, writes the answer, and again. Plain or TLS.
// Never: reads the next request before the answer to this one is out; two operations at once on its socket.
// Threads: its loop's; only work() runs on a worker, while the loop leaves the connection alone.
// Source: RFC 9112 sections 9 and 10.
#pragma once
#include <array>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/answer.hpp"
#include "adapters/http/body.hpp"
#include "adapters/http/head.hpp"
#include "adapters/http/loop.hpp"

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
  bool read_head();
  bool begin_body();
  bool read_body();
  bool dispatch();
  bool write();
  bool written();  // the answer is out: report it, then the next request or the end

  bool refuse(Refusal refusal, bool close = true);
  bool wait_for_bytes(std::size_t room);
  void read(boost::system::error_code code, std::size_t count);
  void prepare();  // the answer's header and body as they will be sent
  void compress();
  bool worth_compressing() const;
  void identify();  // the request's id
  enum class Ask : unsigned char { route, quick, handle };
  void call(Ask ask);  // one of the handler's three; response_ may be there afterwards
  bool charge();       // accounts for the body's memory
  void end();          // after the last answer: half-close, wait shortly for the peer
  void linger();
  void close();
  void enter(Phase phase, std::chrono::milliseconds time);
  std::string_view unread() const { return {buffer_.data() + begin_, end_ - begin_}; }
  Socket& socket();

  Stream stream_;
  Loop& loop_;
  Shared& shared_;
  Phase phase_ = Phase::handshake;
  bool expired_ = false, linger_ = false, compressed_ = false, handled_ = false;
  Time since_{}, deadline_{}, started_{};

  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // unread bytes in buffer_
  HeadScan scan_;
  Framing framing_;
  BodyReader body_;
  std::size_t charged_ = 0, bytes_in_ = 0, lingered_ = 0;

  fhir::rest::Request request_;
  std::optional<fhir::rest::Response> response_;
  std::string_view refusal_;
  std::string zipped_, head_;
  std::string_view rest_;  // of the body, sent after head_
  std::size_t sent_ = 0;
};

}  // namespace adapters::http
