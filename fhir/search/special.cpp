// Search parameters of type special: Location.near, all within a distance of a place. (_filter is filter.cpp.)
// Source: FHIR R4 Location search: latitude|longitude|distance|units.
#include <cmath>

#include "fhir/path/ucum.hpp"
#include "fhir/search/type.hpp"
#include "fhir/search/value.hpp"

namespace fhir::search {
namespace {

constexpr double usual_distance = 50'000;  // metres, when the search names none

void position_row(const Maker& maker, const json::Value& value, core::store::Rows& rows) {
  const auto latitude = decimal_from(value.text("latitude")), longitude = decimal_from(value.text("longitude"));
  if (!latitude || !longitude) return;
  core::store::Row& row = maker.row(rows);
  row.low = *latitude;
  row.high = *longitude;
}

std::optional<double> metres(double distance, std::string_view unit) {
  const auto known = path::canonical(unit);
  if (!known || known->unit != "m" || known->special) return std::nullopt;
  return distance * known->factor();
}

}  // namespace

Maker::Make special_maker(std::string_view datatype) { return datatype == "BackboneElement" ? position_row : nullptr; }

core::Result<core::Done> special_terms(const Asked& asked, std::string_view value, Terms& out) {
  const auto parts = split(value, '|');
  if (parts.size() < 2 || parts.size() > 4)
    return bad_value(asked, value, "is not of the form latitude|longitude|distance|units");
  const auto latitude = decimal_from(parts[0]), longitude = decimal_from(parts[1]);
  if (!latitude || !longitude || std::abs(*latitude) > 90 || std::abs(*longitude) > 180)
    return bad_value(asked, value, "does not begin with a latitude (-90 to 90) and a longitude (-180 to 180)");
  core::store::Term& term = out.emplace_back();
  term.compare = core::store::Compare::within;
  term.low = *latitude;
  term.high = *longitude;
  term.distance = usual_distance;
  if (parts.size() == 2 || parts[2].empty()) return core::Done{};
  const auto distance = decimal_from(parts[2]);
  if (!distance || *distance < 0) return bad_value(asked, value, "has a distance that is not a number of 0 or more");
  const auto in_metres = metres(*distance, parts.size() > 3 && !parts[3].empty() ? parts[3] : "km");
  if (!in_metres) return bad_value(asked, value, "has a unit that is no length in UCUM");
  term.distance = *in_metres;
  return core::Done{};
}

}  // namespace fhir::search
