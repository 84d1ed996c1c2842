// A request on its way in: the bytes that have arrived, and the request as far as it can be made of them.
// Never: touches a socket; takes a byte of the request after it; holds more memory than the connections share.
// Threads: one at a time.
#pragma once
#include <boost/asio/buffer.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "adapters/http/body.hpp"
#include "adapters/http/head.hpp"
#include "adapters/http/loop.hpp"

namespace adapters::http {

class Incoming {
 public:
  enum class State : unsigned char { nothing, head, body, complete };

  explicit Incoming(Shared& shared);
  ~Incoming();
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  std::optional<Refusal> take();  // goes as far as the bytes allow
  State state() const { return state_; }
  bool wants_continue() const;  // the client waits for "100 Continue" before it sends the body
  void next();                  // the request is answered: on to what follows it

  boost::asio::mutable_buffer room();  // where the next bytes go
  void received(std::size_t bytes) { end_ += bytes; }

  fhir::rest::Request& request() { return request_; }
  const Framing& framing() const { return framing_; }
  std::size_t bytes() const { return bytes_; }  // of this request, so far
  void forget() { begin_ = end_ = 0; }          // bytes that nobody will look at
  void release();                               // the memory that is counted, when the connection ends early

 private:
  std::optional<Refusal> take_head();
  std::optional<Refusal> take_body();
  bool charge();
  std::string_view unread() const { return {buffer_.data() + begin_, end_ - begin_}; }

  Shared& shared_;
  State state_ = State::nothing;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // unread bytes in buffer_
  HeadScan scan_;
  Framing framing_;
  BodyReader body_;
  fhir::rest::Request request_;
  std::size_t charged_ = 0, bytes_ = 0;
};

}  // namespace adapters::http
