#include "fhir/validate/pattern.hpp"

#include <algorithm>

namespace fhir::validate {

bool equals_fixed(const json::Value& value, const json::Value& fixed) { return json::equal(value, fixed); }

bool matches_pattern(const json::Value& value, const json::Value& pattern) {
  if (pattern.is_object()) {
    return value.is_object() &&
           std::all_of(pattern.members().begin(), pattern.members().end(), [&](const json::Member& member) {
             const json::Value* there = value.find(member.name);
             return there && matches_pattern(*there, member.value);
           });
  }
  if (pattern.is_array()) {
    const auto there = value.elements();
    return std::all_of(pattern.elements().begin(), pattern.elements().end(), [&](const json::Value& wanted) {
      return std::any_of(there.begin(), there.end(),
                         [&](const json::Value& found) { return matches_pattern(found, wanted); });
    });
  }
  return json::equal(value, pattern);
}

}  // namespace fhir::validate
