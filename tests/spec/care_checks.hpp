// Small comparisons that the expectations of a story share: what was wanted, what there was. Threads: pure.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json/json.hpp"
#include "tests/spec/care_words.hpp"
#include "tests/spec/care_world.hpp"

namespace spec::care {

inline const std::string house = "https://w3id.org/panelbridge/fhir";

inline void same(const std::string& what, const std::string& wanted, const std::string& got) {
  if (wanted != got) throw Failure(what + " is " + (got.empty() ? "nothing" : got) + ", expected " + wanted);
}

inline void contains(const std::string& what, const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) throw Failure(what + " is: " + (text.empty() ? "nothing" : text));
}

inline std::string code_in(const fhir::json::Value& element, std::string_view system) {
  for (const auto& coding : element["coding"].elements())
    if (coding.text("system") == system) return std::string(coding.text("code"));
  return {};
}

inline std::string unquoted(std::string_view text) {
  return std::string(text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2)
                                                                                   : text);
}

inline std::set<std::string> names_in(std::string text) {  // "a, b and c"
  for (std::size_t at; (at = text.find(" and ")) != std::string::npos;) text.replace(at, 5, ",");
  const std::vector<std::string> parts = split(text, ',');
  return {parts.begin(), parts.end()};
}

inline std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "nobody" : text;
}

}  // namespace spec::care
