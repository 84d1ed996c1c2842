// A ValueSet of the house's profile as a set of codes that rules speak of.
// Source: FHIR R4 ValueSet.compose; profiles/README.md.
#include "fhir/care/definition_parts.hpp"
#include "fhir/care/programme.hpp"

namespace fhir::care {

using core::gap::CodeSet;

namespace {

bool is_hierarchy_by_prefix(std::string_view system) {
  return system.find("icd-10") != std::string_view::npos || system.find("icpc") != std::string_view::npos ||
         system.find("whocc.no/atc") != std::string_view::npos;
}

void add_include(const json::Value& include, CodeSet& set, const std::string& where, validate::Issues& issues) {
  const std::string system(include.text("system"));
  for (const json::Value& each : include["concept"].elements()) {
    CodeSet::Entry entry{system, std::string(each.text("code")), false, {}};
    if (const json::Value* answer = extension(each, definition("answer"))) entry.answer = std::string(answer->text("valueCode"));
    set.entries.push_back(std::move(entry));
  }
  for (const json::Value& filter : include["filter"].elements()) {
    if (filter.text("op") != "is-a" || !is_hierarchy_by_prefix(system)) {
      fault(issues, where, "only the filter is-a on ICD-10, ICPC and ATC can be evaluated here");
      continue;
    }
    set.entries.push_back({system, std::string(filter.text("value")), true, {}});
  }
}

}  // namespace

CodeSet code_set_from(const json::Value& value_set, validate::Issues& issues) {
  CodeSet set;
  set.name = std::string(value_set.text("name"));
  set.url = std::string(value_set.text("url"));
  const std::string where = "ValueSet(" + (set.name.empty() ? set.url : set.name) + ")";
  if (set.name.empty()) fault(issues, where, "a value set that rules use needs a name");
  for (const json::Value& include : value_set["compose"]["include"].elements()) add_include(include, set, where, issues);
  for (const json::Value& each : value_set["extension"].elements()) {
    if (each.text("url") == definition("unit")) set.unit = std::string(each.text("valueCode"));
    if (each.text("url") == definition("unit-conversion"))
      set.conversions.push_back({std::string(part(each, "unit").text("valueCode")), number_of(part(each, "factor")["valueDecimal"]),
                                 number_of(part(each, "offset")["valueDecimal"])});
    if (each.text("url") != definition("evidence-rule")) continue;
    const std::string_view rule = each.text("valueCode");
    if (rule == "needs-value")
      set.needs_value = true;
    else if (rule == "lowest-of-day")
      set.lowest_of_day = true;
    else if (rule == "outside-hospital")
      set.outside_hospital = true;
    else
      fault(issues, where, "evidence-rule '" + std::string(rule) + "' is not one of needs-value, lowest-of-day, outside-hospital");
  }
  return set;
}

}  // namespace fhir::care
