#include <boost/test/unit_test.hpp>

#include "core/population/fact.hpp"

namespace {

using namespace core;
using namespace core::population;

Digest sample() {
  Digest digest;
  Person person;
  person.id = "Patient/1";
  person.birth = -12'345;
  person.sex = 'f';
  person.deceased = no_day;
  person.active = false;
  person.practitioners = {"Practitioner/a", "Practitioner/b"};
  person.identifiers = {{"http://fhir.nl/fhir/NamingSystem/bsn", "123456782"}};
  person.postal_code = "2333 ZA";
  digest.person = person;
  digest.subject = "Patient/1";
  Fact fact;
  fact.kind = FactKind::observation;
  fact.state = State::preliminary;
  fact.codes = {{"http://loinc.org", "4548-4"}, {"urn:local", "HBA1C"}};
  fact.answers = {{"http://loinc.org", "LA33-6"}};
  fact.about = {{"http://snomed.info/sct", "44054006"}};
  fact.links = {"Condition/7"};
  fact.start = 19'000;
  fact.end = 19'001;
  fact.day_exact = false;
  fact.value = 7.25;
  fact.unit = "%";
  fact.owner = "Organization/x";
  digest.facts = {fact, Fact{}};
  digest.provider = "Practitioner/a";
  digest.service_provider = "Organization/x";
  return digest;
}

BOOST_AUTO_TEST_SUITE(population_digest)

BOOST_AUTO_TEST_CASE(a_digest_comes_back_whole) {
  const auto bytes = encode(sample());
  const auto back = decode(bytes);
  BOOST_REQUIRE(back.has_value());
  const auto& fact = back->facts.at(0);
  BOOST_TEST((fact.kind == FactKind::observation && fact.state == State::preliminary));
  BOOST_TEST((fact.codes == sample().facts[0].codes && fact.answers == sample().facts[0].answers));
  BOOST_TEST((fact.about == sample().facts[0].about && fact.links == sample().facts[0].links));
  BOOST_TEST(fact.start == 19'000);
  BOOST_TEST(fact.end == 19'001);
  BOOST_TEST(!fact.day_exact);
  BOOST_TEST(fact.value.value() == 7.25);
  BOOST_TEST(fact.unit == "%");
  BOOST_TEST(fact.owner == "Organization/x");
  BOOST_TEST(back->facts.at(1).start == no_day);
  BOOST_TEST(back->facts.at(1).end == open_end);
  BOOST_TEST(!back->facts.at(1).value.has_value());
  BOOST_TEST(back->person->birth == -12'345);
  BOOST_TEST(back->person->deceased == no_day);
  BOOST_TEST(back->person->sex == 'f');
  BOOST_TEST(!back->person->active);
  BOOST_TEST(back->person->practitioners.at(1) == "Practitioner/b");
  BOOST_TEST((back->person->identifiers == sample().person->identifiers));
  BOOST_TEST(encode(*back) == bytes);
}

BOOST_AUTO_TEST_CASE(a_usual_result_takes_few_bytes) {
  Digest digest;
  digest.subject = "Patient/1";
  Fact fact;
  fact.kind = FactKind::observation;
  fact.codes = {{"http://loinc.org", "4548-4"}};
  fact.start = 19'000;
  fact.value = 7;
  fact.unit = "%";
  digest.facts = {fact};
  BOOST_TEST(encode(digest).size() <= 48u);
}

BOOST_AUTO_TEST_CASE(cut_off_bytes_are_no_digest) {
  const auto bytes = encode(sample());
  for (std::size_t n = 0; n < bytes.size(); ++n) BOOST_TEST(!decode(std::string_view(bytes).substr(0, n)).has_value());
  BOOST_TEST(!decode(bytes + "x").has_value());
}

BOOST_AUTO_TEST_CASE(another_version_is_no_digest) {
  auto bytes = encode(sample());
  bytes[0] = 99;
  BOOST_TEST(!decode(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(changed_bytes_never_crash_and_what_is_read_can_be_written_again) {
  const auto bytes = encode(sample());
  std::uint64_t state = 42;
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto changed = bytes;
    for (int i = 0; i < 3; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      changed[(state >> 33) % changed.size()] = static_cast<char>(state >> 25);
    }
    if (const auto digest = decode(changed))
      BOOST_TEST(decode(encode(*digest)).has_value());
    else
      ++refused;
  }
  BOOST_TEST(refused > 1'000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
