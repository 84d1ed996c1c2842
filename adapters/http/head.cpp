#include "adapters/http/head.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>

namespace adapters::http {
namespace {

namespace beast = boost::beast;
using fhir::rest::Header;
using fhir::rest::Request;

constexpr std::size_t beyond_target = 32;  // method and version around the target

bool same_folded(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? static_cast<char>(x | 32) : x) == y; });
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:[]%!$&'()*+,;=").find(c) != std::string_view::npos;
  });
}

std::optional<std::uint64_t> length_from(std::string_view digits) {
  if (digits.empty() || digits.size() > 18) return std::nullopt;
  std::uint64_t length = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

// Beast's tokenizer, told to stop after the header; every field comes by once.
class Reader : public beast::http::basic_parser<true> {
 public:
  Reader(const Limits& limits, Request& request, Framing& framing)
      : limits_(limits), request_(request), framing_(framing) {
    skip(true);
    header_limit(static_cast<std::uint32_t>(limits.header_bytes + 1));
  }

  std::optional<Refusal> refusal;

  void finish() {
    request_.headers.resize(fields_);  // those of the request before
    framing_.keep_alive = is_header_done() && keep_alive();
    if (refusal || !is_header_done()) return;
    if (framing_.chunked && framing_.length) refuse({400, "Content-Length and Transfer-Encoding exclude each other"});
    else if (framing_.chunked && framing_.http_1_0) refuse({400, "HTTP/1.0 knows no Transfer-Encoding"});
    else if (hosts_ == 0 && !framing_.http_1_0) refuse({400, "the Host header is missing"});
    else if (framing_.length.value_or(0) > limits_.body_bytes)
      refuse({413, "the body is larger than this server takes"});
  }

 private:
  using Code = beast::error_code;
  using Text = beast::string_view;
  using Field = beast::http::field;

  void refuse(Refusal why) {
    if (!refusal) refusal = why;
  }

  void on_request_impl(beast::http::verb verb, Text method, Text target, int version, Code& ec) override {
    using enum beast::http::verb;
    request_.method.assign(method.data(), method.size());
    framing_.http_1_0 = version == 10;
    if (verb == trace || verb == connect) refuse({405, "this method is not served"});
    else if (verb != get && verb != head && verb != post && verb != put && verb != patch && verb != delete_ &&
             verb != options)
      refuse({501, "this method is not known"});
    target_from(view(target), verb == options);
    ec = {};
  }

  void target_from(std::string_view target, bool options) {
    request_.path.clear();
    request_.query.clear();
    if (target.size() > limits_.target_bytes) return refuse({414, "the URL is too long"});
    for (unsigned char c : target) {
      if (c <= 0x20 || c >= 0x7f || c == '#')
        return refuse({400, "the URL holds a character that must be percent-encoded"});
    }
    for (std::string_view scheme : {"http://", "https://"}) {  // absolute-form, as sent to a proxy
      if (target.size() < scheme.size() || !same_folded(target.substr(0, scheme.size()), scheme)) continue;
      const std::size_t slash = target.find_first_of("/?", scheme.size());
      target = slash == target.npos ? "/" : target.substr(slash);
      break;
    }
    if (!target.starts_with('/') && !target.starts_with('?') && !(options && target == "*")) {
      return refuse({400, "the URL must start with a slash"});
    }
    const std::size_t mark = target.find('?');
    request_.path.assign(target.substr(0, mark));
    if (mark != target.npos) request_.query.assign(target.substr(mark + 1));
  }

  void on_field_impl(Field field, Text name, Text value, Code& ec) override {
    ec = {};
    if (fields_ >= limits_.header_count) return refuse({431, "too many headers"});
    if (fields_ == request_.headers.size()) request_.headers.emplace_back();
    Header& header = request_.headers[fields_++];
    header.name.assign(name.data(), name.size());
    header.value.assign(value.data(), value.size());
    check(field, header.value);
  }

  void check(Field field, std::string_view value) {
    switch (field) {
      case Field::host:
        if (++hosts_ > 1) refuse({400, "more than one Host header"});
        else if (!is_host(value)) refuse({400, "the Host header is not a host"});
        break;
      case Field::content_length:
        if (framing_.length) return refuse({400, "more than one Content-Length header"});
        framing_.length = length_from(value);
        if (!framing_.length) refuse({400, "Content-Length is not a number"});
        break;
      case Field::transfer_encoding:
        if (framing_.chunked) return refuse({400, "more than one Transfer-Encoding header"});
        framing_.chunked = same_folded(value, "chunked");
        if (!framing_.chunked) refuse({501, "the only Transfer-Encoding served is chunked"});
        break;
      case Field::expect:
        framing_.expects_continue = same_folded(value, "100-continue");
        if (!framing_.expects_continue) refuse({417, "this expectation is not known"});
        break;
      case Field::content_encoding:
        framing_.gzip_body = same_folded(value, "gzip") || same_folded(value, "x-gzip");
        if (!framing_.gzip_body && !same_folded(value, "identity")) {
          refuse({415, "the only Content-Encoding served is gzip"});
        }
        break;
      case Field::accept_encoding: framing_.accepts_gzip = accepts_gzip(value); break;
      default: break;
    }
  }

  void on_response_impl(int, Text, int, Code&) override {}
  void on_header_impl(Code& ec) override { ec = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code& ec) override { ec = {}; }
  std::size_t on_body_impl(Text text, Code& ec) override {
    ec = {};
    return text.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, Code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text text, Code& ec) override {
    ec = {};
    return text.size();
  }
  void on_finish_impl(Code& ec) override { ec = {}; }

  const Limits& limits_;
  Request& request_;
  Framing& framing_;
  std::size_t fields_ = 0, hosts_ = 0;
};

Refusal refusal_from(beast::error_code code) {
  using beast::http::error;
  struct Row {
    error code;
    Refusal refusal;
  };
  static constexpr Row table[] = {
      {error::bad_version, {505, "only HTTP/1.1 and HTTP/1.0 are served"}},
      {error::bad_method, {400, "the method is malformed"}},
      {error::bad_target, {400, "the URL is malformed"}},
      {error::bad_field, {400, "a header's name is malformed"}},
      {error::bad_value, {400, "a header's value is malformed"}},
      {error::bad_content_length, {400, "Content-Length is not one number, or stands beside Transfer-Encoding"}},
      {error::bad_transfer_encoding, {400, "Transfer-Encoding is repeated, or stands beside Content-Length"}},
      {error::header_limit, {431, "the header is too large"}},
  };
  for (const Row& row : table) {
    if (code == row.code) return row.refusal;
  }
  return {400, "the request is malformed"};
}

}  // namespace

std::optional<Refusal> HeadScan::feed(std::string_view bytes, const Limits& limits) {
  const std::size_t end = std::min(bytes.size(), limits.header_bytes);
  while (at_ < end) {
    const auto c = static_cast<unsigned char>(bytes[at_]);
    if (first_line_ && at_ > limits.target_bytes + beyond_target) return Refusal{414, "the URL is too long"};
    if (at_ == line_start_ && !first_line_ && (c == ' ' || c == '\t'))
      return Refusal{400, "folded headers are refused"};
    if ((c >= 0x20 && c != 0x7f) || (c == '\t' && !first_line_)) {
      ++at_;
      continue;
    }
    if (c == '\n') return Refusal{400, "a line must end with CR LF"};
    if (c != '\r') return Refusal{400, "a control character in the header"};
    if (at_ + 1 == end) break;
    if (bytes[at_ + 1] != '\n') return Refusal{400, "a line must end with CR LF"};
    const bool empty = at_ == line_start_;
    at_ += 2;
    if (empty && first_line_) return Refusal{400, "the request line is missing"};
    if (empty) {
      complete_ = true;
      return std::nullopt;
    }
    first_line_ = false;
    line_start_ = at_;
  }
  if (bytes.size() >= limits.header_bytes) return Refusal{431, "the header is too large"};
  return std::nullopt;
}

std::optional<Refusal> parse_head(std::string_view bytes, const Limits& limits, Request& request, Framing& framing) {
  framing = {};
  request.method.clear();
  request.path.clear();
  request.query.clear();
  Reader reader(limits, request, framing);
  beast::error_code code;
  reader.put(boost::asio::const_buffer(bytes.data(), bytes.size()), code);
  reader.finish();
  if (code && !reader.refusal) return refusal_from(code);
  return reader.refusal;
}

bool accepts_gzip(std::string_view list) {
  bool any = false;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    std::string_view weight = item.substr(semicolon);
    std::string_view coding = item.substr(0, semicolon);
    const auto space = [](char c) { return c == ' ' || c == '\t'; };
    while (!coding.empty() && space(coding.front())) coding.remove_prefix(1);
    while (!coding.empty() && space(coding.back())) coding.remove_suffix(1);
    const std::size_t q = weight.find("q=");
    const bool zero = q != weight.npos && weight.find_first_of("123456789", q) == weight.npos;
    if (same_folded(coding, "gzip") || same_folded(coding, "x-gzip")) return !zero;
    if (coding == "*") any = !zero;
  }
  return any;
}

}  // namespace adapters::http
