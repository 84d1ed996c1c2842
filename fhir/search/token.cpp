// Search parameters of type token: codes, identifiers, booleans, contact points. Compared exactly, with or without a
// system.
#include "fhir/search/type.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::store::Compare;
using core::store::Row;
using core::store::Rows;
using core::store::Term;

constexpr std::string_view special_values = "http://terminology.hl7.org/CodeSystem/special-values";

void code_row(const Maker& maker, const json::Value& value, Rows& rows) {
  if (value.text().empty()) return;
  Row& row = maker.row(rows);
  row.value = value.text();
  if (!maker.system.empty()) row.system = maker.system;
  else if (!maker.value_set.empty()) row.system = maker.setting->definitions->system_of(maker.value_set, value.text());
}

void boolean_row(const Maker& maker, const json::Value& value, Rows& rows) {
  if (!value.is_boolean()) return;
  Row& row = maker.row(rows);
  row.system = special_values;
  row.value = value.boolean() ? "true" : "false";
}

Row& coding_row(const Maker& maker, const json::Value& value, Rows& rows) {
  Row& row = maker.row(rows);
  for (const json::Member& member : value.members()) {
    if (member.name == "system") row.system = member.value.text();
    if (member.name == "code") row.value = member.value.text();
    if (member.name == "display") row.text = folded(member.value.text());
  }
  return row;
}

void coding_rows(const Maker& maker, const json::Value& value, Rows& rows) { coding_row(maker, value, rows); }

void concept_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  const std::size_t before = rows.size();
  for (const json::Value& coding : value["coding"].elements()) coding_row(maker, coding, rows);
  const std::string_view text = value.text("text");
  if (text.empty() && rows.size() > before) return;
  std::string words = folded(text);
  if (rows.size() == before + 1 && rows.back().text.empty()) rows.back().text = words;
  for (std::size_t i = before; i < rows.size(); ++i)
    if (rows[i].text == words) return;  // says nothing that a display has not said
  maker.row(rows).text = std::move(words);
}

void identifier_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  const auto row_with = [&](std::string note) {
    Row& row = maker.row(rows);
    row.system = value.text("system");
    row.value = value.text("value");
    row.text = folded(value["type"].text("text"));
    row.note = std::move(note);
  };
  bool typed = false;
  for (const json::Value& coding : value["type"]["coding"].elements()) {
    row_with(std::string(coding.text("system")) + '|' + std::string(coding.text("code")));
    typed = true;
  }
  if (!typed) row_with({});
}

void contact_row(const Maker& maker, const json::Value& value, Rows& rows) {
  Row& row = maker.row(rows);
  row.system = value.text("system");
  row.value = value.text("value");
}

core::Result<core::Done> codes(const Asked& asked, std::string_view value, const std::optional<Codes>& found,
                               Terms& out) {
  if (!found)
    return core::unsupported(
        "'" + std::string(value) + "' is not known here, so :" + std::string(asked.modifier) + " cannot be answered",
        asked.name);
  for (const auto& [system, code] : *found) {
    Term& term = out.emplace_back();
    term.any_system = false;
    term.system = system;
    term.value = code;
  }
  return core::Done{};
}

std::optional<Codes> expansion(const Asked& asked, const std::string& value_set) {
  if (asked.context.expand)
    if (auto found = asked.context.expand(value_set)) return found;
  const std::string_view bare = std::string_view(value_set).substr(0, value_set.find('|'));
  const auto* known = asked.index.definitions().codes(bare);
  if (known == nullptr) return std::nullopt;
  Codes found;
  for (const std::string_view code : *known) found.emplace_back(asked.index.definitions().system_of(bare, code), code);
  return found;
}

core::Result<core::Done> of_type(const Asked& asked, std::string_view value, Terms& out) {
  const auto parts = split(value, '|');
  if (parts.size() != 3 || parts[1].empty() || parts[2].empty())
    return bad_value(asked, value, "is not of the form system|type code|value, which :of-type needs");
  Term& term = out.emplace_back();
  term.compare = Compare::of_type;
  term.note = unescaped(parts[0]) + '|' + unescaped(parts[1]);
  term.value = unescaped(parts[2]);
  return core::Done{};
}

core::Result<core::Done> plain(const Asked& asked, std::string_view value, Terms& out) {
  const auto parts = split(value, '|');
  if (parts.size() > 2)
    return bad_value(asked, value, "has more than one | (write \\| for one that belongs to the value)");
  Term term;
  term.value = unescaped(parts.back());
  if (parts.size() == 2) {
    term.any_system = false;
    term.system = unescaped(parts[0]);
    term.any_value = term.value.empty();
    if (term.system.empty() && term.any_value) return bad_value(asked, value, "names neither a system nor a code");
  }
  out.push_back(std::move(term));
  return core::Done{};
}

}  // namespace

Maker::Make token_maker(std::string_view datatype) {
  struct Entry {
    std::string_view datatype;
    Maker::Make make;
  };
  static constexpr Entry table[] = {{"code", code_row},
                                    {"string", code_row},
                                    {"id", code_row},
                                    {"uri", code_row},
                                    {"url", code_row},
                                    {"oid", code_row},
                                    {"uuid", code_row},
                                    {"canonical", code_row},
                                    {"markdown", code_row},
                                    {"boolean", boolean_row},
                                    {"Coding", coding_rows},
                                    {"CodeableConcept", concept_rows},
                                    {"Identifier", identifier_rows},
                                    {"ContactPoint", contact_row}};
  for (const Entry& entry : table)
    if (entry.datatype == datatype) return entry.make;
  return nullptr;
}

core::Result<core::Done> token_terms(const Asked& asked, std::string_view value, Terms& out) {
  const std::string_view modifier = asked.modifier;
  if (modifier == "of-type") return of_type(asked, value, out);
  if (modifier == "text") {
    Term& term = out.emplace_back();
    term.compare = Compare::text;
    term.text = folded(unescaped(value));
    if (term.text.empty()) return bad_value(asked, value, "has no letter to search for");
    return core::Done{};
  }
  if (modifier == "in" || modifier == "not-in") return codes(asked, value, expansion(asked, unescaped(value)), out);
  if (modifier == "above" || modifier == "below") {
    const auto parts = split(value, '|');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty())
      return bad_value(asked, value, "is not of the form system|code, which :above and :below need");
    const auto found = asked.context.hierarchy
                           ? asked.context.hierarchy(unescaped(parts[0]), unescaped(parts[1]), modifier == "above")
                           : std::nullopt;
    return codes(asked, value, found, out);
  }
  return plain(asked, value, out);
}

}  // namespace fhir::search
