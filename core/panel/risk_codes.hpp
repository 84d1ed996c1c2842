// Comparing diagnosis codes as the risk rules say: ICD-10 and ICPC without the dot, by prefix, whatever the letter case;
// national variants the same way. Threads: pure functions.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

namespace core::panel {

constexpr std::string_view snomed_system = "http://snomed.info/sct";
constexpr std::string_view icd10_system = "http://hl7.org/fhir/sid/icd-10";
constexpr std::string_view icpc1_system = "http://hl7.org/fhir/sid/icpc-1";
constexpr std::string_view loinc_system = "http://loinc.org";

inline bool is_icd10(std::string_view system) { return system.find("/icd-10") != std::string_view::npos; }
inline bool is_icpc1(std::string_view system) { return system.find("/icpc-1") != std::string_view::npos; }

// Letters and digits only, upper case: "e11.65" -> "E1165", "N18.-" -> "N18".
inline std::string plain_code(std::string_view code) {
  std::string plain;
  for (const char c : code) {
    if (c >= 'a' && c <= 'z') plain += static_cast<char>(c - 'a' + 'A');
    else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) plain += c;
  }
  return plain;
}

inline bool code_below(std::string_view plain, std::string_view prefix) { return plain.substr(0, prefix.size()) == prefix; }

// The entry of the longest prefix of `plain` in the table, or nullptr.
template <class T>
const T* longest_prefix(const std::unordered_map<std::string, T>& table, std::string plain) {
  for (; !plain.empty(); plain.pop_back()) {
    if (const auto found = table.find(plain); found != table.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace core::panel
