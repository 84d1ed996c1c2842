// Exact decimal numbers: up to 38 significant digits and a decimal exponent; 0.1 + 0.2 is 0.3, and 1.00 keeps its
// zeros. Never: passes through binary floating point, except where named (exp, ln, powers that are not whole). Threads:
// plain values, pure functions. Source: FHIRPath N1 sections 4.1.4 (28 digits at least), 6.6 (Math).
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fhir::path {

__extension__ typedef unsigned __int128 Wide;

class Decimal {
 public:
  Decimal() = default;
  Decimal(std::int64_t value);  // NOLINT: whole numbers are decimals
  static std::optional<Decimal> from(
      std::string_view text);  // [+-]digits[.digits][e[+-]digits]; nullopt: another form or too large
  static std::optional<Decimal> from(double value, int significant);

  std::string text() const;  // never an exponent
  double to_double() const;
  std::optional<std::int64_t> integer() const;  // when whole and in range

  bool is_zero() const { return digits_ == 0; }
  bool is_negative() const { return negative_ && digits_ != 0; }
  bool is_whole() const;
  int places() const { return scale_ > 0 ? scale_ : 0; }  // digits after the point, as written
  int significant_places() const;                         // the same, trailing zeros aside
  int significant_digits() const;                         // of the whole number

  Decimal negated() const;
  Decimal absolute() const;
  Decimal truncated() const { return shortened(0, Rounding::down); }
  Decimal floor() const;
  Decimal ceiling() const;
  Decimal rounded(int places) const { return shortened(places, Rounding::half_up); }  // half away from zero
  Decimal stripped() const;           // without trailing zeros after the point
  Decimal shifted(int places) const;  // times 10 to the power of places

  friend std::optional<Decimal> operator+(const Decimal& a, const Decimal& b);
  friend std::optional<Decimal> operator-(const Decimal& a, const Decimal& b) { return a + b.negated(); }
  friend std::optional<Decimal> operator*(const Decimal& a, const Decimal& b);
  friend std::optional<Decimal> operator/(const Decimal& a, const Decimal& b);  // nullopt by zero; 38 digits
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return std::is_eq(a <=> b); }

 private:
  enum class Rounding : unsigned char { down, half_up };
  Decimal shortened(int places, Rounding rounding) const;
  int length() const;  // digits of digits_

  bool negative_ = false;
  int scale_ = 0;  // value = digits_ / 10^scale_
  Wide digits_ = 0;
};

}  // namespace fhir::path
