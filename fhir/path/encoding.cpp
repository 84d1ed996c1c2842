#include <array>

#include "fhir/path/families.hpp"
#include "fhir/path/unicode.hpp"

namespace fhir::path::functions {
namespace {

constexpr std::string_view plain_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_base64(std::string_view text, std::string_view digits) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    unsigned bits = 0;
    const std::size_t count = std::min<std::size_t>(3, text.size() - at);
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < count ? static_cast<unsigned char>(text[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) out += i <= count ? digits[bits >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text, std::string_view digits) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto value = digits.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFFFU;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xFF);
    }
  }
  return text.size() % 4 == 1 ? std::nullopt : std::optional(out);
}

std::string to_hex(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

int hex_value(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

struct Escape {
  char plain;
  std::string_view escaped;
};
constexpr std::array<Escape, 5> html{{{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}}};
constexpr std::array<Escape, 7> json{
    {{'\\', "\\\\"}, {'"', "\\\""}, {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}, {'\f', "\\f"}, {'\b', "\\b"}}};

template <class Table>
std::string escaped(std::string_view text, const Table& table) {
  std::string out;
  for (const char c : text) {
    std::string_view as(&c, 1);
    for (const Escape& row : table)
      if (row.plain == c) as = row.escaped;
    out += as;
  }
  return out;
}

template <class Table>
std::string unescaped(std::string_view text, const Table& table) {
  std::string out;
  while (!text.empty()) {
    std::size_t taken = 1;
    char as = text[0];
    for (const Escape& row : table)
      if (text.starts_with(row.escaped)) taken = row.escaped.size(), as = row.plain;
    out += as;
    text.remove_prefix(taken);
  }
  return out;
}

// Applies the form named by the argument; bytes that are no UTF-8 do not make a String.
void transform(const Call& call, Collection& out,
               std::optional<std::string> (*apply)(std::string_view text, std::string_view form, bool& known)) {
  const auto text = call.input_text();
  const auto form = call.failed() ? std::nullopt : call.text(0);
  if (!text || !form) return;
  bool known = true;
  auto result = apply(*text, *form, known);
  if (!known) return;
  if (!result || !valid_utf8(*result) || result->find('\0') != std::string::npos) return void(call.fail(call.node.text + "(): the text is not valid " + *form));
  out.push_back(string_item(std::move(*result)));
}

}  // namespace

void encode(const Call& call, Collection& out) {
  transform(call, out, [](std::string_view text, std::string_view form, bool& known) -> std::optional<std::string> {
    if (form == "base64") return to_base64(text, plain_digits);
    if (form == "urlbase64") return to_base64(text, url_digits);
    if (form == "hex") return to_hex(text);
    return known = false, std::nullopt;
  });
}

void decode(const Call& call, Collection& out) {
  transform(call, out, [](std::string_view text, std::string_view form, bool& known) -> std::optional<std::string> {
    if (form == "base64") return from_base64(text, plain_digits);
    if (form == "urlbase64") return from_base64(text, url_digits);
    if (form == "hex") return from_hex(text);
    return known = false, std::nullopt;
  });
}

void escape(const Call& call, Collection& out) {
  transform(call, out, [](std::string_view text, std::string_view form, bool& known) -> std::optional<std::string> {
    if (form == "html") return escaped(text, html);
    if (form == "json") return escaped(text, json);
    return known = false, std::nullopt;
  });
}

void unescape(const Call& call, Collection& out) {
  transform(call, out, [](std::string_view text, std::string_view form, bool& known) -> std::optional<std::string> {
    if (form == "html") return unescaped(text, html);
    if (form == "json") return unescaped(text, json);
    return known = false, std::nullopt;
  });
}

}  // namespace fhir::path::functions
