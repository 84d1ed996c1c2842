#include "core/population/synth.hpp"
#include "core/population/synth_fill.hpp"

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

BOOST_AUTO_TEST_CASE(the_generated_people_stay_what_they_were) {
  BOOST_TEST(fingerprint(1, 300) == 292216031691383030u);
}

// Filled from numbers, by several makers in any order, the population is what loading every resource makes of it.
BOOST_AUTO_TEST_CASE(filled_at_once_the_population_stands_as_if_loaded) {
  constexpr std::uint64_t people = 700, seed = 5;
  CodeSet pressure{"SBP", "", {{"http://loinc.org", "8480-6", false, {}}}, "mm[Hg]", {}, true, true, false};
  CodeSet diabetes{"DM", "", {{"http://snomed.info/sct", "44054006", false, {}}}, "", {}, false, false, false};
  CodeSet housing{"HOUSING", "", {{"http://loinc.org", "71802-3", false, "LA30190-5"}}, "", {}, false, false, false};
  const Vocabulary words({pressure, diabetes, housing});
  Population loaded(words), filled(words);
  for (std::uint64_t i = 0; i < people; ++i)
    for (const auto& [key, digest] : synth_person(seed, i, today)) loaded.load(key, digest);
  loaded.settle();
  SynthFill fill(filled, seed, today, people / 2);  // more come than it is told: the index grows on the way
  SynthFill::Maker one(fill), other(fill);
  for (std::uint64_t first = 0; first < people; first += 100) {
    auto early = one.make(first, first + 50);
    auto late = other.make(first + 50, first + 100);
    fill.add(std::move(early));
    fill.add(std::move(late));
  }
  BOOST_REQUIRE(loaded.end() == filled.end());
  BOOST_TEST(loaded.memory().facts == filled.memory().facts);
  ViewBuffer a, b;
  for (PersonId id = 0; id < loaded.end(); ++id) {
    const auto mine = filled.view(id, a), theirs = loaded.view(id, b);
    BOOST_REQUIRE(filled.is_person(id));
    BOOST_REQUIRE(mine.rows.size() == theirs.rows.size());
    BOOST_TEST((mine.birth == theirs.birth && mine.deceased == theirs.deceased && mine.sex == theirs.sex && mine.active == theirs.active));
    for (std::size_t row = 0; row < mine.rows.size(); ++row) {
      BOOST_REQUIRE((mine.rows[row].day == theirs.rows[row].day));
      const auto &my_class = filled.vocabulary()[mine.rows[row].klass], &their_class = loaded.vocabulary()[theirs.rows[row].klass];
      BOOST_REQUIRE((my_class.kind == their_class.kind && my_class.state == their_class.state));
      BOOST_REQUIRE((filled.vocabulary().codes(mine.rows[row].klass) == loaded.vocabulary().codes(theirs.rows[row].klass)));
      BOOST_REQUIRE((filled.vocabulary().answers(mine.rows[row].klass) == loaded.vocabulary().answers(theirs.rows[row].klass)));
      BOOST_REQUIRE((filled.vocabulary().unit(mine.rows[row].klass) == loaded.vocabulary().unit(theirs.rows[row].klass)));
      BOOST_REQUIRE(filled.source(mine, a, row) == loaded.source(theirs, b, row));
      if (my_class.kind != FactKind::encounter) {
        BOOST_REQUIRE(mine.rows[row].payload == theirs.rows[row].payload);
        continue;
      }
      BOOST_REQUIRE(end_of(mine.rows[row], my_class) == end_of(theirs.rows[row], their_class));
      BOOST_REQUIRE(filled.provider(mine.rows[row]).provider == loaded.provider(theirs.rows[row]).provider);
      BOOST_REQUIRE(filled.provider(mine.rows[row]).service_provider == loaded.provider(theirs.rows[row]).service_provider);
    }
    BOOST_TEST(filled.patient(id) == loaded.patient(id));
    BOOST_TEST(filled.practitioner(id) == loaded.practitioner(id));
    BOOST_TEST(filled.organization(id) == loaded.organization(id));
    BOOST_TEST(filled.postal_code(id) == loaded.postal_code(id));
    BOOST_TEST((filled.identifiers(id) == loaded.identifiers(id)));
  }
}

BOOST_AUTO_TEST_CASE(after_a_fill_changes_and_shared_identifiers_work_as_ever) {
  Population people{Vocabulary({})};
  SynthFill fill(people, 9, today, 20);
  SynthFill::Maker maker(fill);
  fill.add(maker.make(0, 20));
  Digest twin;
  twin.person.emplace();
  twin.person->id = "Patient/twin";
  twin.person->identifiers = people.identifiers(*people.find("Patient/257"));
  BOOST_TEST(people.fold("Patient/twin", twin).people.size() == 1u);
  BOOST_TEST((people.find("Patient/twin") == people.find("Patient/257")));
  ViewBuffer buffer;
  const auto before = people.view(0, buffer).rows.size();
  BOOST_REQUIRE(before > 0u);
  const auto source = people.source(people.view(0, buffer), buffer, 0);
  BOOST_TEST((people.remove(source).people == std::vector<PersonId>{0}));
  BOOST_TEST(people.view(0, buffer).rows.size() < before);
  // Who is there already is found when the others come.
  Population late{Vocabulary({})};
  twin.person->identifiers = {{"http://example.org/synth/person", "100000003"}};
  late.fold("Patient/twin", twin);
  SynthFill more(late, 9, today, 20);
  SynthFill::Maker again(more);
  more.add(again.make(0, 20));
  BOOST_TEST((late.find("Patient/twin") == late.find("Patient/769")));
  BOOST_TEST(late.memory().people == 20u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
