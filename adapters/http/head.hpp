// The header of a request: found in the raw bytes, checked, parsed once into a fhir::rest::Request and the framing of
// its body. Never: accepts what another parser could frame differently (bare LF, obs-fold, two lengths, length beside
// chunked). Threads: plain values, pure functions. Source: RFC 9112 sections 2 to 7, RFC 9110 sections 5, 7.2
// and 10.1.1.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/edge.hpp"
#include "adapters/http/refusal.hpp"

namespace adapters::http {

// Looks for the end of the header in bytes that arrive piece by piece; refuses forms that a lenient parser would
// repair.
class HeadScan {
 public:
  // `bytes`: everything of this request so far, from its first byte. Looks at new bytes only.
  std::optional<Refusal> feed(std::string_view bytes, const Limits& limits);
  bool complete() const { return complete_; }
  std::size_t size() const { return at_; }  // of the header, its empty line included
  void reset() { *this = HeadScan(); }

 private:
  std::size_t at_ = 0, line_start_ = 0;
  bool first_line_ = true, complete_ = false;
};

struct Framing {
  std::optional<std::uint64_t> length;  // Content-Length
  bool chunked = false;
  bool keep_alive = true, http_1_0 = false;
  bool expects_continue = false;
  bool gzip_body = false;     // Content-Encoding
  bool accepts_gzip = false;  // Accept-Encoding
  bool has_body() const { return chunked || length.value_or(0) > 0; }
};

// `bytes`: exactly one header as HeadScan found it. Fills method, path, query and headers of `request`, reusing its
// memory.
std::optional<Refusal> parse_head(std::string_view bytes, const Limits& limits, fhir::rest::Request& request,
                                  Framing& framing);

bool accepts_gzip(std::string_view accept_encoding);

}  // namespace adapters::http
