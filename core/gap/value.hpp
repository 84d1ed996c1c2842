// What an expression gives. Never: more than two words. Threads: plain values.
#pragma once
#include <cstdint>

namespace core::gap {

// A number, a day or a truth (0 or 1), or nothing.
struct Value {
  double number = 0;
  std::int32_t row = -1;   // the fact it comes from
  bool present = false;
  bool at_least = false;   // a count that facts without usable day or value may raise
  std::int8_t slope = 0;   // how it moves with each passing day
  std::int8_t unused = 0;  // a Value is two full words: it is copied as such
  bool is_true() const { return present && number != 0; }
  bool is_false() const { return present && number == 0; }
};
inline Value of(double number, std::int32_t row = -1) { return {number, row, true, false, 0, 0}; }
inline Value of(bool truth, std::int32_t row = -1) { return of(truth ? 1.0 : 0.0, row); }

}  // namespace core::gap
