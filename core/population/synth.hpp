// A reproducible synthetic population: by seed and index one person with at least 60 facts, medical and social, in realistic
// mixture (conditions by age, results, blood pressure, medicines, immunisations, questionnaires, encounters).
// The same seed gives the same people on every machine. Never: real data, a clock (today is a parameter).
// Threads: pure. Source of the shares: round numbers in the order of general practice; no statement about any population.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/population/fact.hpp"

namespace core::population {

struct SynthResource {
  std::string key;  // "Observation/17"; ids are numbers, a person's near each other
  Digest digest;
};

constexpr std::uint64_t synth_ids_per_person = 256;  // resource ids of person i lie in [i * 256 + 1, i * 256 + 255]
constexpr std::uint64_t synth_people_per_list = 2'000;

// The person first, then the resources that say the facts.
std::vector<SynthResource> synth_person(std::uint64_t seed, std::uint64_t index, Day today);

}  // namespace core::population
