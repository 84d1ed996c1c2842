// Whole numbers of 256 bits, just enough for a product of two Wides or an aligned sum. Internal to decimal.cpp.
// Never: checks for overflow; the callers keep to 76 digits. Threads: plain values. Source: schoolbook arithmetic.
#pragma once
#include <array>
#include <compare>
#include <cstdint>

#include "fhir/path/decimal.hpp"

namespace fhir::path {

inline constexpr int most_digits = 38;  // what a Wide always holds
inline constexpr std::uint64_t ten19 = 10'000'000'000'000'000'000ULL;

inline Wide power_of_ten(int exponent) {
  Wide result = 1;
  while (exponent-- > 0) result *= 10;
  return result;
}

inline int length_of(Wide value) {
  int count = 0;
  for (; value >= ten19; value /= ten19) count += 19;
  for (; value != 0; value /= 10) ++count;
  return count;
}

struct Broad {
  std::array<std::uint64_t, 4> limb{};  // least first

  static Broad from(Wide value) {
    return {{static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64), 0, 0}};
  }
  Wide wide() const { return (static_cast<Wide>(limb[1]) << 64) | limb[0]; }
  bool fits() const { return limb[2] == 0 && limb[3] == 0 && wide() < power_of_ten(most_digits); }

  void multiply(std::uint64_t factor) {
    Wide carry = 0;
    for (auto& part : limb) {
      carry += static_cast<Wide>(part) * factor;
      part = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
  }

  std::uint64_t divide(std::uint64_t divisor) {  // returns the remainder
    Wide rest = 0;
    for (std::size_t i = limb.size(); i-- > 0;) {
      rest = (rest << 64) | limb[i];
      limb[i] = static_cast<std::uint64_t>(rest / divisor);
      rest %= divisor;
    }
    return static_cast<std::uint64_t>(rest);
  }

  void scale(int exponent) {  // times 10^exponent
    for (; exponent >= 19; exponent -= 19) multiply(ten19);
    multiply(static_cast<std::uint64_t>(power_of_ten(exponent)));
  }

  void add(const Broad& other) {
    Wide carry = 0;
    for (std::size_t i = 0; i < limb.size(); ++i) {
      carry += static_cast<Wide>(limb[i]) + other.limb[i];
      limb[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
  }

  void subtract(const Broad& other) {  // *this >= other
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < limb.size(); ++i) {
      const Wide taken = static_cast<Wide>(other.limb[i]) + borrow;
      borrow = taken > limb[i] ? 1 : 0;
      limb[i] = static_cast<std::uint64_t>(limb[i] - static_cast<std::uint64_t>(taken));
    }
  }

  std::strong_ordering operator<=>(const Broad& other) const {
    for (std::size_t i = limb.size(); i-- > 0;)
      if (limb[i] != other.limb[i]) return limb[i] <=> other.limb[i];
    return std::strong_ordering::equal;
  }
};

inline Broad product(Wide a, Wide b) {
  Broad high = Broad::from(a), low = Broad::from(a);
  low.multiply(static_cast<std::uint64_t>(b));
  high.multiply(static_cast<std::uint64_t>(b >> 64));
  low.add({{0, high.limb[0], high.limb[1], high.limb[2]}});
  return low;
}

}  // namespace fhir::path
