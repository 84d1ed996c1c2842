#include "core/population/synth.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

namespace {

using namespace core;
using namespace core::population;

const Day today = *day_from("2024-06-30");

std::uint64_t fingerprint(std::uint64_t seed, std::uint64_t people) {
  std::uint64_t sum = 1469598103934665603u;
  for (std::uint64_t i = 0; i < people; ++i)
    for (const auto& [key, digest] : synth_person(seed, i, today))
      for (const char c : key + encode(digest)) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return sum;
}

BOOST_AUTO_TEST_SUITE(population_synth)

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_people_and_another_seed_others) {
  BOOST_TEST(fingerprint(1, 20) == fingerprint(1, 20));
  BOOST_TEST(fingerprint(1, 20) != fingerprint(2, 20));
}

BOOST_AUTO_TEST_CASE(everyone_has_sixty_facts_or_more_and_ids_of_their_own) {
  std::set<std::string> keys;
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::size_t facts = 0;
    for (const auto& [key, digest] : synth_person(3, i, today)) {
      BOOST_TEST(keys.insert(key.substr(key.find('/'))).second);
      facts += digest.facts.size();
      for (const auto& fact : digest.facts) BOOST_TEST((fact.start >= *day_from("1900-01-01") && fact.start <= today));
    }
    BOOST_TEST(facts >= 60u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
