#include "fhir/validate/binding.hpp"

#include <algorithm>
#include <vector>

namespace fhir::validate {
namespace {

std::string examples(const model::ValueSet& set) {
  constexpr std::size_t few = 12;
  std::vector<std::string_view> codes(set.codes.begin(), set.codes.end());
  std::sort(codes.begin(), codes.end());
  std::string out;
  for (std::size_t i = 0; i < codes.size() && i < few; ++i) out.append(i ? ", " : "").append(codes[i]);
  if (codes.size() > few) out += " ...";
  return out;
}

std::string sentence(const model::ValueSet& set, std::string_view system, std::string_view code) {
  std::string out = "the code \"";
  out.append(code.substr(0, 60)).append("\"");
  if (!system.empty()) out.append(" of system ").append(system.substr(0, 120));
  return out.append(" is not in the value set ")
      .append(set.url)
      .append(", which is required here: ")
      .append(examples(set));
}

bool in_set(const model::ValueSet& set, const json::Value& coding) {
  const std::string_view system = coding.text("system"), code = coding.text("code");
  return system.empty() ? set.codes.contains(code) : set.contains(system, code);
}

std::optional<std::string> outside_concept(const model::ValueSet& set, const json::Value& value) {
  const json::Value* wrong = nullptr;
  for (const json::Value& coding : value["coding"].elements()) {
    if (coding.text("code").empty()) continue;
    if (in_set(set, coding)) return std::nullopt;
    if (!wrong && set.has_system(coding.text("system"))) wrong = &coding;
  }
  if (!wrong) return std::nullopt;
  return sentence(set, wrong->text("system"), wrong->text("code"));
}

}  // namespace

std::optional<std::string> outside(const model::ValueSet& set, std::string_view type, const json::Value& value) {
  if (value.is_string()) {
    if (set.codes.contains(value.text())) return std::nullopt;
    return sentence(set, {}, value.text());
  }
  if (type == "CodeableConcept") return outside_concept(set, value);
  if (value.text("code").empty() || in_set(set, value)) return std::nullopt;
  if (type != "Coding" && !set.has_system(value.text("system")))
    return std::nullopt;  // Quantity: units of another system
  return sentence(set, value.text("system"), value.text("code"));
}

}  // namespace fhir::validate
