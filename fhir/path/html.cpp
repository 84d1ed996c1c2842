#include "fhir/path/html.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace fhir::path {
namespace {

// FHIR R4 txt-1: the elements of HTML 4 chapters 7 to 11 and 15, links and images; sorted.
constexpr auto elements = std::to_array<std::string_view>(
    {"a",     "abbr",  "acronym", "address",  "area", "b",     "bdo",   "big",  "blockquote", "br",  "caption",
     "cite",  "code",  "col",     "colgroup", "dd",   "dfn",   "div",   "dl",   "dt",         "em",  "h1",
     "h2",    "h3",    "h4",      "h5",       "h6",   "hr",    "i",     "img",  "kbd",        "li",  "map",
     "ol",    "p",     "pre",     "q",        "s",    "samp",  "small", "span", "strong",     "sub", "sup",
     "table", "tbody", "td",      "tfoot",    "th",   "thead", "tr",    "tt",   "u",          "ul",  "var"});
static_assert(std::is_sorted(elements.begin(), elements.end()));

constexpr auto attributes = std::to_array<std::string_view>(
    {"abbr",        "accesskey",  "align", "alt",     "axis",   "bgcolor", "border",   "cellhalign", "cellpadding",
     "cellspacing", "cellvalign", "char",  "charoff", "cite",   "class",   "color",    "colspan",    "compact",
     "coords",      "dir",        "frame", "headers", "height", "href",    "hreflang", "hspace",     "id",
     "lang",        "longdesc",   "name",  "nowrap",  "rel",    "rev",     "rowspan",  "rules",      "scope",
     "shape",       "span",       "src",   "start",   "style",  "summary", "tabindex", "title",      "type",
     "usemap",      "valign",     "value", "vlink",   "vspace", "width",   "xml:lang", "xml:space",  "xmlns"});
constexpr auto xml_entities = std::to_array<std::string_view>({"amp", "apos", "gt", "lt", "quot"});
constexpr std::size_t deepest = 200;

template <class Words>
bool among(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '-' ||
         c == '_' || c == '.' || (c & 0x80);
}

// Every take_* answers whether what it expects was there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  Narrative read() {
    out_.formed = whole();
    return std::move(out_);
  }

 private:
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

  void skip_space() {
    rest_.remove_prefix(
        static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_space) - rest_.begin()));
  }

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
    if (!std::binary_search(elements.begin(), elements.end(), name) || open_.size() >= deepest) return false;
    if (name == "img") out_.content = true;
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
    if (!among(attributes, name) && !name.starts_with("xmlns:")) out_.attributes = false;
    if (name == "href" && value.starts_with('#')) out_.links.push_back(value.substr(1));
    if (name == "id" || name == "name") out_.anchors.push_back(value);
    return value.find('<') == value.npos && !acts(name, value);
  }

  // What a browser would run: event handlers and script addresses, also when spelled with character references.
  static bool acts(std::string_view name, std::string_view value) {
    if (name.size() > 2 && (name[0] | 32) == 'o' && (name[1] | 32) == 'n') return true;
    std::string plain;
    for (const char c : value.substr(0, value.find(':')))
      if (static_cast<unsigned char>(c) > ' ') plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 32 : c);
    if (plain == "javascript" || plain == "vbscript") return true;
    if (name != "href" && name != "src") return false;
    return plain.find("&#") != plain.npos || plain.find("&tab") != plain.npos || plain.find("&newline") != plain.npos ||
           value.find("&colon") != value.npos;
  }

  bool take_text() {
    const std::size_t end = rest_.find('<');
    if (end == rest_.npos) return false;
    std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (!std::all_of(text.begin(), text.end(), is_space)) out_.content = true;
    for (std::size_t at = text.find('&'); at != text.npos; at = text.find('&')) {
      text.remove_prefix(at + 1);
      const std::size_t stop = text.find(';');
      const std::string_view entity = text.substr(0, stop);
      const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '#';
      };
      if (stop == text.npos || entity.empty() || !std::all_of(entity.begin(), entity.end(), fits)) return false;
      if (entity[0] != '#' && !among(xml_entities, entity)) out_.entities = false;
    }
    return true;
  }

  std::string_view rest_;
  std::vector<std::string_view> open_;
  Narrative out_;
};

}  // namespace

Narrative read_narrative(std::string_view text) { return Scanner(text).read(); }

bool is_narrative(std::string_view text) {
  const Narrative found = read_narrative(text);
  return found.formed && found.attributes && found.content;
}

}  // namespace fhir::path
