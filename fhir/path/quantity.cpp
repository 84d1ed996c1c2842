#include "fhir/path/quantity.hpp"

#include <algorithm>
#include <array>

#include "fhir/path/ucum.hpp"

namespace fhir::path {
namespace {

struct Duration {
  std::string_view name, ucum;
  std::int64_t milliseconds;  // a month is 30 days, a year 365
};
constexpr std::array<Duration, 8> durations{{{"year", "a", 31'536'000'000},
                                             {"month", "mo", 2'592'000'000},
                                             {"week", "wk", 604'800'000},
                                             {"day", "d", 86'400'000},
                                             {"hour", "h", 3'600'000},
                                             {"minute", "min", 60'000},
                                             {"second", "s", 1000},
                                             {"millisecond", "ms", 1}}};

const Duration* calendar_unit(std::string_view word) {  // singular or plural
  for (const auto& unit : durations)
    if (word == unit.name || (word.size() == unit.name.size() + 1 && word.starts_with(unit.name) && word.back() == 's'))
      return &unit;
  return nullptr;
}

const Duration* ucum_duration(std::string_view code) {
  const auto found =
      std::find_if(durations.begin(), durations.end(), [&](const Duration& unit) { return unit.ucum == code; });
  return found == durations.end() ? nullptr : &*found;
}

bool is_long(const Duration* unit) { return unit && unit->milliseconds > 604'800'000; }  // year, month

// UCUM's years and months (Julian, tropical ...) are no calendar units.
bool is_ucum_long(std::string_view code) {
  return code == "a" || code == "mo" || code.starts_with("a_") || code.starts_with("mo_");
}

bool dimensionless(const Quantity& quantity, Decimal& number) {
  if (quantity.calendar) return false;
  if (quantity.unit == "1") return number = quantity.value, true;
  const auto unit = canonical(quantity.unit);
  if (!unit || unit->unit != "1" || unit->special) return false;
  number = unit->value(quantity.value);
  return true;
}

Decimal times(const Decimal& a, const Decimal& b) { return (a * b).value_or(Decimal()); }

std::optional<Common> both_calendar(const Quantity& a, const Quantity& b) {
  const Duration *ua = calendar_unit(a.unit), *ub = calendar_unit(b.unit);
  if (!ua || !ub) return std::nullopt;
  const bool months = is_long(ua) && is_long(ub);
  const auto size = [&](const Duration& unit) {
    return Decimal(months ? (unit.name == "year" ? 12 : 1) : unit.milliseconds);
  };
  const bool a_smaller = ua->milliseconds <= ub->milliseconds;
  const auto in_smaller = [&](const Decimal& value, const Duration& unit) {
    return (times(value, size(unit)) / size(a_smaller ? *ua : *ub)).value_or(Decimal());
  };
  return Common{a_smaller ? a.value : in_smaller(a.value, *ua), a_smaller ? in_smaller(b.value, *ub) : b.value,
                a_smaller ? a.unit : b.unit, true};
}

std::optional<Common> both_ucum(const Quantity& a, const Quantity& b) {
  if (a.unit == b.unit) return Common{a.value, b.value, a.unit, false};
  const auto ca = canonical(a.unit), cb = canonical(b.unit);
  if (!ca || !cb || ca->unit != cb->unit) return std::nullopt;
  const bool a_smaller = times(ca->numerator, cb->denominator) <= times(cb->numerator, ca->denominator);
  const auto moved = a_smaller ? converted(b.value, b.unit, a.unit) : converted(a.value, a.unit, b.unit);
  if (!moved) return std::nullopt;
  return Common{a_smaller ? a.value : *moved, a_smaller ? *moved : b.value, a_smaller ? a.unit : b.unit, false};
}

Quantity as_calendar(const Quantity& quantity) {
  const Duration* unit = ucum_duration(quantity.unit);
  return unit ? Quantity{quantity.value, std::string(unit->name), true, false} : quantity;
}

// A calendar duration of weeks or less, as UCUM.
std::optional<Quantity> as_ucum(const Quantity& quantity) {
  const Duration* unit = calendar_unit(quantity.unit);
  if (!unit || is_long(unit)) return std::nullopt;
  return Quantity{quantity.value, std::string(unit->ucum), false, false};
}

}  // namespace

std::optional<Quantity> quantity_of(const Item& item) {
  const auto number = number_of(item);
  if (!number) return std::nullopt;
  if (item.kind != Item::Kind::quantity) return Quantity{*number, "1", false, false};
  return Quantity{*number, item.unit, item.calendar, item.from_fhir};
}

Item item_from(const Quantity& quantity) {
  Item item = quantity_item(quantity.value, quantity.unit, quantity.calendar);
  item.from_fhir = quantity.from_fhir;
  return item;
}

std::optional<Common> common(const Quantity& a, const Quantity& b, Calendar calendar) {
  if (a.calendar == b.calendar) return a.calendar ? both_calendar(a, b) : both_ucum(a, b);
  const Quantity& ucum = a.calendar ? b : a;
  const bool read_as_calendar = (calendar == Calendar::alike || ucum.from_fhir) && ucum_duration(ucum.unit);
  if (read_as_calendar) return a.calendar ? both_calendar(a, as_calendar(b)) : both_calendar(as_calendar(a), b);
  const auto other = as_ucum(a.calendar ? a : b);
  if (!other || is_ucum_long(ucum.unit)) return std::nullopt;
  return a.calendar ? both_ucum(*other, b) : both_ucum(a, *other);
}

std::string_view duration_unit(const Quantity& quantity) {
  const Duration* unit = quantity.calendar ? calendar_unit(quantity.unit) : ucum_duration(quantity.unit);
  if (!unit || (is_long(unit) && !quantity.calendar && !quantity.from_fhir)) return {};
  return unit->name;
}

std::optional<Quantity> converted(const Quantity& quantity, std::string_view unit) {
  Quantity wanted{Decimal(1), std::string(unit), calendar_unit(unit) != nullptr, false};
  if (quantity.unit == unit && quantity.calendar == wanted.calendar) return quantity;
  Quantity from = quantity;
  if (from.calendar != wanted.calendar) {
    if (wanted.calendar && (from.from_fhir || !is_ucum_long(from.unit))) from = as_calendar(from);
    if (!wanted.calendar) {
      const auto ucum = as_ucum(from);
      if (!ucum || is_ucum_long(unit)) return std::nullopt;
      from = *ucum;
    }
    if (from.calendar != wanted.calendar) return std::nullopt;
  }
  if (!wanted.calendar) {
    const auto value = converted(from.value, from.unit, unit);
    return value ? std::optional(Quantity{*value, std::string(unit), false, false}) : std::nullopt;
  }
  const auto shared = both_calendar(from, wanted);
  const auto value = shared ? shared->a / shared->b : std::nullopt;
  return value ? std::optional(Quantity{*value, std::string(unit), true, false}) : std::nullopt;
}

std::optional<Quantity> quantity_from(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && std::string_view("+-.0123456789").find(text[end]) != std::string_view::npos) ++end;
  const auto value = Decimal::from(text.substr(0, end));
  if (!value) return std::nullopt;
  std::string_view unit = text.substr(end);
  while (!unit.empty() && (unit.front() == ' ' || unit.front() == '\t')) unit.remove_prefix(1);
  if (unit.empty()) return Quantity{*value, "1", false, false};
  if (unit.size() > 2 && unit.front() == '\'' && unit.back() == '\'') {
    unit = unit.substr(1, unit.size() - 2);
    if (unit.find('\'') != std::string_view::npos && !canonical(unit)) return std::nullopt;
    return Quantity{*value, std::string(unit), false, false};
  }
  return calendar_unit(unit) ? std::optional(Quantity{*value, std::string(unit), true, false}) : std::nullopt;
}

std::string text(const Quantity& quantity) {
  return quantity.value.text() + (quantity.calendar ? " " + quantity.unit : " '" + quantity.unit + "'");
}

bool is_scale(const Quantity& quantity) {
  const auto unit = quantity.calendar ? std::nullopt : canonical(quantity.unit);
  return unit && unit->special;
}

std::optional<Quantity> sum(const Quantity& a, const Quantity& b) {
  const auto shared = is_scale(a) || is_scale(b) ? std::nullopt : common(a, b);
  const auto value = shared ? shared->a + shared->b : std::nullopt;
  return value ? std::optional(Quantity{*value, shared->unit, shared->calendar, false}) : std::nullopt;
}

namespace {

std::string grouped(const std::string& unit) {
  return unit.find_first_of("./") == std::string::npos ? unit : "(" + unit + ")";
}

}  // namespace

std::optional<Quantity> product(const Quantity& a, const Quantity& b) {
  if (is_scale(a) || is_scale(b)) return std::nullopt;
  Decimal number;
  const bool number_right = dimensionless(b, number);
  if (number_right || dimensionless(a, number)) {
    Quantity result = number_right ? a : b;
    const auto value = result.value * number;
    if (value) result.value = *value;
    return value ? std::optional(result) : std::nullopt;
  }
  const auto value = a.value * b.value;
  if (a.calendar || b.calendar || !value || !canonical(a.unit) || !canonical(b.unit)) return std::nullopt;
  return Quantity{*value, a.unit + "." + grouped(b.unit), false, false};
}

std::optional<Quantity> quotient(const Quantity& a, const Quantity& b) {
  if (is_scale(a) || is_scale(b) || b.value.is_zero()) return std::nullopt;
  Decimal number;
  if (dimensionless(b, number)) {
    Quantity result = a;
    const auto value = a.value / number;
    if (value) result.value = *value;
    return value ? std::optional(result) : std::nullopt;
  }
  const auto ca = canonical(a.unit), cb = canonical(b.unit);
  if (a.calendar || b.calendar || !ca || !cb) return std::nullopt;
  if (ca->unit == cb->unit) {
    const auto above = times(a.value, ca->numerator) * cb->denominator,
               below = times(b.value, cb->numerator) * ca->denominator;
    const auto value = above && below ? *above / *below : std::nullopt;
    return value ? std::optional(Quantity{*value, "1", false, false}) : std::nullopt;
  }
  const auto value = a.value / b.value;
  return value ? std::optional(Quantity{*value, a.unit + "/" + grouped(b.unit), false, false}) : std::nullopt;
}

}  // namespace fhir::path
