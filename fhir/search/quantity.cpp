// Search parameters of type quantity: a value with its unit, as stored and, for UCUM units, in base units: 1 g is 1000
// mg.
#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <map>
#include <optional>

#include "fhir/path/ucum.hpp"
#include "fhir/search/type.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::store::Row;
using core::store::Rows;
using core::store::Term;

constexpr std::string_view ucum = "http://unitsofmeasure.org", currencies = "urn:iso:std:iso:4217";
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Unit {
  double numerator = 1, denominator = 1, offset = 0;
  std::string code;  // base units

  // Rounded to 15 significant digits, so that equal amounts are equal numbers whatever unit they came in.
  double value(double given) const {
    const double exact = (given + offset) * numerator / denominator;
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, exact, std::chars_format::scientific, 14).ptr;
    double rounded = exact;
    std::from_chars(text, end, rounded);
    return rounded;
  }
};

std::optional<Unit> unit_from(std::string_view code) {
  const auto canonical = path::canonical(code);
  if (!canonical || canonical->special) return std::nullopt;
  return Unit{canonical->numerator.to_double(), canonical->denominator.to_double(), canonical->offset.to_double(),
              canonical->unit};
}

// Unit codes repeat by the million, so what they are worth is remembered: one table for each thread, bounded.
const Unit* base_unit(std::string_view system, std::string_view code) {
  if (system != ucum || code.empty()) return nullptr;
  thread_local std::map<std::string, std::optional<Unit>, std::less<>> known;
  constexpr std::size_t most = 2000;
  auto found = known.find(code);
  if (found == known.end()) {
    if (known.size() >= most) known.clear();
    found = known.emplace(code, unit_from(code)).first;
  }
  return found->second ? &*found->second : nullptr;
}

Row& unit_row(const Maker& maker, const json::Value& quantity, Rows& rows) {
  Row& row = maker.row(rows);
  row.system = quantity.text("system");
  row.value = quantity.text("code");
  row.text = quantity.text("unit");
  return row;
}

void quantity_row(const Maker& maker, const json::Value& value, Rows& rows) {
  const auto number = decimal_from(value.text("value"));
  if (!number) return;
  Row& row = unit_row(maker, value, rows);
  row.low = row.high = *number;
  const std::string_view comparator = value.text("comparator");  // "<5" is all that lies below
  if (!comparator.empty()) {
    (comparator[0] == '<' ? row.low : row.high) = comparator[0] == '<' ? -infinity : infinity;
    return;
  }
  const Unit* unit = base_unit(row.system, row.value);
  if (unit == nullptr) return;
  row.canonical = unit->value(*number);
  row.note = unit->code;
}

void money_row(const Maker& maker, const json::Value& value, Rows& rows) {
  const auto number = decimal_from(value.text("value"));
  if (!number) return;
  Row& row = maker.row(rows);
  row.low = row.high = *number;
  row.value = value.text("currency");
  if (!row.value.empty()) row.system = currencies;
}

void range_row(const Maker& maker, const json::Value& value, Rows& rows) {
  const json::Value &low = value["low"], &high = value["high"];
  const auto from = decimal_from(low.text("value")), to = decimal_from(high.text("value"));
  if (!from && !to) return;
  Row& row = unit_row(maker, from ? low : high, rows);
  row.low = from.value_or(-infinity);
  row.high = to.value_or(infinity);
}

// The lowest and the highest of the samples; E, U and L (error, above, below the limits) are not numbers.
void sampled_row(const Maker& maker, const json::Value& value, Rows& rows) {
  const double factor = decimal_from(value.text("factor")).value_or(1);
  const double origin = decimal_from(value["origin"].text("value")).value_or(0);
  double low = infinity, high = -infinity;
  for (const std::string_view sample : split(value.text("data"), ' ')) {
    const auto number = decimal_from(sample);
    if (!number) continue;
    low = std::min(low, origin + *number * factor);
    high = std::max(high, origin + *number * factor);
  }
  if (low > high) return;
  Row& row = unit_row(maker, value["origin"], rows);
  row.low = low;
  row.high = high;
}

}  // namespace

Maker::Make quantity_maker(std::string_view datatype) {
  struct Entry {
    std::string_view datatype;
    Maker::Make make;
  };
  static constexpr Entry table[] = {
      {"Quantity", quantity_row}, {"Money", money_row}, {"Range", range_row}, {"SampledData", sampled_row}};
  for (const Entry& entry : table)
    if (entry.datatype == datatype) return entry.make;
  return nullptr;
}

core::Result<core::Done> quantity_terms(const Asked& asked, std::string_view value, Terms& out) {
  const auto parts = split(value, '|');
  if (parts.size() != 1 && parts.size() != 3)
    return bad_value(asked, value, "is not of the form number or number|system|code");
  const auto prefix = prefixed(parts[0]);
  if (!prefix) return bad_value(asked, value, "begins with an unknown prefix: eq ne gt lt ge le sa eb ap are known");
  const auto number = number_from(prefix->rest);
  if (!number) return bad_value(asked, value, "does not begin with a number");
  Term term;
  set_range(term, prefix->compare, *number);
  term.any_value = true;
  if (parts.size() == 3) {
    term.system = unescaped(parts[1]);
    term.value = unescaped(parts[2]);
    term.any_system = term.system.empty();
    term.any_value = term.value.empty();
  }
  if (const Unit* unit = base_unit(term.system, term.value)) {
    Term& base = out.emplace_back(term);
    base.canonical = true;
    base.note = unit->code;
    base.canonical_low = unit->value(term.low);
    base.canonical_high = unit->value(term.high);
  }
  out.push_back(std::move(term));  // values without base units (a Range, for example) are compared as they stand
  return core::Done{};
}

}  // namespace fhir::search
