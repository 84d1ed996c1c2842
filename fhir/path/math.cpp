#include <cmath>

#include "fhir/path/arithmetic.hpp"
#include "fhir/path/families.hpp"
#include "fhir/path/quantity.hpp"

namespace fhir::path::functions {
namespace {

using Kind = Item::Kind;
constexpr int certain_digits = 16;  // of what is computed in binary floating point

std::optional<Item> number(const Call& call, bool or_quantity) {
  const Item* item = call.single();
  if (!item || !path::has_value(*item)) return std::nullopt;
  auto value = system_value(*item);
  if (value && (is_number(*value) || (or_quantity && value->kind == Kind::quantity))) return value;
  call.fail(call.node.text + "() needs a number");
  return std::nullopt;
}

// For each of abs, ceiling, floor, round, truncate: a Quantity keeps its unit; whole numbers stay what they are.
template <class Use>
void reshape(const Call& call, Collection& out, bool to_whole, Use use) {
  const auto item = number(call, true);
  const auto value = item ? number_of(*item) : std::nullopt;
  if (!value) return;
  const Decimal result = use(*value);
  if (item->kind == Kind::quantity) {
    auto quantity = *quantity_of(*item);
    quantity.value = result;
    return out.push_back(item_from(quantity));
  }
  if (!to_whole && item->kind == Kind::decimal) return out.push_back(decimal_item(result));
  if (auto converted = whole(item->kind == Kind::long_integer, result)) out.push_back(std::move(*converted));
}

void put(std::optional<Decimal> value, Collection& out) {
  if (value) out.push_back(decimal_item(*value));
}

long double wide(const Decimal& value) { return std::strtold(value.text().c_str(), nullptr); }

std::optional<Decimal> narrow(long double value) {
  return std::isfinite(value) ? Decimal::from(static_cast<double>(value), certain_digits) : std::nullopt;
}

std::optional<Decimal> whole_power(Decimal base, std::int64_t exponent) {  // exact as long as it fits
  if (exponent < 0) {
    const auto inverse = whole_power(base, -exponent);
    return inverse ? Decimal(1) / *inverse : std::nullopt;
  }
  std::optional<Decimal> result = Decimal(1);
  for (; exponent > 0 && result; exponent >>= 1) {
    if (exponent & 1) result = *result * base;
    if (exponent == 1) break;
    const auto square = base * base;
    if (!square) return std::nullopt;
    base = *square;
  }
  return result;
}

// Newton's method, exact where the root is.
std::optional<Decimal> root(const Decimal& value) {
  if (value.is_negative()) return std::nullopt;
  if (value.is_zero()) return Decimal();
  auto guess = Decimal::from(std::sqrt(value.to_double()), certain_digits);
  for (int i = 0; i < 3 && guess && !guess->is_zero(); ++i) {
    const auto other = value / *guess;
    const auto sum = other ? *guess + *other : std::nullopt;
    guess = sum ? *sum / Decimal(2) : std::nullopt;
  }
  return guess
             ? std::optional(guess->rounded(30 - std::max(0, guess->significant_digits() - guess->places())).stripped())
             : std::nullopt;
}

}  // namespace

void abs(const Call& call, Collection& out) {
  reshape(call, out, false, [](const Decimal& value) { return value.absolute(); });
}
void ceiling(const Call& call, Collection& out) {
  reshape(call, out, true, [](const Decimal& value) { return value.ceiling(); });
}
void floor(const Call& call, Collection& out) {
  reshape(call, out, true, [](const Decimal& value) { return value.floor(); });
}
void truncate(const Call& call, Collection& out) {
  reshape(call, out, true, [](const Decimal& value) { return value.truncated(); });
}

void round(const Call& call, Collection& out) {
  const auto places = call.count() > 0 ? call.whole(0) : std::nullopt;
  if (call.failed()) return;
  if (places && (*places < 0 || *places > 100)) return void(call.fail("round() takes a precision from 0 to 100"));
  reshape(call, out, false, [&](const Decimal& value) { return value.rounded(static_cast<int>(places.value_or(0))); });
}

void exp(const Call& call, Collection& out) {
  const auto item = number(call, false);
  const auto value = item ? number_of(*item) : std::nullopt;
  if (value) put(narrow(std::exp(wide(*value))), out);
}

void ln(const Call& call, Collection& out) {
  const auto item = number(call, false);
  const auto value = item ? number_of(*item) : std::nullopt;
  if (value && *value > Decimal()) put(narrow(std::log(wide(*value))), out);
}

void log(const Call& call, Collection& out) {
  const auto item = number(call, false);
  const auto by = call.failed() ? std::nullopt : call.value(0);
  const auto value = item ? number_of(*item) : std::nullopt;
  const auto base = by ? number_of(*by) : std::nullopt;
  if (!value || !base || *value <= Decimal() || *base <= Decimal()) return;
  put(narrow(std::log(wide(*value)) / std::log(wide(*base))), out);
}

void power(const Call& call, Collection& out) {
  const auto item = number(call, false);
  const auto by = call.failed() ? std::nullopt : call.value(0);
  const auto base = item ? number_of(*item) : std::nullopt;
  const auto exponent = by ? number_of(*by) : std::nullopt;
  if (!base || !exponent) return;
  if (!exponent->is_whole())
    return put(base->is_negative() ? std::nullopt : narrow(std::pow(wide(*base), wide(*exponent))), out);
  const auto times = exponent->integer();
  const auto result = times && *times > -100'000 && *times < 100'000 ? whole_power(*base, *times) : std::nullopt;
  if (!result) return;
  const bool integral = item->kind != Kind::decimal && by->kind != Kind::decimal && *times >= 0;
  if (!integral) return out.push_back(decimal_item(*result));
  if (auto converted = whole(item->kind == Kind::long_integer || by->kind == Kind::long_integer, *result))
    out.push_back(std::move(*converted));
}

void sqrt(const Call& call, Collection& out) {
  const auto item = number(call, false);
  const auto value = item ? number_of(*item) : std::nullopt;
  if (value) put(root(*value), out);
}

}  // namespace fhir::path::functions
