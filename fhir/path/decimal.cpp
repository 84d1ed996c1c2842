#include "fhir/path/decimal.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "fhir/path/broad.hpp"

namespace fhir::path {
namespace {

constexpr int most_scale = 400;  // exponents beyond are no numbers of health care

// Drops digits, the last one kept rounded half up, until 38 are left; the scale follows.
Wide fitted(Broad value, int& scale) {
  std::uint64_t dropped = 0;
  while (!value.fits()) {
    dropped = value.divide(10);
    --scale;
  }
  Wide result = value.wide();
  if (dropped >= 5) ++result;
  if (result == power_of_ten(most_digits)) result /= 10, --scale;
  return result;
}

}  // namespace

Decimal::Decimal(std::int64_t value)
    : negative_(value < 0), digits_(value < 0 ? static_cast<Wide>(-(value + 1)) + 1 : static_cast<Wide>(value)) {}

std::optional<Decimal> Decimal::from(std::string_view text) {
  Decimal result;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) result.negative_ = text[at++] == '-';
  bool point = false, any = false, full = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point && any && at + 1 < text.size() && text[at + 1] >= '0' && text[at + 1] <= '9') {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    full = full || result.digits_ >= power_of_ten(most_digits - 1);
    if (!full) {
      result.digits_ = result.digits_ * 10 + static_cast<unsigned>(c - '0');
      result.scale_ += point;
    } else if (!point) {
      --result.scale_;  // beyond 38 digits the rest is dropped
    }
  }
  if (!any) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const std::size_t first = ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    int exponent = 0;
    const std::size_t digits = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
      exponent = std::min(exponent * 10 + (text[at] - '0'), 100'000);
    if (at == digits) return std::nullopt;
    result.scale_ -= text[first] == '-' ? -exponent : exponent;
  }
  if (at != text.size()) return std::nullopt;
  if (result.digits_ == 0) result.scale_ = std::clamp(result.scale_, 0, most_digits);
  if (result.scale_ > most_scale || result.scale_ < -most_scale) return std::nullopt;
  return result;
}

std::optional<Decimal> Decimal::from(double value, int significant) {
  if (!std::isfinite(value)) return std::nullopt;
  char out[64];
  std::snprintf(out, sizeof out, "%.*e", significant - 1, value);
  auto result = from(std::string_view(out));
  return result ? std::optional(result->stripped()) : std::nullopt;
}

std::string Decimal::text() const {
  std::string digits;
  for (Wide rest = digits_; rest != 0; rest /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  if (digits.empty()) digits = "0";
  if (scale_ < 0 && digits_ != 0) digits.append(static_cast<std::size_t>(-scale_), '0');
  if (scale_ > 0) {
    const auto scale = static_cast<std::size_t>(scale_);
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - scale, 1, '.');
  }
  return is_negative() ? "-" + digits : digits;
}

double Decimal::to_double() const { return std::strtod((text()).c_str(), nullptr); }

bool Decimal::is_whole() const { return scale_ <= 0 || stripped().scale_ <= 0; }

std::optional<std::int64_t> Decimal::integer() const {
  const Decimal whole = truncated();
  if (!is_whole() || whole.length() - whole.scale_ > 19) return std::nullopt;
  const Wide value = whole.digits_ * power_of_ten(whole.scale_ < 0 && whole.digits_ != 0 ? -whole.scale_ : 0);
  constexpr Wide limit = static_cast<Wide>(INT64_MAX);
  if (is_negative()) {
    if (value > limit + 1) return std::nullopt;
    return -static_cast<std::int64_t>(value - 1) - 1;
  }
  return value <= limit ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
}

int Decimal::length() const { return length_of(digits_); }

int Decimal::significant_places() const { return stripped().places(); }

int Decimal::significant_digits() const { return std::max(1, length()); }

Decimal Decimal::negated() const {
  Decimal result = *this;
  result.negative_ = !negative_;
  return result;
}

Decimal Decimal::absolute() const {
  Decimal result = *this;
  result.negative_ = false;
  return result;
}

Decimal Decimal::shortened(int places, Rounding rounding) const {
  Decimal result = *this;
  if (scale_ <= places) return result;
  const int drop = scale_ - places;
  result.scale_ = places;
  if (drop > most_digits) {
    result.digits_ = 0;
    return result;
  }
  const Wide unit = power_of_ten(drop);
  const Wide rest = digits_ % unit;
  result.digits_ = digits_ / unit + (rounding == Rounding::half_up && rest >= unit - rest ? 1 : 0);
  return result;
}

Decimal Decimal::floor() const {
  const Decimal whole = truncated();
  return is_negative() && whole != *this ? *(whole - Decimal(1)) : whole;
}

Decimal Decimal::ceiling() const {
  const Decimal whole = truncated();
  return !is_negative() && whole != *this ? *(whole + Decimal(1)) : whole;
}

Decimal Decimal::stripped() const {
  Decimal result = *this;
  if (digits_ == 0) result.scale_ = 0;
  while (result.scale_ > 0 && result.digits_ % 10 == 0) {
    result.digits_ /= 10;
    --result.scale_;
  }
  return result;
}

Decimal Decimal::shifted(int places) const {
  Decimal result = *this;
  result.scale_ -= places;
  return result;
}

std::optional<Decimal> operator+(const Decimal& a, const Decimal& b) {
  if (a.digits_ == 0 && a.scale_ <= b.scale_) return b;
  if (b.digits_ == 0 && b.scale_ <= a.scale_) return a;
  const Decimal& fine = a.scale_ >= b.scale_ ? a : b;
  const Decimal& coarse = a.scale_ >= b.scale_ ? b : a;
  const int shift = fine.scale_ - coarse.scale_;
  if (shift > most_digits) return coarse.digits_ == 0 ? fine : coarse;  // 38 digits cannot show the smaller one
  Broad left = Broad::from(fine.digits_), right = Broad::from(coarse.digits_);
  right.scale(shift);
  Decimal sum;
  sum.scale_ = fine.scale_;
  sum.negative_ = left > right ? fine.negative_ : coarse.negative_;
  if (fine.negative_ == coarse.negative_) {
    left.add(right);
  } else if (left < right) {
    right.subtract(left);
    left = right;
  } else {
    left.subtract(right);
  }
  sum.digits_ = fitted(left, sum.scale_);
  if (sum.scale_ < -most_scale) return std::nullopt;
  return sum;
}

std::optional<Decimal> operator*(const Decimal& a, const Decimal& b) {
  Decimal result;
  result.negative_ = a.negative_ != b.negative_;
  result.scale_ = a.scale_ + b.scale_;
  result.digits_ = fitted(product(a.digits_, b.digits_), result.scale_);
  if (result.digits_ == 0) result.scale_ = std::clamp(result.scale_, 0, most_digits);
  if (result.scale_ < -most_scale) return std::nullopt;
  if (result.scale_ > most_scale) return Decimal();
  return result;
}

std::optional<Decimal> operator/(const Decimal& a, const Decimal& b) {
  if (b.digits_ == 0) return std::nullopt;
  if (a.digits_ == 0) return Decimal();
  const int shift = most_digits - 1 + b.length() - a.length();
  Decimal result;
  result.negative_ = a.negative_ != b.negative_;
  result.scale_ = a.scale_ - b.scale_ + shift;
  Broad numerator = Broad::from(a.digits_), divisor = Broad::from(b.digits_);
  if (shift >= 0) numerator.scale(shift);
  if (shift < 0) divisor.scale(-shift);
  Wide quotient = 0;
  Broad rest;
  for (int bit = 255; bit >= 0; --bit) {  // long division, one bit at a time
    rest.add(rest);
    const auto at = static_cast<std::size_t>(bit);
    rest.limb[0] |= (numerator.limb[at / 64] >> (at % 64)) & 1;
    quotient <<= 1;
    if (rest >= divisor) {
      rest.subtract(divisor);
      quotient |= 1;
    }
  }
  rest.add(rest);
  if (rest >= divisor) ++quotient;
  result.digits_ = fitted(Broad::from(quotient), result.scale_);
  result = result.stripped();
  while (result.scale_ < 0 && result.length() < most_digits) result.digits_ *= 10, ++result.scale_;
  if (result.scale_ < -most_scale) return std::nullopt;
  return result.scale_ > most_scale ? Decimal() : result;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const int sign_a = a.digits_ == 0 ? 0 : a.negative_ ? -1 : 1, sign_b = b.digits_ == 0 ? 0 : b.negative_ ? -1 : 1;
  if (sign_a != sign_b || sign_a == 0) return sign_a <=> sign_b;
  std::strong_ordering order = (a.length() - a.scale_) <=> (b.length() - b.scale_);
  if (std::is_eq(order)) {  // as many digits before the point: aligned they differ by less than 38 places
    Broad left = Broad::from(a.digits_), right = Broad::from(b.digits_);
    (a.scale_ < b.scale_ ? left : right).scale(std::abs(a.scale_ - b.scale_));
    order = left <=> right;
  }
  if (sign_a > 0 || std::is_eq(order)) return order;
  return std::is_lt(order) ? std::strong_ordering::greater : std::strong_ordering::less;
}

}  // namespace fhir::path
