#include "fhir/rest/binary.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "fhir/rest/answer.hpp"
#include "fhir/rest/header.hpp"

namespace fhir::rest {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_printable(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool fhir_format(std::string_view media_types) {
  for (const std::string_view type : split(media_types, ',')) {
    if (type.starts_with("*/*") || type.starts_with("application/*")) return true;
    if (format_of(type)) return true;
  }
  return media_types.empty();
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= have ? alphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  static const std::array<std::int8_t, 256> values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
      table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
  }();
  std::string out;
  std::uint32_t bits = 0;
  int have = 0, padding = 0;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    ++digits;
    if (c == '=') {
      ++padding;
      continue;
    }
    const std::int8_t value = values[static_cast<unsigned char>(c)];
    if (value < 0 || padding > 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> have & 255);
  }
  if (digits % 4 != 0 || padding > 2) return std::nullopt;
  return out;
}

bool wants_raw(const Exchange& exchange) {
  if (exchange.target.type != "Binary" || exchange.in_bundle || exchange.has_parameter("_format")) return false;
  return !fhir_format(exchange.header("Accept"));
}

Response raw_binary(const Exchange& exchange, const core::store::Record& record) {
  const auto document = json::parse(record.body);
  std::optional<std::string> bytes;
  if (document) bytes = from_base64(document->root().text("data"));
  if (!bytes) return resource_response(exchange, record);
  Response response;
  stamp_headers(record, response);
  response.headers.push_back({"Content-Type", std::string(document->root().text("contentType"))});
  if (const std::string_view context = document->root()["securityContext"].text("reference"); is_printable(context))
    response.headers.push_back({"X-Security-Context", std::string(context)});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.headers.push_back({"Content-Security-Policy", "sandbox"});
  response.body = std::make_shared<const std::string>(std::move(*bytes));
  return response;
}

// XML of other kinds is posted under its general names; a Binary of FHIR in XML comes as application/fhir+xml.
bool is_raw(const Exchange& exchange) {
  if (exchange.target.type != "Binary" || exchange.in_bundle) return false;
  const std::string_view type = exchange.header("Content-Type");
  const std::string_view name = trimmed(type.substr(0, type.find(';')));
  return !fhir_format(type) || same_word(name, "application/xml") || same_word(name, "text/xml");
}

json::Document binary_from(std::string_view content_type, std::string_view bytes, std::string_view security_context) {
  json::Document document;
  document.root() = document.object();
  json::Value& root = document.root();
  document.set(root, "resourceType", document.string("Binary"));
  document.set(root, "contentType", document.string(content_type));
  if (!security_context.empty())
    document.set(document.set(root, "securityContext", document.object()), "reference", document.string(security_context));
  document.set(root, "data", document.string(base64(bytes)));
  return document;
}

}  // namespace fhir::rest
