#include "fhir/search/value.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

namespace fhir::search {

using core::store::Compare;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == separator) {
      parts.push_back(text.substr(start, at - start));
      start = at + 1;
    }
  }
  parts.push_back(text.substr(start));
  return parts;
}

namespace {

constexpr std::string_view escapable = "\\,|$";

struct Prefix {
  std::string_view text;
  Compare compare;
};
constexpr Prefix prefixes[] = {
    {"eq", Compare::equal},        {"ne", Compare::not_equal},        {"gt", Compare::greater},
    {"lt", Compare::less},         {"ge", Compare::greater_or_equal}, {"le", Compare::less_or_equal},
    {"sa", Compare::starts_after}, {"eb", Compare::ends_before},      {"ap", Compare::approximately}};

bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The parts of a decimal's text: all its digits as one whole number, digits after the point, exponent.
struct Digits {
  bool negative = false, exponential = false;
  std::string whole;
  int fraction = 0;
  int exponent = 0;
};

std::optional<Digits> digits_from(std::string_view text) {
  Digits d;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) d.negative = text[at++] == '-';
  for (; at < text.size() && is_digit(text[at]); ++at) d.whole += text[at];
  if (at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && is_digit(text[at]); ++at, ++d.fraction) d.whole += text[at];
  }
  if (d.whole.empty() || d.whole.size() > 400) return std::nullopt;
  if (at == text.size()) return d;
  if ((text[at] | 32) != 'e') return std::nullopt;
  d.exponential = true;
  ++at;
  if (at < text.size() && text[at] == '+') ++at;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), d.exponent);
  if (error != std::errc() || end != text.data() + text.size() || d.exponent > 400 || d.exponent < -400)
    return std::nullopt;
  return d;
}

// whole * 10 + tenths, as text times 10^exponent: exact until the one rounding to double.
double near(const Digits& d, int tenths, int exponent) {
  std::int64_t whole = 0;
  std::from_chars(d.whole.data(), d.whole.data() + d.whole.size(), whole);
  const std::int64_t shifted = (d.negative ? -whole : whole) * 10 + tenths;
  return decimal_from(std::to_string(shifted) + 'e' + std::to_string(exponent - 1)).value_or(0);
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size() && escapable.find(text[at + 1]) != std::string_view::npos) ++at;
    out += text[at];
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (escapable.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::optional<Prefixed> prefixed(std::string_view text) {
  if (text.size() < 2 || !is_letter(text[0]) || !is_letter(text[1])) return Prefixed{Compare::equal, text};
  for (const Prefix& prefix : prefixes)
    if (text.substr(0, 2) == prefix.text) return Prefixed{prefix.compare, text.substr(2)};
  return std::nullopt;
}

std::optional<double> decimal_from(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool small = error == std::errc::result_out_of_range && std::abs(value) < 1;
  if ((error != std::errc() && !small) || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<Number> number_from(std::string_view text) {
  const auto digits = digits_from(text);
  const auto value = digits ? decimal_from(text) : std::nullopt;
  if (!value) return std::nullopt;
  Number number{*value, *value, *value};
  // Half a unit of the last digit written. With an exponent at least two significant digits are taken as meant: 1e2 is
  // [95, 105).
  int last = digits->exponent - digits->fraction;
  int half = 5;
  const std::size_t zeros = digits->whole.find_first_not_of('0');
  const std::size_t significant = zeros == std::string::npos ? 0 : digits->whole.size() - zeros;
  Digits scaled = *digits;
  if (digits->exponential && significant == 1) {
    scaled.whole += '0';
    --last;
  }
  if (significant <= 16) {
    number.low = near(scaled, -half, last);
    number.high = near(scaled, half, last);
  }
  if (!(number.low < number.high)) number.high = std::nextafter(number.low, INFINITY);
  return number;
}

void set_range(core::store::Term& term, Compare compare, const Number& number) {
  term.compare = compare;
  switch (compare) {
    case Compare::equal:
    case Compare::not_equal:
      term.low = number.low;
      term.high = number.high;
      break;
    case Compare::approximately: {
      const double tenth = std::abs(number.value) / 10;
      term.low = std::min(number.low, number.value - tenth);
      term.high = std::max(number.high, number.value + tenth);
      break;
    }
    default: term.low = term.high = number.value;
  }
}

}  // namespace fhir::search
