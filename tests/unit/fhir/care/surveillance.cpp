// The three bells agree: what follows changes and what passes days leave nothing for a sweep, nor for a fresh start, to do.
#include "fhir/care/surveillance.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <random>

#include "core/population/synth.hpp"
#include "fhir/care/synthetic.hpp"
#include "tests/unit/fhir/care/house.hpp"

namespace {

using fhir::care::test::House;
namespace json = fhir::json;

std::vector<std::string> kinds_since(House& house, core::store::Sequence since) {
  std::vector<std::string> all;
  const auto snapshot = fhir::care::test::must(house.store->snapshot());
  for (const auto& change : fhir::care::test::must(snapshot->changes(since, 100))) {
    const auto record = fhir::care::test::must(snapshot->read(change.key));
    all.push_back(change.key.type + "/" + change.key.id + " " + (record ? std::string(record->body) : std::string()));
  }
  return all;
}

bool check_nothing_left(House& house, core::Day day) {
  const auto before = house.store->last();
  house.sweep();
  if (house.store->last() == before) return true;
  for (const std::string& each : kinds_since(house, before)) BOOST_TEST_MESSAGE("a sweep on " + core::text(day) + " still wrote " + each);
  BOOST_TEST(house.store->last() == before);
  return false;
}

void put_synthetic(House& house, std::uint64_t seed, std::uint64_t index) {
  for (const auto& resource : core::population::synth_person(seed, index, house.clock.day)) {
    const json::Document document = fhir::care::resource_from(resource);
    const auto response = house.call("PUT", "/" + resource.key, json::write(document.root()));
    BOOST_REQUIRE_MESSAGE(response.status < 300, resource.key << " " << (response.body ? *response.body : ""));
  }
}

BOOST_AUTO_TEST_SUITE(care_surveillance)

BOOST_AUTO_TEST_CASE(following_changes_and_passing_days_leave_nothing_for_a_sweep) {
  const bool all = std::getenv("PANELBRIDGE_LONG") != nullptr;
  const std::uint64_t people = all ? 100 : 6;
  const int days = all ? 1'096 : 60;
  House house;
  house.clock.day = *core::day_from("2024-03-01");
  for (std::uint64_t i = 0; i < people; ++i) put_synthetic(house, 7, i);
  house.follow();
  check_nothing_left(house, house.clock.day);
  std::mt19937 random(42);
  for (int day = 0; day < days; ++day) {
    house.pass_to(house.clock.day + 1);
    if (random() % 4 == 0) {
      const auto resources = core::population::synth_person(8, random() % people, house.clock.day);
      auto resource = resources[1 + random() % (resources.size() - 1)];  // a new fact for somebody, about some day before
      const json::Document document = fhir::care::resource_from(resource);
      BOOST_REQUIRE(house.call("PUT", "/" + resource.key, json::write(document.root())).status < 300);
      house.follow();
    }
    if (day % (all ? 13 : 5) == 0 && !check_nothing_left(house, house.clock.day)) return;
  }
  const auto before = house.store->last();
  house.wake();  // a fresh start finds everything as it is
  BOOST_TEST(house.store->last() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
