// One line of a story about a person ("2023-05-10 result: HbA1c 51 mmol/mol") as a FHIR resource.
// Never: stores. Threads: pure.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spec::care {

struct Fact {
  std::string state;    // "preliminary", "refuted" ... or empty
  std::string kind;     // "result", "condition" ...
  std::string patient;  // "Patient/anna"
  std::string day;      // "2024-06-01"
  std::string body;     // what stands after the colon
};

// What a fact may refer to: "condition" -> "Condition/1", "doctor Vos" -> "Practitioner/doctor-vos"; a Failure when
// there is none.
using Lookup = std::function<std::string(std::string_view name)>;

struct Resource {
  std::string type, body;
};
Resource resource_from(const Fact& fact, const Lookup& lookup);
bool is_kind(std::string_view kind);
bool is_state(std::string_view state);
std::vector<std::string> states();                                      // longest first
std::string status_from(std::string_view kind, std::string_view word);  // "stopped" of a medicine -> its FHIR code

std::string json_string(std::string_view text);  // as JSON

}  // namespace spec::care
