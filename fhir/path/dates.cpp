#include <algorithm>
#include <cstdint>

#include "fhir/path/families.hpp"
#include "fhir/path/quantity.hpp"

namespace fhir::path::functions {
namespace {

using Part = Temporal::Part;

// A date, time or text of a date; anything else has no parts.
std::optional<Temporal> temporal(const Call& call) {
  const auto item = call.input_value();
  if (!item) return std::nullopt;
  return item->kind == Item::Kind::string ? datetime_from(item->text) : temporal_of(*item);
}

void part(const Call& call, Part wanted, int Temporal::*member, Collection& out) {
  const auto value = temporal(call);
  if (!value || value->precision < wanted || (value->is_time && wanted < Part::hour)) return;
  out.push_back(integer_item((*value).*member));
}

// The bounds of a decimal: half a unit of its last digit to either side.
std::optional<Decimal> bound(const Decimal& value, bool low, int places) {
  if (places < 0 || places > 28) return std::nullopt;
  const Decimal half = Decimal(5).shifted(-value.places() - 1);
  const auto edge = low ? value - half : value + half;
  if (!edge) return std::nullopt;
  if (edge->places() <= places) return edge;
  const Decimal scaled = edge->shifted(places);
  const Decimal whole = low ? scaled.floor() : scaled.ceiling();
  return whole.shifted(-places);
}

std::string with_places(const Decimal& value, int places) {  // trailing zeros to that many places
  std::string text = value.text();
  const auto point = text.find('.');
  std::size_t have = point == std::string::npos ? 0 : text.size() - point - 1;
  if (point == std::string::npos && places > 0) text += '.';
  for (; have < static_cast<std::size_t>(places); ++have) text += '0';
  return text;
}

void boundary(const Call& call, bool low, Collection& out) {
  const auto item = call.input_value();
  std::int64_t wanted = INT64_MIN;  // not given
  if (!call.failed() && call.count() > 0) wanted = call.whole(0).value_or(INT64_MIN);
  if (!item || call.failed()) return;
  if (is_temporal(*item)) {
    const int all = item->kind == Item::Kind::time ? 9 : item->kind == Item::Kind::date ? 8 : 17;
    const auto value = temporal_of(*item);
    const std::int64_t precision = wanted == INT64_MIN ? all : wanted;
    const auto result = value && precision > 0 && precision <= 17
                            ? path::boundary(*value, low, static_cast<int>(precision))
                            : std::nullopt;
    if (!result) return;
    const bool date = item->kind == Item::Kind::date && result->precision <= Part::day;
    return out.push_back(text_item(date                             ? Item::Kind::date
                                   : item->kind == Item::Kind::time ? item->kind
                                                                    : Item::Kind::datetime,
                                   text(*result)));
  }
  const auto number = number_of(*item);
  const auto places = static_cast<int>(wanted == INT64_MIN ? 8 : std::clamp<std::int64_t>(wanted, -1, 29));
  const auto result = number && places >= 0 && places <= 28 ? bound(*number, low, places) : std::nullopt;
  if (!result) return;
  Item shown = decimal_item(*result);
  shown.text = with_places(*result, places);
  if (item->kind == Item::Kind::quantity) {
    shown.kind = Item::Kind::quantity;
    shown.unit = item->unit, shown.calendar = item->calendar, shown.from_fhir = item->from_fhir;
  }
  out.push_back(std::move(shown));
}

}  // namespace

void low_boundary(const Call& call, Collection& out) { boundary(call, true, out); }
void high_boundary(const Call& call, Collection& out) { boundary(call, false, out); }

void precision(const Call& call, Collection& out) {
  const auto item = call.input_value();
  if (!item) return;
  if (const auto value = temporal_of(*item)) return out.push_back(integer_item(digits(*value)));
  if (const auto number = number_of(*item)) out.push_back(integer_item(number->places()));
}

void year_of(const Call& call, Collection& out) { part(call, Part::year, &Temporal::year, out); }
void month_of(const Call& call, Collection& out) { part(call, Part::month, &Temporal::month, out); }
void day_of(const Call& call, Collection& out) { part(call, Part::day, &Temporal::day, out); }
void hour_of(const Call& call, Collection& out) { part(call, Part::hour, &Temporal::hour, out); }
void minute_of(const Call& call, Collection& out) { part(call, Part::minute, &Temporal::minute, out); }
void second_of(const Call& call, Collection& out) { part(call, Part::second, &Temporal::second, out); }
void millisecond_of(const Call& call, Collection& out) { part(call, Part::millisecond, &Temporal::millisecond, out); }

void timezone_offset_of(const Call& call, Collection& out) {
  const auto value = temporal(call);
  if (!value || !value->zone) return;
  const auto hours = Decimal(*value->zone) / Decimal(60);
  if (hours) out.push_back(decimal_item(hours->places() == 0 ? *Decimal::from(hours->text() + ".0") : *hours));
}

void date_of(const Call& call, Collection& out) {
  auto value = temporal(call);
  if (!value || value->is_time) return;
  if (value->precision > Part::day) value->precision = Part::day;
  out.push_back(text_item(Item::Kind::date, text(*value)));
}

void time_of(const Call& call, Collection& out) {
  auto value = temporal(call);
  if (!value || value->is_time || value->precision < Part::hour) return;
  value->is_time = true;
  value->zone.reset();
  out.push_back(text_item(Item::Kind::time, text(*value)));
}

}  // namespace fhir::path::functions
