#include "fhir/path/arithmetic.hpp"

#include <limits>

#include "fhir/path/quantity.hpp"

namespace fhir::path {
namespace {

using Kind = Item::Kind;

bool integral(const Item& item) { return item.kind == Kind::integer || item.kind == Kind::long_integer; }

// The result of two whole numbers: Long when one of them is.
std::optional<Item> whole_of(const Item& a, const Item& b, const std::optional<Decimal>& value) {
  return value ? whole(a.kind == Kind::long_integer || b.kind == Kind::long_integer, *value) : std::nullopt;
}

std::optional<Item> decimal_of(const std::optional<Decimal>& value) {
  return value ? std::optional(decimal_item(*value)) : std::nullopt;
}

Outcome numbers(char symbol, const Item& a, const Item& b) {
  const auto x = number_of(a), y = number_of(b);
  if (!x || !y) return {true, std::nullopt};
  const bool both_whole = integral(a) && integral(b);
  const auto result = [&](const std::optional<Decimal>& value) {
    return Outcome{true, both_whole ? whole_of(a, b, value) : decimal_of(value)};
  };
  if (symbol == '+') return result(*x + *y);
  if (symbol == '-') return result(*x - *y);
  if (symbol == '*') return result(*x * *y);
  const auto ratio = *x / *y;
  if (symbol == '/' || !ratio) return {true, decimal_of(ratio)};
  const Decimal times = ratio->truncated();
  if (symbol == 'd') return {true, both_whole ? whole_of(a, b, times) : whole(false, times)};
  const auto taken = times * *y;
  return result(taken ? *x - *taken : std::nullopt);
}

Outcome quantities(char symbol, const Item& a, const Item& b) {
  const auto x = quantity_of(a), y = quantity_of(b);
  if (!x || !y) return {};
  Quantity negative = *y;
  negative.value = y->value.negated();
  std::optional<Quantity> result;
  if (symbol == '+') result = sum(*x, *y);
  if (symbol == '-') result = sum(*x, negative);
  if (symbol == '*') result = product(*x, *y);
  if (symbol == '/') result = quotient(*x, *y);
  if (symbol == 'd' || symbol == 'm') {
    const auto shared = is_scale(*x) || is_scale(*y) ? std::nullopt : common(*x, *y);
    if (!shared) return {};
    Outcome outcome = numbers(symbol, decimal_item(shared->a), decimal_item(shared->b));
    if (!outcome.item || symbol == 'd') return outcome;
    const auto rest = number_of(*outcome.item);
    return {true, item_from({rest.value_or(Decimal()), shared->unit, shared->calendar, false})};
  }
  return {true, result ? std::optional(item_from(*result)) : std::nullopt};
}

Outcome moved(const Item& date, const Item& by, bool back) {
  const auto quantity = quantity_of(by);
  std::string_view unit = quantity ? duration_unit(*quantity) : std::string_view();
  const bool clock_only = date.kind == Kind::time;
  if (unit.empty() || (clock_only && (unit == "year" || unit == "month" || unit == "week" || unit == "day")))
    return {false, {}};
  Decimal amount = back ? quantity->value.negated() : quantity->value;
  if (unit == "second" && !amount.is_whole()) {  // only seconds may be a fraction
    amount = (amount * Decimal(1000)).value_or(amount);
    unit = "millisecond";
  }
  const auto count = amount.truncated().integer();
  const auto start = temporal_of(date);
  const auto result = count && start ? plus(*start, *count, unit) : std::nullopt;
  return {true, result ? std::optional(text_item(date.kind, text(*result))) : std::nullopt};
}

}  // namespace

std::optional<Item> whole(bool as_long, const Decimal& value) {
  const auto number = value.integer();
  if (!number) return std::nullopt;
  if (as_long) return long_item(*number);
  const bool fits =
      *number >= std::numeric_limits<std::int32_t>::min() && *number <= std::numeric_limits<std::int32_t>::max();
  return fits ? std::optional(integer_item(*number)) : std::nullopt;
}

Outcome compute(std::string_view symbol, const Item& a, const Item& b) {
  const char code = symbol[0];
  if (is_number(a) && is_number(b)) return numbers(code, a, b);
  const bool quantity_left = is_number(a) || a.kind == Kind::quantity,
             quantity_right = is_number(b) || b.kind == Kind::quantity;
  if (quantity_left && quantity_right) return quantities(code, a, b);
  if (code == '+' && a.kind == Kind::string && b.kind == Kind::string) return {true, string_item(a.text + b.text)};
  if ((code == '+' || code == '-') && is_temporal(a) && b.kind == Kind::quantity) return moved(a, b, code == '-');
  if (code == '+' && is_temporal(b) && a.kind == Kind::quantity) return moved(b, a, false);
  return {false, std::nullopt};
}

Outcome negated(const Item& item) {
  if (item.kind == Kind::quantity) {
    auto quantity = quantity_of(item);
    if (!quantity) return {};
    quantity->value = quantity->value.negated();
    return {true, item_from(*quantity)};
  }
  const auto number = number_of(item);
  if (!is_number(item) || !number) return {false, std::nullopt};
  if (item.kind != Kind::decimal) return {true, whole(item.kind == Kind::long_integer, number->negated())};
  const Decimal result = number->negated();
  const bool least = item.text == "2147483648";  // the one Integer whose opposite is none
  return {true, least ? integer_item(std::numeric_limits<std::int32_t>::min()) : decimal_item(result)};
}

}  // namespace fhir::path
