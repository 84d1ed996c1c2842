#include "fhir/search/words.hpp"

#include <algorithm>
#include <charconv>

#include "fhir/json/json.hpp"
#include "fhir/search/search.hpp"
#include "fhir/xml/html_entities.hpp"

namespace fhir::search {
namespace {

using core::Result;
using core::store::Compare;
using core::store::Term;

void put_utf8(unsigned code, std::string& out) {
  if (code < 0x80) out += static_cast<char>(code);
  else if (code < 0x800) out += {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
  else if (code < 0x10000)
    out += {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 63)),
            static_cast<char>(0x80 | (code & 63))};
  else if (code < 0x110000)
    out += {static_cast<char>(0xf0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 63)),
            static_cast<char>(0x80 | (code >> 6 & 63)), static_cast<char>(0x80 | (code & 63))};
}

// The character of an entity without & and ;, or a space.
void put_entity(std::string_view name, std::string& out) {
  if (name.starts_with('#')) {
    name.remove_prefix(1);
    const bool hex = name.starts_with('x') || name.starts_with('X');
    if (hex) name.remove_prefix(1);
    unsigned code = ' ';
    std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
    return put_utf8(code, out);
  }
  const auto found = std::lower_bound(xml::html_entities.begin(), xml::html_entities.end(), name,
                                      [](const auto& row, std::string_view wanted) { return row.first < wanted; });
  const bool known = found != xml::html_entities.end() && found->first == name;
  put_utf8(known ? static_cast<unsigned>(found->second) : ' ', out);
}

// Text between tags; a tag ends a word unless it is of the kind that stands within one.
std::string without_markup(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') {
      const bool comment = text.substr(i).starts_with("<!--");
      const std::size_t end = text.find(comment ? "-->" : ">", i);
      if (end == std::string_view::npos) return out;
      const std::string_view tag = text.substr(i, 3);
      const bool within = tag == "<b>" || tag == "</b" || tag == "<i>" || tag == "</i" || tag == "<su" || tag == "</s";
      if (!within) out += ' ';
      i = end + (comment ? 2 : 0);
    } else if (text[i] == '&') {
      const std::size_t end = text.substr(0, i + 12).find(';', i);
      if (end == std::string_view::npos) continue;
      put_entity(text.substr(i + 1, end - i - 1), out);
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

// Punctuation of two and three bytes: U+00A0 to U+00BF, U+2000 to U+207F, U+3000 to U+303F.
std::size_t mark_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  if (byte(0) == 0xc2 && byte(1) >= 0xa0) return 2;
  if (byte(0) == 0xe2 && (byte(1) == 0x80 || byte(1) == 0x81)) return 3;
  if (byte(0) == 0xe3 && byte(1) == 0x80) return 3;
  return 0;
}

void collect(const json::Value& value, core::store::Texts& texts) {
  for (const json::Value& item : value.elements()) collect(item, texts);
  for (const json::Member& member : value.members()) {
    const json::Value& inner = member.value;
    if (inner.is_string() && member.name == "div") {
      texts.narrative += ' ';
      texts.narrative += without_markup(inner.text());
    } else if (inner.is_string() && member.name != "data") {
      texts.content += ' ';
      texts.content += inner.text();
    } else if (inner.is_array()) {
      for (const json::Value& item : inner.elements())
        if (item.is_string()) texts.content.append(" ").append(item.text());
      collect(inner, texts);
    } else {
      collect(inner, texts);
    }
  }
}

using Alternatives = std::vector<Term>;  // each with parts

// expression = all {OR all}; all = one {[AND] one}; one = "(" expression ")" | phrase | word
class Asked {
 public:
  Asked(std::string_view name, std::string_view text) : name_(name), rest_(text) { next(); }

  Result<Alternatives> read() {
    auto found = any(0);
    if (found && !token_.empty()) return wrong("ends before '" + std::string(token_.substr(0, 40)) + "'");
    return found;
  }

 private:
  core::Error wrong(const std::string& what) const {
    return core::invalid("the words of " + std::string(name_) + ": the expression " + what, std::string(name_));
  }

  static bool is(std::string_view token, std::string_view word) {
    return token.size() == word.size() && std::equal(token.begin(), token.end(), word.begin(), [](char a, char b) {
      return (a >= 'a' && a <= 'z' ? a - 32 : a) == b;
    });
  }

  void next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    std::size_t size = std::min(rest_.find_first_of(" \t\r\n()\""), rest_.size());
    if (rest_.starts_with('"')) size = std::min(rest_.find('"', 1), rest_.size() - 1) + 1;
    else if (rest_.starts_with('(') || rest_.starts_with(')')) size = 1;
    token_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }

  Result<Alternatives> any(int depth) {
    if (depth > 20) return wrong("is nested too deep");
    auto found = all(depth);
    while (found && is(token_, "OR")) {
      next();
      auto more = all(depth);
      if (!more) return more;
      found->insert(found->end(), more->begin(), more->end());
    }
    if (found && found->size() > 64) return wrong("has more than 64 alternatives");
    return found;
  }

  Result<Alternatives> all(int depth) {
    auto found = one(depth);
    while (found && !token_.empty() && token_ != ")" && !is(token_, "OR")) {
      if (is(token_, "AND")) next();
      auto more = one(depth);
      if (!more) return more;
      Alternatives both;
      for (const Term& a : *found)
        for (const Term& b : *more) {
          Term& term = both.emplace_back(a);
          term.parts.insert(term.parts.end(), b.parts.begin(), b.parts.end());
        }
      if (both.size() > 64) return wrong("has more than 64 alternatives");
      found = std::move(both);
    }
    return found;
  }

  Result<Alternatives> one(int depth) {
    if (token_ == "(") {
      next();
      auto inner = any(depth + 1);
      if (!inner) return inner;
      if (token_ != ")") return wrong("lacks a closing parenthesis");
      next();
      return inner;
    }
    if (token_.empty() || token_ == ")" || is(token_, "OR") || is(token_, "AND")) return wrong("ends where a word was expected");
    if (is(token_, "NOT")) return wrong("has NOT, which is not offered");
    Term part;
    part.compare = token_.ends_with('*') ? Compare::begins : Compare::equal;
    part.value = words_of(token_);
    if (part.value.empty()) return wrong("has no letter or digit in '" + std::string(token_.substr(0, 40)) + "'");
    next();
    Term term;
    term.parts.push_back(std::move(part));
    return Alternatives{std::move(term)};
  }

  std::string_view name_, rest_, token_;
};

}  // namespace

std::string words_of(std::string_view text) {
  const std::string plain = folded(text);
  std::string out;
  out.reserve(plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const std::size_t mark = mark_at(plain, i);
    if (mark > 0) i += mark - 1;
    if (mark == 0 && is_letter(plain[i])) out += plain[i];
    else if (!out.empty() && out.back() != ' ') out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

core::store::Texts texts_of(std::string_view, std::string_view body) {
  core::store::Texts texts;
  const auto document = json::parse(body);
  if (!document) return texts;
  collect(document->root(), texts);
  texts.narrative = words_of(texts.narrative);
  texts.content = words_of(texts.content);
  return texts;
}

Result<std::vector<Term>> words_asked(std::string_view name, std::string_view value) {
  return Asked(name, value).read();
}

}  // namespace fhir::search
