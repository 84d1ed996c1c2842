// Search parameters of type reference: to resources here (type and id), elsewhere (URL), by canonical, by identifier.
#include "fhir/search/reference.hpp"

#include <algorithm>

#include "fhir/search/type.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::store::Compare;
using core::store::Row;
using core::store::Rows;
using core::store::Term;

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

constexpr std::string_view history = "/_history/";

void link_row(const Maker& maker, std::string_view text, Rows& rows) {
  const Link link = link_from(text, maker.setting->options.base_url, *maker.setting->definitions);
  Row& row = maker.row(rows);
  row.system = link.type;
  row.value = link.id;
  row.note = link.version;
}

void identifier_rows(const Maker& maker, const json::Value& identifier, Rows& rows) {
  const std::string system(identifier.text("system")), value(identifier.text("value"));
  if (!value.empty()) maker.row(rows).text = system + '|' + value;
  if (!value.empty()) maker.row(rows).text = value;
  if (!system.empty()) maker.row(rows).text = system + '|';
}

void reference_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  const std::size_t before = rows.size();
  const std::string_view text = value.text("reference");
  if (!text.empty()) link_row(maker, text, rows);
  if (const json::Value* identifier = value.find("identifier")) identifier_rows(maker, *identifier, rows);
  if (rows.size() == before) maker.row(rows);
}

void uri_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  if (!value.text().empty()) link_row(maker, value.text(), rows);
}

void canonical_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  const std::string_view text = value.text().substr(0, value.text().find('#'));
  if (text.empty()) return;
  const std::size_t bar = text.rfind('|');
  link_row(maker, text.substr(0, bar), rows);
  if (bar != std::string_view::npos) rows.back().note = text.substr(bar + 1);
}

void resource_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  Row& row = maker.row(rows);
  row.system = value.text("resourceType");
  row.value = value.text("id");
}

core::Result<core::Done> identifier_terms(const Asked& asked, std::string_view value, Terms& out) {
  const auto parts = split(value, '|');
  if (parts.size() > 2 || (parts.size() == 2 && parts[0].empty() && parts[1].empty()))
    return bad_value(asked, value, "is not of the form system|value, which :identifier needs");
  Term& term = out.emplace_back();
  term.compare = Compare::identifier;
  term.text = unescaped(parts[0]);
  if (parts.size() == 2) term.text += '|' + unescaped(parts[1]);
  return core::Done{};
}

void link_term(const Link& link, Terms& out) {
  Term& term = out.emplace_back();
  term.any_system = false;
  term.system = link.type;
  term.value = link.id;
  term.note = link.version;
}

core::Result<core::Done> id_terms(const Asked& asked, std::string_view id, Terms& out) {
  const std::vector<std::string>& targets = asked.targets;
  constexpr std::size_t few = 12;  // more are asked for at once: an id of any type
  if (targets.empty() || targets.size() > few) {
    out.emplace_back().value = id;
    return core::Done{};
  }
  for (const std::string& target : targets) link_term({target, id, {}}, out);
  return core::Done{};
}

}  // namespace

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' || c == '.';
  });
}

Link link_from(std::string_view text, std::string_view base_url, const model::Definitions& definitions) {
  std::string_view local = text;
  if (!base_url.empty() && begins(text, base_url) && text.size() > base_url.size() && text[base_url.size()] == '/')
    local.remove_prefix(base_url.size() + 1);
  Link link;
  if (const std::size_t at = local.find(history); at != std::string_view::npos) {
    link.version = local.substr(at + history.size());
    local = local.substr(0, at);
  }
  const std::size_t slash = local.find('/');
  if (slash != std::string_view::npos && definitions.is_resource(local.substr(0, slash)) &&
      is_id(local.substr(slash + 1))) {
    link.type = local.substr(0, slash);
    link.id = local.substr(slash + 1);
  } else {
    link.id = link.version.empty() ? text : text.substr(0, text.size() - link.version.size() - history.size());
  }
  return link;
}

Maker::Make reference_maker(std::string_view datatype) {
  struct Entry {
    std::string_view datatype;
    Maker::Make make;
  };
  static constexpr Entry table[] = {{"Reference", reference_rows},
                                    {"canonical", canonical_rows},
                                    {"uri", uri_rows},
                                    {"url", uri_rows},
                                    {"Resource", resource_rows}};
  for (const Entry& entry : table)
    if (entry.datatype == datatype) return entry.make;
  return nullptr;
}

core::Result<core::Done> reference_terms(const Asked& asked, std::string_view value, Terms& out) {
  if (asked.modifier == "identifier") return identifier_terms(asked, value, out);
  const model::Definitions& definitions = asked.index.definitions();
  const auto parts = split(value, '|');
  if (parts.size() > 2) return bad_value(asked, value, "has more than one |");
  const std::string text = unescaped(parts[0]);
  if (parts.size() == 2) {  // canonical|version
    if (text.empty() || parts[1].empty()) return bad_value(asked, value, "is not of the form url|version");
    link_term({{}, text, parts[1]}, out);
    return core::Done{};
  }
  if (!asked.modifier.empty() && is_id(text)) {
    link_term({asked.modifier, text, {}}, out);
    return core::Done{};
  }
  const Link link = link_from(text, asked.context.base_url, definitions);
  if (!link.type.empty()) {
    if (!asked.modifier.empty() && link.type != asked.modifier)
      return bad_value(asked, value, "is not a " + std::string(asked.modifier));
    link_term(link, out);
    return core::Done{};
  }
  if (text.find(':') != std::string::npos || text[0] == '#') {  // absolute, or a contained one
    link_term(link, out);
    return core::Done{};
  }
  if (is_id(text)) return id_terms(asked, text, out);
  return bad_value(asked, value, "is not a reference: an id, Type/id or a URL is");
}

}  // namespace fhir::search
