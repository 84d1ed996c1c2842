// Is a text a legal value of a FHIR primitive type? Hand-written, without regular expressions: linear, and no
// allocation. Never: knows an element. Threads: pure functions. Source: FHIR R4 datatypes (2.24.0.1), the patterns
// there, plus what patterns cannot say: days that exist, ranges of integers, groups of base64.
#pragma once
#include <string_view>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"

namespace fhir::validate {

struct PrimitiveRule {
  json::Kind kind;                       // of its value in JSON
  bool (*valid)(std::string_view text);  // of a string's characters or a number's literal
  std::string_view expected;             // in words: "a date YYYY, YYYY-MM or YYYY-MM-DD that exists"
};

const PrimitiveRule& rule_of(model::Primitive primitive);

}  // namespace fhir::validate
