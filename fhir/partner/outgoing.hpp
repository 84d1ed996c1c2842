// One HTTP call to a system we do not control, as plain data, and who makes it. The room that owns the client library
// (adapters/egress) implements Outgoing over a worker process; tests answer from a table.
// Never: retries (the caller's queue does), follows a redirect to another host. Threads: an Outgoing belongs to one thread.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "fhir/rest/message.hpp"

namespace fhir::partner {

struct Call {
  std::string method = "GET";
  std::string url;  // absolute http or https
  std::vector<rest::Header> headers;
  std::string body;
  std::chrono::milliseconds deadline{30'000};  // for the whole exchange
  std::size_t answer_bytes = 64UL << 20;       // a longer body is a failure
};

// An answer of any status. No answer is an Error: busy (not reached, too slow, circuit open: try later),
// invalid (the call itself is refused: address not allowed, URL), fault (the answer was not HTTP, or too large).
struct Answer {
  int status = 0;
  std::vector<rest::Header> headers;
  std::string body;  // decompressed
  std::string_view header(std::string_view name) const;  // case-insensitive; empty when absent
};

class Outgoing {
 public:
  virtual ~Outgoing() = default;
  virtual core::Result<Answer> send(const Call& call) = 0;
  // This call comes next: it may be made already while the caller works, and the next send() of the same call takes its
  // answer. Any other send() is answered as if this had never been said. For calls that change nothing. Default: nothing.
  virtual void begin(const Call&) {}
};

}  // namespace fhir::partner
