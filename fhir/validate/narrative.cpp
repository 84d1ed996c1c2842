#include "fhir/validate/narrative.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace fhir::validate {
namespace {

constexpr std::array<std::string_view, 58> allowed_elements{
    "a",    "abbr",  "acronym", "address", "area",  "b",    "bdo",  "big",   "blockquote", "br",  "caption", "cite",
    "code", "col",   "colgroup", "dd",     "del",   "dfn",  "div",  "dl",    "dt",         "em",  "h1",      "h2",
    "h3",   "h4",    "h5",      "h6",      "hr",    "i",    "img",  "ins",   "kbd",        "li",  "map",     "ol",
    "p",    "pre",   "q",       "s",       "samp",  "small", "span", "strong", "sub",      "sup", "table",   "tbody",
    "td",   "tfoot", "th",      "thead",   "tr",    "tt",   "u",    "ul",    "var",        "wbr"};
static_assert(std::is_sorted(allowed_elements.begin(), allowed_elements.end()));

constexpr std::size_t deepest = 200;

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '-' || c == '_' || c == '.' || (c & 0x80);
}

// Reads markup from front to back; every take_* answers whether what it expects was there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool content() const { return content_; }

  bool whole() {
    skip_space();
    if (!rest_.starts_with("<div") || rest_.size() < 5 || is_name(rest_[4])) return false;
    do {
      if (!take_markup()) return false;
      if (!open_.empty() && !take_text()) return false;
    } while (!open_.empty());
    skip_space();
    return rest_.empty();
  }

 private:
  void skip_space() { rest_.remove_prefix(static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_space) - rest_.begin())); }

  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool skip_past(std::string_view end) {
    const std::size_t at = rest_.find(end);
    if (at == rest_.npos) return false;
    rest_.remove_prefix(at + end.size());
    return true;
  }

  std::string_view take_name() {
    const auto size = static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_name) - rest_.begin());
    const std::string_view name = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return name;
  }

  bool take_markup() {
    if (take("<!--")) return skip_past("-->");
    if (take("<![CDATA[")) return skip_past("]]>");
    return take("</") ? take_end() : take("<") && take_start();
  }

  bool take_end() {
    const std::string_view name = take_name();
    skip_space();
    if (open_.empty() || open_.back() != name || !take(">")) return false;
    open_.pop_back();
    return true;
  }

  bool take_start() {
    const std::string_view name = take_name();
    if (!std::binary_search(allowed_elements.begin(), allowed_elements.end(), name) || open_.size() >= deepest) return false;
    if (name == "img") content_ = true;
    while (true) {
      skip_space();
      if (take("/>")) return true;
      if (take(">")) return open_.push_back(name), true;
      if (!take_attribute()) return false;
    }
  }

  bool take_attribute() {
    const std::string_view name = take_name();
    skip_space();
    if (name.empty() || !take("=")) return false;
    skip_space();
    if (rest_.empty() || (rest_[0] != '"' && rest_[0] != '\'')) return false;
    const char quote = rest_[0];
    rest_.remove_prefix(1);
    const std::size_t end = rest_.find(quote);
    if (end == rest_.npos) return false;
    const std::string_view value = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return value.find('<') == value.npos && !is_active(name, value);
  }

  // What a browser would run: event handlers and script addresses, also when spelled with character references.
  static bool is_active(std::string_view name, std::string_view value) {
    if (name.size() > 2 && (name[0] | 32) == 'o' && (name[1] | 32) == 'n') return true;
    if (name != "href" && name != "src") return false;
    std::string scheme;
    for (const char c : value.substr(0, value.find(':')))
      if (static_cast<unsigned char>(c) > 0x20) scheme += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 32 : c);
    return scheme == "javascript" || scheme == "vbscript" || scheme.find("&#") != scheme.npos || scheme.find("&tab") != scheme.npos ||
           scheme.find("&newline") != scheme.npos || value.find("&colon") != value.npos;
  }

  bool take_text() {
    const std::size_t end = rest_.find('<');
    if (end == rest_.npos) return false;
    std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (!std::all_of(text.begin(), text.end(), is_space)) content_ = true;
    for (std::size_t at = text.find('&'); at != text.npos; at = text.find('&')) {
      text.remove_prefix(at + 1);
      const std::size_t stop = text.find_first_not_of("#abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
      if (stop == 0 || stop == text.npos || text[stop] != ';') return false;
    }
    return true;
  }

  std::string_view rest_;
  std::vector<std::string_view> open_;
  bool content_ = false;  // text or an image
};

}  // namespace

bool is_narrative(std::string_view text) { return Scanner(text).whole(); }

bool narrative_has_content(std::string_view text) {
  Scanner scanner(text);
  return scanner.whole() && scanner.content();
}

}  // namespace fhir::validate
