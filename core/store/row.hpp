// The index rows of one resource: what its search parameters extract, in a form that both a scan and an index can
// compare. Never: knows FHIR elements; it knows the nine kinds of value that a search can compare. Threads: plain
// values. Source: FHIR R4 search (3.1.1.4), parameter types.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace core::store {

enum class RowKind : std::uint8_t { token, string, reference, date, number, quantity, uri, composite };

// One value of one search parameter. Which fields are used depends on kind:
//   token      system (may be empty), value = code, text = display folded (for :text), note = identifier type
//   "system|code" (for :of-type);
//              CodeableConcept.text (Identifier.type.text) is a row of its own with empty system and value
//   string     value = folded (case and accents removed), text = exactly as stored (for :exact; empty: never matches
//   :exact) reference  system = target type ("Patient") or "" for an absolute, canonical or logical one, value = id or
//   absolute URL, note = version;
//              a Reference.identifier makes rows of their own with empty value and text = "system|value", "value",
//              "system|"; a reference that leads nowhere ("#contained", display only) is a row too, so that :missing
//              tells the truth
//   date       from/to = half-open span [from, to) in ms; open ends are INT64_MIN / INT64_MAX
//   number     low = high = the value (of a Range: its ends, open ends are -inf / +inf); of a place: latitude and
//   longitude quantity   low, high as for number, as stored; system and value = unit system and code, text = unit; when
//   low = high and the
//              unit is known: canonical = value in UCUM base units, note = canonical unit code, else note is empty
//   uri        value (a canonical with version gives two rows: with and without it)
//   composite  parts = the components, in the order of the definition
struct Row {
  std::string param;  // the parameter's code, e.g. "birthdate"
  RowKind kind = RowKind::token;
  std::string system, value, text, note;
  double low = 0, high = 0, canonical = 0;
  std::int64_t from = 0, to = 0;
  std::vector<Row> parts;
};

using Rows = std::vector<Row>;

}  // namespace core::store
