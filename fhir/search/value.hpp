// A searched value before its type gives it a meaning: alternatives, components, escapes, prefixes, and how precise a
// number is. Never: knows parameters or resources. Threads: pure functions. Source: FHIR R4 search 3.1.1.3
// (values), 3.1.1.4.5 (prefixes), 3.1.1.4.8 (number), 3.1.1.5.5 (escaping).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/query.hpp"

namespace fhir::search {

// Splits at each `separator` that no backslash escapes; the parts keep their escapes.
std::vector<std::string_view> split(std::string_view text, char separator);
// Takes the backslash from \, \| \$ \\ and leaves every other one alone.
std::string unescaped(std::string_view text);
std::string escaped(std::string_view text);

struct Prefixed {
  core::store::Compare compare = core::store::Compare::equal;
  std::string_view rest;
};
// Reads eq ne gt lt ge le sa eb ap. Nothing: two letters that are no prefix stand before the value.
std::optional<Prefixed> prefixed(std::string_view text);

// A decimal and the range it stands for: 100 is [99.5, 100.5), 100.00 is [99.995, 100.005), 1e2 is [95, 105).
struct Number {
  double value = 0, low = 0, high = 0;
};
std::optional<Number> number_from(std::string_view text);
std::optional<double> decimal_from(std::string_view text);

// Sets low and high of a number or quantity for what the prefix compares.
void set_range(core::store::Term& term, core::store::Compare compare, const Number& number);

}  // namespace fhir::search
