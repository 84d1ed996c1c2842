// An answer on its way out: its header, its body as it was or compressed, and how much of both is sent.
// Never: copies a body that fits nowhere else; touches a socket. Threads: one at a time; the Response must stay until
// clear().
#pragma once
#include <array>
#include <boost/asio/buffer.hpp>
#include <string>
#include <string_view>

#include "adapters/http/answer.hpp"
#include "fhir/rest/message.hpp"

namespace adapters::http {

class Outgoing {
 public:
  void compress(const fhir::rest::Response& response);  // to be sent instead of the body as it is
  // `frame` but for length, gzip and varies. `body`: send it too. `joined`: a small one in one piece with the header.
  void compose(const fhir::rest::Response& response, Frame frame, bool body, bool joined);
  std::array<boost::asio::const_buffer, 2> buffers() const;  // what is still to be sent
  void sent(std::size_t bytes) { sent_ += bytes; }
  std::size_t sent() const { return sent_; }
  bool complete() const { return sent_ == head_.size() + rest_.size(); }
  void clear();

 private:
  std::string zipped_, head_;
  std::string_view rest_;  // of the body, after head_
  std::size_t sent_ = 0;
};

}  // namespace adapters::http
