// Search parameters of type string: names, addresses, texts. Compared folded from the start; :exact as stored;
// :contains anywhere.
#include "fhir/search/type.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::store::Compare;
using core::store::Row;
using core::store::Rows;

void add(const Maker& maker, std::string_view text, Rows& rows) {
  if (text.empty()) return;
  Row& row = maker.row(rows);
  row.value = folded(text);
  row.text = text;
}

void text_row(const Maker& maker, const json::Value& value, Rows& rows) { add(maker, value.text(), rows); }

// The parts of a HumanName or Address in reading order: each is a row, and so is the whole, so that "Jan de Vries"
// finds him.
template <std::size_t N>
void part_rows(const Maker& maker, const json::Value& value, const std::string_view (&names)[N], Rows& rows) {
  const std::size_t before = rows.size();
  const std::string_view text = value.text("text");
  add(maker, text, rows);
  std::string whole;
  const auto part = [&](const json::Value& item) {
    if (item.text().empty()) return;
    add(maker, item.text(), rows);
    if (!whole.empty()) whole += ' ';
    whole += item.text();
  };
  for (const std::string_view name : names) {
    const json::Value& member = value[name];
    part(member);
    for (const json::Value& item : member.elements()) part(item);
  }
  if (rows.size() - before < 2 || whole == text) return;
  maker.row(rows).value = folded(whole);
}

void name_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  static constexpr std::string_view parts[] = {"given", "family", "suffix", "prefix"};
  part_rows(maker, value, parts, rows);
}

void address_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  static constexpr std::string_view parts[] = {"line", "postalCode", "city", "district", "state", "country"};
  part_rows(maker, value, parts, rows);
}

void concept_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  add(maker, value.text("text"), rows);
  for (const json::Value& coding : value["coding"].elements()) add(maker, coding.text("display"), rows);
}

}  // namespace

Maker::Make string_maker(std::string_view datatype) {
  struct Entry {
    std::string_view datatype;
    Maker::Make make;
  };
  static constexpr Entry table[] = {
      {"string", text_row}, {"markdown", text_row},   {"code", text_row},        {"id", text_row},
      {"uri", text_row},    {"HumanName", name_rows}, {"Address", address_rows}, {"CodeableConcept", concept_rows}};
  for (const Entry& entry : table)
    if (entry.datatype == datatype) return entry.make;
  return nullptr;
}

core::Result<core::Done> string_terms(const Asked& asked, std::string_view value, Terms& out) {
  core::store::Term term;
  const std::string text = unescaped(value);
  if (asked.modifier == "exact") {
    term.compare = Compare::exactly;
    term.text = text;
  } else {
    term.compare = asked.modifier == "contains" ? Compare::contains : Compare::begins;
    term.value = folded(text);
    if (term.value.empty()) return bad_value(asked, value, "has no letter to search for");
  }
  out.push_back(std::move(term));
  return core::Done{};
}

}  // namespace fhir::search
