// The header of an answer as bytes, and whether its body is worth compressing.
// Never: sends a header that could start another one (CR, LF, NUL): such an answer becomes a 500. Threads: pure
// functions. Source: RFC 9112 section 4, RFC 9110 sections 8.6 and 12.5.3.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "fhir/rest/message.hpp"

namespace adapters::http {

struct Frame {
  std::string_view date;  // as the Date header wants it
  std::string_view request_id;
  std::size_t length = 0;  // of the body as it will be sent, for a HEAD as it would be
  bool keep_alive = true, http_1_0 = false;
  bool gzip = false;    // the body is compressed
  bool varies = false;  // it could have been
};

bool is_clean(const fhir::rest::Response& response);  // no header would split the answer
bool compressible(const fhir::rest::Response& response);
bool may_have_body(int status);
void write_head(const fhir::rest::Response& response, const Frame& frame, std::string& out);  // replaces `out`

}  // namespace adapters::http
