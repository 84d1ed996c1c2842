#include <algorithm>
#include <cstdint>

#include "fhir/search/search.hpp"

namespace fhir::search {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 32) >= 'a' && (c | 32) <= 'f') return (c | 32) - 'a' + 10;
  return -1;
}

// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (length == 0 || at + length > text.size()) return false;
    std::uint32_t code = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if (next >> 6 != 2) return false;
      code = code << 6 | (next & 0x3FU);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    at += length;
  }
  return true;
}

bool is_escaped_well(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if (text[at] == '%' && (at + 2 >= text.size() || digit_of(text[at + 1]) < 0 || digit_of(text[at + 2]) < 0))
      return false;
  return true;
}

core::Result<std::string> part_from(std::string_view encoded) {
  if (!is_escaped_well(encoded))
    return core::invalid("% must be followed by two hexadecimal digits", std::string(encoded));
  std::string text = decode(encoded);
  if (text.find('\0') != std::string::npos || !is_utf8(text))
    return core::invalid("the text is not valid UTF-8 or holds a NUL", std::string(encoded));
  return text;
}

}  // namespace

std::string decode(std::string_view encoded, bool plus_is_space) {
  std::string out;
  out.reserve(encoded.size());
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    const char c = encoded[at];
    if (c == '%' && at + 2 < encoded.size() && digit_of(encoded[at + 1]) >= 0 && digit_of(encoded[at + 2]) >= 0) {
      out += static_cast<char>(digit_of(encoded[at + 1]) * 16 + digit_of(encoded[at + 2]));
      at += 2;
    } else {
      out += c == '+' && plus_is_space ? ' ' : c;
    }
  }
  return out;
}

std::string encode(std::string_view text) {
  constexpr std::string_view plain = "-._~!*'():@,/$";  // legal in a query, and read more easily as they are
  constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

core::Result<Parameters> parameters_from(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto name = part_from(pair.substr(0, equals));
    if (!name) return name.error();
    auto value = part_from(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!value) return value.error();
    if (name->empty()) return core::invalid("a parameter without a name", std::string(pair));
    parameters.emplace_back(std::move(*name), std::move(*value));
  }
  return parameters;
}

}  // namespace fhir::search
