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

// Hands on to a store and remembers the largest batch.
class Watched final : public core::store::Store {
 public:
  Watched(std::unique_ptr<core::store::Store> store, std::size_t& largest) : store_(std::move(store)), largest_(largest) {}
  core::Result<std::unique_ptr<core::store::Snapshot>> snapshot() override { return store_->snapshot(); }
  core::Result<core::store::Committed> commit(core::store::Batch batch) override {
    largest_ = std::max(largest_, batch.ops.size());
    return store_->commit(std::move(batch));
  }
  core::store::Sequence last() const override { return store_->last(); }
  core::store::Sequence last(std::string_view type) const override { return store_->last(type); }
  void read_texts_with(core::store::TextReader reader) override { store_->read_texts_with(std::move(reader)); }
  core::Result<bool> lease(const std::string& name, const std::string& holder, core::Instant now, core::Instant until) override {
    return store_->lease(name, holder, now, until);
  }
  void on_commit(std::function<void(core::store::Sequence)> bell) override { store_->on_commit(std::move(bell)); }
  core::Result<core::Done> backup(const std::string& file) override { return store_->backup(file); }
  core::Result<std::vector<std::string>> check() override { return store_->check(); }

 private:
  std::unique_ptr<core::store::Store> store_;
  std::size_t& largest_;
};

BOOST_AUTO_TEST_SUITE(care_surveillance)

BOOST_AUTO_TEST_CASE(a_burst_of_new_people_is_decided_in_batches_that_let_others_write) {
  House house;
  std::size_t largest = 0;
  house.store = std::make_unique<Watched>(std::move(house.store), largest);
  house.wake();
  for (int i = 0; i < 60; ++i) {
    const std::string id = std::to_string(i);
    house.call("PUT", "/Patient/p" + id, R"({"resourceType":"Patient","id":"p)" + id + R"(","birthDate":"1950-02-03"})");
    house.call("PUT", "/Observation/o" + id, R"({"resourceType":"Observation","id":"o)" + id + R"(","status":"final","subject":{"reference":"Patient/p)" + id +
               R"("},"effectiveDateTime":"2026-11-20","code":{"coding":[{"system":"http://loinc.org","code":"55758-7"}]},"valueInteger":0})");
  }
  largest = 0;
  const auto before = house.store->last();
  house.follow();
  BOOST_TEST(house.store->last() - before > 1'000);  // Tasks, CarePlans, panels
  BOOST_TEST(largest > 0);
  BOOST_TEST(largest < 600);
  const json::Document closed = house.read("/Task?status=completed&_summary=count");  // nobody was decided before all of theirs was read
  BOOST_TEST(closed.root().text("total") == "0");
  check_nothing_left(house, house.clock.day);
}

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
