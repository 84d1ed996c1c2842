#include <algorithm>

#include "fhir/xml/html_entities.hpp"
#include "fhir/xml/xml.hpp"

namespace fhir::xml {
namespace {

// U+FFFD in place of what XML 1.0 cannot hold.
constexpr std::string_view unknown = "\xef\xbf\xbd";

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

// U+FFFE and U+FFFF are no characters of XML either.
bool is_outside(std::string_view text, std::size_t at) {
  return text[at] == '\xef' && text.size() - at >= 3 && text[at + 1] == '\xbf' &&
         (text[at + 2] == '\xbe' || text[at + 2] == '\xbf');
}

std::string_view escape(char c, bool in_attribute) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '\r': return "&#13;";
    case '"': return in_attribute ? "&quot;" : "";
    case '\n': return in_attribute ? "&#10;" : "";
    case '\t': return in_attribute ? "&#9;" : "";
    default: return is_control(c) ? unknown : "";
  }
}

void append(std::string_view text, bool in_attribute, std::string& out) {
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool outside = is_outside(text, i);
    const std::string_view instead = outside ? unknown : escape(text[i], in_attribute);
    if (instead.empty()) continue;
    out += text.substr(from, i - from);
    out += instead;
    if (outside) i += 2;
    from = i + 1;
  }
  out += text.substr(std::min(from, text.size()));
}

std::string spelt_out(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t at = text.find('&');
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at);
    const std::string_view name = text.substr(1, text.substr(0, 12).find(';') - 1);
    const auto found = std::lower_bound(html_entities.begin(), html_entities.end(), name,
                                        [](const auto& row, std::string_view wanted) { return row.first < wanted; });
    if (found != html_entities.end() && found->first == name && text.size() > name.size() + 1) {
      out += "&#" + std::to_string(found->second) + ';';
      text.remove_prefix(name.size() + 2);
    } else {
      out += '&';
      text.remove_prefix(1);
    }
  }
}

bool is_div(std::string_view text) {
  if (!text.starts_with("<div")) return false;
  const auto root = parse(text);
  return root && root->xhtml && root->name == "div";
}

// XML reads a carriage return as the end of a line unless it is spelt out, which it cannot be within a tag.
std::string with_returns(std::string_view text) {
  std::string spelt;
  std::string_view rest = text;
  for (std::size_t at = rest.find('\r'); at != std::string_view::npos; at = rest.find('\r')) {
    spelt += rest.substr(0, at);
    spelt += "&#13;";
    rest.remove_prefix(at + 1);
  }
  if (spelt.empty()) return std::string(text);
  spelt += rest;
  return is_div(spelt) ? spelt : std::string(text);
}

}  // namespace

void escape_attribute(std::string_view text, std::string& out) { append(text, true, out); }
void escape_text(std::string_view text, std::string& out) { append(text, false, out); }

std::string embedded_div(std::string_view text) {
  if (const std::size_t start = text.find_first_not_of(" \t\r\n"); start != std::string_view::npos)
    text.remove_prefix(start);
  if (is_div(text)) return with_returns(text);
  if (const std::string known = spelt_out(text); is_div(known)) return with_returns(known);
  std::string out = "<div xmlns=\"" + std::string(xhtml_space) + "\"><pre>";
  escape_text(text, out);
  return out + "</pre></div>";
}

}  // namespace fhir::xml
