// Search parameters of type uri: compared character by character; :below and :above along the path.
#include "fhir/search/type.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::store::Compare;
using core::store::Rows;
using core::store::Term;

void uri_row(const Maker& maker, const json::Value& value, Rows& rows) {
  if (!value.text().empty()) maker.row(rows).value = value.text();
}

void canonical_rows(const Maker& maker, const json::Value& value, Rows& rows) {
  uri_row(maker, value, rows);
  const std::size_t bar = value.text().rfind('|');
  if (bar != std::string_view::npos) maker.row(rows).value = value.text().substr(0, bar);
}

}  // namespace

Maker::Make uri_maker(std::string_view datatype) {
  if (datatype == "canonical") return canonical_rows;
  for (const std::string_view plain : {"uri", "url", "oid", "uuid", "string", "id", "code"})
    if (datatype == plain) return uri_row;
  return nullptr;
}

core::Result<core::Done> uri_terms(const Asked& asked, std::string_view value, Terms& out) {
  Term& term = out.emplace_back();
  term.value = unescaped(value);
  if (asked.modifier == "below") term.compare = Compare::begins;
  if (asked.modifier == "above") term.compare = Compare::above;
  return core::Done{};
}

}  // namespace fhir::search
