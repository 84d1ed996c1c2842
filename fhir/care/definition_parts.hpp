// Small readings that PlanDefinitions and ValueSets of the house's profile share. Private to fhir/care. Pure; threads: any.
// Source: profiles/README.md.
#pragma once
#include <charconv>
#include <string>
#include <string_view>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/json/json.hpp"
#include "fhir/validate/issue.hpp"

namespace fhir::care {

inline std::string definition(std::string_view name) { return std::string(house) + "/StructureDefinition/" + std::string(name); }

inline void fault(validate::Issues& issues, const std::string& where, const std::string& text) {
  issues.push_back({validate::Severity::error, "invalid", where, text, ""});
}

inline const json::Value& part(const json::Value& parts, std::string_view name) {
  static const json::Value none;
  const json::Value* found = extension(parts, name);
  return found ? *found : none;
}

inline double number_of(const json::Value& value) {
  double number = 0;
  const std::string_view text = value.text();
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace fhir::care
