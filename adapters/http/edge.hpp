// The server edge: bytes of HTTP/1.x connections <-> fhir::rest::Request and Response, with limits, deadlines, TLS and
// gzip. Never: knows a route, touches a store, lets a request through that two parsers could read differently. Threads:
// one loop per I/O thread, a connection stays on its loop; handle() runs on a bounded pool of workers. Source: RFC
// 9110, RFC 9112. Errors before the handler is reached are OperationOutcomes and close the connection.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "fhir/rest/message.hpp"

namespace adapters::http {

struct Limits {
  std::size_t header_bytes = 16UL * 1024;  // request line and all headers together
  std::size_t header_count = 64;
  std::size_t target_bytes = 8UL * 1024;
  std::size_t body_bytes = 64UL << 20;        // as sent, and again when decompressed
  std::size_t buffered_bytes = 1024UL << 20;  // request bodies in memory, all connections together
  std::size_t connections = 10'000;
  std::size_t queue = 1'024;  // requests that wait for a worker
  unsigned workers = 64;
  std::chrono::milliseconds header_time{10'000};  // from the first byte to the end of the header; TLS handshake too
  std::chrono::milliseconds idle_time{75'000};    // between two requests
  std::chrono::milliseconds body_time{30'000};    // plus one second for every body_rate bytes
  std::size_t body_rate = 16UL * 1024;
  std::chrono::milliseconds write_time{30'000};  // without progress
};

struct Options {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;         // 0: any free one
  unsigned threads = 0;           // I/O threads; 0: one for each core, at most 8
  std::string certificate, key;   // PEM text; both or neither
  std::size_t gzip_from = 1'024;  // smaller answers are sent as they are
  Limits limits;
};

// One finished exchange, for logs and metrics.
struct Exchange {
  const fhir::rest::Request& request;  // of a refused request: what was understood of it
  const fhir::rest::Response& response;
  std::chrono::nanoseconds took{};  // from the end of the header to the last byte of the answer
  std::size_t bytes_in = 0, bytes_out = 0;
  std::string_view refusal;  // why the edge itself refused; empty otherwise
};

// What answers. All calls may come from several threads at once; an exception becomes a 500.
class Handler {
 public:
  virtual ~Handler() = default;
  // On the I/O thread, first of all: may change the request (strip a prefix), may answer it. The body may still be
  // gzip.
  virtual std::optional<fhir::rest::Response> route(fhir::rest::Request&) { return std::nullopt; }
  // On the I/O thread: answers what takes microseconds, leaves the rest to handle().
  virtual std::optional<fhir::rest::Response> quick(const fhir::rest::Request& request) = 0;
  // On a worker: may block.
  virtual fhir::rest::Response handle(const fhir::rest::Request& request) = 0;
  virtual void finished(const Exchange&) {}
};

struct Figures {
  std::size_t connections = 0, waiting = 0, working = 0;  // open now; requests in the queue; requests on workers
  std::uint64_t accepted = 0, turned_away = 0, timed_out = 0;
};

class Edge {
 public:
  explicit Edge(Options options);
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  core::Result<core::Done> bind();  // takes the port, answers nobody yet; errors name the address or the TLS key
  void start(Handler& handler);     // after bind(); the handler must outlive the edge, or stop()
  std::uint16_t port() const;       // the bound one
  bool secure() const;
  // Accepts no more, finishes the requests under way, closes. false: some were cut off at the deadline.
  bool stop(std::chrono::milliseconds deadline);
  Figures figures() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace adapters::http
