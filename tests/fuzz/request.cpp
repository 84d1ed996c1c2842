// Bytes of a connection -> requests. However the bytes are cut, the same requests and the same refusal must come of them, and no
// body may be longer than the limit. The first byte says how they are cut.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/body.hpp"
#include "adapters/http/gzip.hpp"
#include "adapters/http/head.hpp"

using namespace adapters::http;

namespace {

struct Seen {
  std::vector<std::string> requests;
  int status = 0;
  bool operator==(const Seen&) const = default;
};

Limits limits() {
  Limits limits;
  limits.body_bytes = 1'000;
  limits.header_bytes = 2'048;
  limits.target_bytes = 512;
  return limits;
}

std::string text_of(const fhir::rest::Request& request, const Framing& framing) {
  std::string text = request.method + " " + request.path + "?" + request.query + (framing.keep_alive ? "k" : "c");
  for (const fhir::rest::Header& header : request.headers) text += "\n" + header.name + ":" + header.value;
  return text + "\n" + request.body;
}

// Feeds as a connection does: `step` new bytes each time, those not used again.
Seen see(std::string_view bytes, std::size_t step) {
  const Limits limit = limits();
  Seen seen;
  fhir::rest::Request request;
  Framing framing;
  HeadScan scan;
  BodyReader body;
  std::string waiting;
  bool in_body = false;
  for (std::size_t at = 0; at < bytes.size() && seen.status == 0; at += step) {
    waiting += bytes.substr(at, step);
    for (bool more = true; more && seen.status == 0;) {
      more = false;
      if (!in_body) {
        auto refusal = scan.feed(waiting, limit);
        if (!refusal && !scan.complete()) break;
        if (!refusal) refusal = parse_head(std::string_view(waiting).substr(0, scan.size()), limit, request, framing);
        if (refusal) {
          seen.status = refusal->status;
          break;
        }
        waiting.erase(0, scan.size());
        scan.reset();
        request.body.clear();
        body.start(framing, limit.body_bytes);
        in_body = true;
      }
      waiting.erase(0, body.feed(waiting, request.body));
      if (request.body.size() > limit.body_bytes) std::abort();
      if (body.refusal()) seen.status = body.refusal()->status;
      if (!body.complete() || seen.status != 0) break;
      seen.requests.push_back(text_of(request, framing));
      in_body = false;
      more = !waiting.empty();
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Seen whole = see(bytes, bytes.size());
  if (whole != see(bytes, 1)) std::abort();
  if (whole != see(bytes, 1UL + data[0])) std::abort();
  if (const auto plain = unzipped(bytes, 5'000); plain && plain->size() > 5'000) std::abort();
  return 0;
}
