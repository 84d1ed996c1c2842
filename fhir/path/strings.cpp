#include <algorithm>
#include <cstdint>

#include "fhir/path/families.hpp"
#include "fhir/path/unicode.hpp"

namespace fhir::path::functions {
namespace {

constexpr std::size_t longest_text = 16 * 1024 * 1024;

void put(const Call& call, std::string text, Collection& out) {
  if (text.size() > longest_text) return call.on.fail(call.node, "the text grows too long", core::Kind::too_large);
  if (call.on.spend(call.node, text.size() / 16)) out.push_back(string_item(std::move(text)));
}

// The input and the first argument, when both are there.
template <class Use>
void with_text(const Call& call, Use use) {
  const auto text = call.input_text();
  const auto other = call.failed() ? std::nullopt : call.text(0);
  if (text && other) use(*text, *other);
}

void position(const Call& call, bool last, Collection& out) {
  with_text(call, [&](const std::string& text, const std::string& part) {
    const std::size_t at = last ? text.rfind(part) : text.find(part);
    const bool found = at != std::string::npos;
    out.push_back(
        integer_item(found ? static_cast<std::int64_t>(length_of(std::string_view(text).substr(0, at))) : -1));
  });
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

void index_of(const Call& call, Collection& out) { position(call, false, out); }
void last_index_of(const Call& call, Collection& out) { position(call, true, out); }

void substring(const Call& call, Collection& out) {
  const auto text = call.input_text();
  const std::int64_t start =
      call.failed() ? -1 : call.whole(0).value_or(-1);  // empty, as a start before the text, gives nothing
  const std::int64_t wanted = call.failed() || call.count() < 2 ? INT64_MAX : call.whole(1).value_or(INT64_MAX);
  if (!text || call.failed()) return;
  const std::u32string codes = code_points(*text);
  const auto size = static_cast<std::int64_t>(codes.size());
  if (start < 0 || start >= size) return;
  const auto count = std::clamp<std::int64_t>(wanted, 0, size - start);
  put(call, utf8(std::u32string_view(codes).substr(static_cast<std::size_t>(start), static_cast<std::size_t>(count))),
      out);
}

void starts_with(const Call& call, Collection& out) {
  with_text(call, [&](const std::string& text, const std::string& part) {
    out.push_back(boolean_item(text.starts_with(part)));
  });
}

void ends_with(const Call& call, Collection& out) {
  with_text(call, [&](const std::string& text, const std::string& part) {
    out.push_back(boolean_item(text.ends_with(part)));
  });
}

void contains(const Call& call, Collection& out) {
  with_text(call, [&](const std::string& text, const std::string& part) {
    out.push_back(boolean_item(text.find(part) != std::string::npos));
  });
}

void upper(const Call& call, Collection& out) {
  if (const auto text = call.input_text()) put(call, path::upper(*text), out);
}

void lower(const Call& call, Collection& out) {
  if (const auto text = call.input_text()) put(call, path::lower(*text), out);
}

void replace(const Call& call, Collection& out) {
  const auto text = call.input_text();
  const auto pattern = call.failed() ? std::nullopt : call.text(0);
  const auto by = call.failed() ? std::nullopt : call.text(1);
  if (!text || !pattern || !by) return;
  std::string result;
  if (pattern->empty()) {  // around every character
    result = *by;
    for (const char32_t code : code_points(*text)) {
      append_utf8(result, code);
      result += *by;
      if (result.size() > longest_text) break;
    }
    return put(call, std::move(result), out);
  }
  std::size_t from = 0;
  for (std::size_t at = 0; (at = text->find(*pattern, from)) != std::string::npos && result.size() <= longest_text;) {
    result.append(*text, from, at - from).append(*by);
    from = at + pattern->size();
  }
  result.append(*text, from);
  put(call, std::move(result), out);
}

void length(const Call& call, Collection& out) {
  if (const auto text = call.input_text()) out.push_back(integer_item(static_cast<std::int64_t>(length_of(*text))));
}

void to_chars(const Call& call, Collection& out) {
  const auto text = call.input_text();
  if (!text) return;
  const auto codes = code_points(*text);
  if (!call.on.keep(call.node, codes.size())) return;
  for (const char32_t code : codes) out.push_back(string_item(utf8({&code, 1})));
}

void split(const Call& call, Collection& out) {
  with_text(call, [&](const std::string& text, const std::string& separator) {
    if (separator.empty()) return to_chars(call, out);
    std::size_t from = 0;
    for (std::size_t at = 0; (at = text.find(separator, from)) != std::string::npos; from = at + separator.size()) {
      if (!call.on.keep(call.node, 1)) return;
      out.push_back(string_item(text.substr(from, at - from)));
    }
    out.push_back(string_item(text.substr(from)));
  });
}

void join(const Call& call, Collection& out) {
  const auto separator = call.count() > 0 ? call.text(0) : std::nullopt;
  if (call.failed() || call.input.empty()) return;
  std::string result;
  bool first = true;
  for (const Item& item : call.input) {
    if (!path::has_value(item)) continue;
    Item room;
    const Item& value = to_system(item, room);
    if (value.kind != Item::Kind::string)
      return void(call.fail("join() needs Strings, not " + std::string(type_name(item))));
    if (!first && separator) result += *separator;
    result += value.text;
    first = false;
    if (result.size() > longest_text) break;
  }
  put(call, std::move(result), out);
}

void trim(const Call& call, Collection& out) {
  if (const auto text = call.input_text()) put(call, std::string(trimmed(*text)), out);
}

}  // namespace fhir::path::functions
