// The body of a request, taken out of the connection's bytes: by Content-Length or chunked, strictly.
// Never: takes a byte of the next request; keeps chunk extensions or trailers. Threads: a plain value.
// Source: RFC 9112 sections 6 and 7.1.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/head.hpp"
#include "adapters/http/refusal.hpp"

namespace adapters::http {

class BodyReader {
 public:
  void start(const Framing& framing, std::size_t limit);
  // Appends to `body` what belongs to it. Returns how many bytes were used; what is left is needed again, with more.
  std::size_t feed(std::string_view bytes, std::string& body);
  bool complete() const { return state_ == State::complete; }
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  enum class State : unsigned char { length, size, data, data_end, trailer, complete };
  std::size_t take(std::string_view bytes, std::string& body);
  std::size_t line(std::string_view bytes);  // size of one line with its CR LF; 0: not there yet, or refused
  void size_line(std::string_view line);

  State state_ = State::complete;
  std::uint64_t remaining_ = 0;
  std::size_t limit_ = 0, taken_ = 0, trailers_ = 0;
  std::optional<Refusal> refusal_;
};

}  // namespace adapters::http
