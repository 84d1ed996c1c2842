#include "fhir/path/html.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace fhir::path {
namespace {

// FHIR R4 txt-1: the elements of HTML 4 chapters 7 to 11 (11.2 aside), links and images; sorted.
constexpr auto elements = std::to_array<std::string_view>(
    {"a",     "abbr",  "acronym", "b",     "big",    "blockquote", "br",   "caption", "cite",  "code",     "col",   "colgroup",
     "dd",    "dfn",   "div",     "dl",    "dt",     "em",         "h1",   "h2",      "h3",    "h4",       "h5",    "h6",
     "hr",    "i",     "img",     "li",    "ol",     "p",          "pre",  "q",       "samp",  "small",    "span",  "strong",
     "sub",   "sup",   "table",   "tbody", "td",     "tfoot",      "th",   "thead",   "tr",    "tt",       "ul",    "var"});

constexpr auto attributes = std::to_array<std::string_view>(
    {"abbr",   "accesskey", "align",    "alt",     "axis",  "bgcolor", "border",  "cellhalign", "cellpadding", "cellspacing", "cellvalign",
     "char",   "charoff",   "cite",     "class",   "color", "colspan", "compact", "coords",     "dir",         "frame",       "headers",
     "height", "href",      "hreflang", "hspace",  "id",    "lang",    "longdesc", "name",      "nowrap",      "rel",         "rev",
     "rowspan", "rules",    "scope",    "shape",   "span",  "src",     "start",   "style",      "summary",     "tabindex",    "title",
     "type",   "usemap",    "valign",   "value",   "vlink", "vspace",  "width",   "xml:lang",   "xml:space",   "xmlns"});

template <class Words>
bool among(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  bool run() {
    blanks();
    if (!text_.substr(at_).starts_with("<div")) return false;
    while (at_ < text_.size())
      if (!(peek() == '<' ? markup() : characters())) return false;
    return open_.empty() && content_;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  static bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  void blanks() {
    while (blank(peek())) ++at_;
  }

  bool characters() {
    const std::size_t end = std::min(text_.find('<', at_), text_.size());
    const auto piece = text_.substr(at_, end - at_);
    const bool written = std::any_of(piece.begin(), piece.end(), [](char c) { return !blank(c); });
    content_ = content_ || written;
    at_ = end;
    return !written || !open_.empty();
  }

  std::string_view name() {
    const std::size_t first = at_;
    while (at_ < text_.size() && !blank(peek()) && std::string_view("/>=<\"'").find(peek()) == std::string_view::npos) ++at_;
    return text_.substr(first, at_ - first);
  }

  bool markup() {
    if (text_.substr(at_).starts_with("<!--")) {
      const auto end = text_.find("-->", at_ + 4);
      at_ = end == std::string_view::npos ? text_.size() : end + 3;
      return end != std::string_view::npos;
    }
    ++at_;
    if (peek() == '/') {
      ++at_;
      const auto closing = name();
      blanks();
      if (open_.empty() || open_.back() != closing || peek() != '>') return false;
      open_.pop_back();
      ++at_;
      return true;
    }
    const auto element = name();
    if (!among(elements, element) || (open_.empty() && started_)) return false;
    started_ = true;
    content_ = content_ || element == "img";
    return inside(element);
  }

  bool inside(std::string_view element) {  // attributes, up to > or />
    for (;;) {
      blanks();
      if (peek() == '>') return ++at_, open_.push_back(element), open_.size() <= 200;
      if (text_.substr(at_).starts_with("/>")) return at_ += 2, true;
      const auto attribute = name();
      blanks();
      if (attribute.empty() || peek() != '=') return false;
      ++at_;
      blanks();
      const char quote = peek();
      const auto end = quote == '"' || quote == '\'' ? text_.find(quote, at_ + 1) : std::string_view::npos;
      if (end == std::string_view::npos) return false;
      const auto value = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      const bool known = among(attributes, attribute) || attribute.starts_with("xmlns:");
      if (!known || value.find('<') != std::string_view::npos || acts(value)) return false;
    }
  }

  static bool acts(std::string_view value) {
    std::string plain;
    for (const char c : value)
      if (static_cast<unsigned char>(c) > ' ') plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return plain.starts_with("javascript:") || plain.starts_with("vbscript:");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool content_ = false, started_ = false;
  std::vector<std::string_view> open_;
};

}  // namespace

bool is_narrative(std::string_view text) { return Checker(text).run(); }

}  // namespace fhir::path
