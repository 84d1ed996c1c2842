#include "adapters/http/answer.hpp"

#include <algorithm>
#include <charconv>

namespace adapters::http {
namespace {

struct Reason {
  int status;
  std::string_view text;
};

constexpr Reason reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

std::string_view reason_of(int status) {
  for (const Reason& reason : reasons) {
    if (reason.status == status) return reason.text;
  }
  return "Status";
}

void append(std::string& out, std::size_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

// The framing is the edge's own business.
constexpr std::string_view own_headers[] = {"content-length", "transfer-encoding", "connection", "date"};

bool same(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) { return (x | 32) == y; });
}

bool is_own(std::string_view name) {
  return std::any_of(std::begin(own_headers), std::end(own_headers),
                     [&](std::string_view own) { return same(name, own); });
}

}  // namespace

bool is_clean(const fhir::rest::Response& response) {
  return response.status >= 200 && response.status <= 599 &&
         std::all_of(response.headers.begin(), response.headers.end(), [](const fhir::rest::Header& h) {
           return is_name(h.name) && is_value(h.value) && !is_own(h.name);
         });
}

bool compressible(const fhir::rest::Response& response) {
  bool fits = false;
  if (response.status == 206) return false;  // a part of the bytes as they are
  for (const fhir::rest::Header& header : response.headers) {
    if (same(header.name, "content-encoding")) return false;
    if (!same(header.name, "content-type")) continue;
    for (std::string_view kind : {"json", "text/", "xml", "javascript"}) {
      if (header.value.find(kind) != std::string::npos) fits = true;
    }
  }
  return fits;
}

bool may_have_body(int status) { return status != 204 && status != 304; }

void write_head(const fhir::rest::Response& response, const Frame& frame, std::string& out) {
  out.assign("HTTP/1.1 ");
  append(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(reason_of(response.status)).append("\r\nDate: ").append(frame.date);
  bool named = frame.request_id.empty();
  for (const fhir::rest::Header& header : response.headers) {
    out.append("\r\n").append(header.name).append(": ");
    if (frame.gzip && same(header.name, "etag") && header.value.starts_with('"')) out.append("W/");  // other bytes
    out.append(header.value);
    named = named || same(header.name, "x-request-id");
  }
  if (may_have_body(response.status)) {
    out.append("\r\nContent-Length: ");
    append(out, frame.length);
  }
  if (frame.gzip) out.append("\r\nContent-Encoding: gzip");
  if (frame.varies) out.append("\r\nVary: Accept-Encoding");
  if (!named) out.append("\r\nX-Request-Id: ").append(frame.request_id);
  if (!frame.keep_alive) out.append("\r\nConnection: close");
  else if (frame.http_1_0) out.append("\r\nConnection: keep-alive");
  out.append("\r\n\r\n");
}

}  // namespace adapters::http
