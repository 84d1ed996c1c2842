// A request and its response as plain data: what the edge hands in and what it sends. The FHIR API needs nothing else
// of HTTP. Never: sockets, threads, compression, header framing (adapters/http). Threads: plain values.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/access/caller.hpp"

namespace fhir::rest {

struct Header {
  std::string name, value;
};

struct Request {
  std::string method;  // GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS
  std::string path;    // below the FHIR base, still percent-encoded: "/Patient/1", "" for the base itself
  std::string query;   // without '?', still percent-encoded
  std::vector<Header> headers;
  std::string body;  // already decompressed
  core::access::Caller caller;
  std::string request_id;
  std::string_view header(std::string_view name) const {  // case-insensitive; empty when absent
    for (const Header& h : headers) {
      if (h.name.size() != name.size()) continue;
      bool same = true;
      for (std::size_t i = 0; same && i < name.size(); ++i) same = (h.name[i] | 32) == (name[i] | 32);
      if (same) return h.value;
    }
    return {};
  }
};

struct Response {
  int status = 200;
  std::vector<Header> headers;  // Content-Type, ETag, Last-Modified, Location ...; the edge adds framing headers
  std::shared_ptr<const std::string> body;  // may be shared with a cache; null: none
  // In place of a body: bytes that lie elsewhere (a file mapped into memory), there for as long as this is held.
  std::shared_ptr<const std::string_view> mapped;
  // For the log, never patient data: the interaction ("search-type", "read", "transaction") and resource type.
  std::string interaction, type;
  std::string fault;  // for the log only: what failed inside

  bool has_body() const { return body != nullptr || mapped != nullptr; }
  std::string_view bytes() const { return body ? std::string_view(*body) : mapped ? *mapped : std::string_view(); }
};

}  // namespace fhir::rest
