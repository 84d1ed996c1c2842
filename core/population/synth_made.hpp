// A synthetic person as the generator makes it: numbers and words of its own tables, before it becomes digests (synth.hpp) or rows
// of a population (synth_fill.hpp). Never: seen outside core/population and its tests. Threads: plain values; making is pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/population/fact.hpp"

namespace core::population {

inline constexpr std::string_view synth_identifier_system = "http://example.org/synth/person";

struct MadeFact {
  struct Code {
    const std::string* system = nullptr;
    const char* code = nullptr;
  };
  FactKind kind = FactKind::other;
  State state = State::valid;
  bool valued = false;
  Code code, answer;               // answer: no system when there is none
  Day start = no_day, end = open_end;
  double value = 0;
  const char* unit = nullptr;
  void set(double number, const char* of_unit) { valued = true, value = number, unit = of_unit; }
};

struct MadeResource {
  const char* type = nullptr;
  std::uint64_t id = 0;
  std::uint32_t first = 0, count = 0;  // of the person's facts
  bool names_provider = false;         // the person's practitioner and organisation
};

struct MadePerson {
  std::uint64_t index = 0, id = 0;
  Day birth = no_day, deceased = no_day;
  char sex = 'u';
  bool active = true, registered = true;  // registered: with a practitioner
  std::vector<MadeFact> facts;
  std::vector<MadeResource> resources;
};

void make_person(std::uint64_t seed, std::uint64_t index, Day today, MadePerson& out);

Fact fact_from(const MadeFact& made);
Person person_from(const MadePerson& made);
std::string practitioner_of(const MadePerson& made);
std::string organization_of(const MadePerson& made);

}  // namespace core::population
