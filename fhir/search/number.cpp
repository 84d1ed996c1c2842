// Search parameters of type number: decimals and whole numbers, compared with the precision that the searched one is
// written in.
#include <limits>

#include "fhir/search/type.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

using core::store::Row;
using core::store::Rows;

void number_row(const Maker& maker, const json::Value& value, Rows& rows) {
  const auto number = decimal_from(value.text());
  if (!number) return;
  Row& row = maker.row(rows);
  row.low = row.high = *number;
}

void range_row(const Maker& maker, const json::Value& value, Rows& rows) {
  const auto low = decimal_from(value["low"].text("value")), high = decimal_from(value["high"].text("value"));
  if (!low && !high) return;
  Row& row = maker.row(rows);
  row.low = low.value_or(-std::numeric_limits<double>::infinity());
  row.high = high.value_or(std::numeric_limits<double>::infinity());
}

}  // namespace

Maker::Make number_maker(std::string_view datatype) {
  if (datatype == "decimal" || datatype == "integer" || datatype == "positiveInt" || datatype == "unsignedInt")
    return number_row;
  if (datatype == "Range") return range_row;
  return nullptr;
}

core::Result<core::Done> number_terms(const Asked& asked, std::string_view value, Terms& out) {
  const auto prefix = prefixed(value);
  if (!prefix) return bad_value(asked, value, "begins with an unknown prefix: eq ne gt lt ge le sa eb ap are known");
  const auto number = number_from(prefix->rest);
  if (!number) return bad_value(asked, value, "is not a number");
  set_range(out.emplace_back(), prefix->compare, *number);
  return core::Done{};
}

}  // namespace fhir::search
