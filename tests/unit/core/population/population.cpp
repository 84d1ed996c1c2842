#include "core/population/population.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "core/gap/plan.hpp"
#include "tests/unit/core/gap/chance.hpp"

namespace {

using namespace testing;

struct Town {
  gap::Plan plan = *gap::Plan::compile(chance_sets());
  Population people{plan.vocabulary()};
  ViewBuffer buffer;

  Digest with_number(const std::string& id, const std::string& bsn) {
    auto digest = person(id, on("1960-01-01"));
    if (!bsn.empty()) digest.person->identifiers = {{"urn:bsn", bsn}};
    return digest;
  }
  std::size_t facts(const std::string& patient) { return people.view(*people.find(patient), buffer).rows.size(); }
};

const Fact diabetes = diagnosis("44054006", on("2020-01-01"));

BOOST_FIXTURE_TEST_SUITE(population_population, Town)

BOOST_AUTO_TEST_CASE(facts_wait_for_a_person_who_is_not_there_yet) {
  BOOST_TEST(people.fold("Condition/1", about("Patient/1", {diabetes})).people.empty());
  BOOST_TEST(!people.find("Patient/1").has_value());
  BOOST_TEST(people.memory().waiting == 1u);
  const auto touched = people.fold("Patient/1", person("Patient/1", on("1960-01-01")));
  BOOST_TEST(touched.people.size() == 1u);
  BOOST_TEST(facts("Patient/1") == 1u);
  BOOST_TEST(people.memory().waiting == 0u);
  people.remove("Patient/1");
  BOOST_TEST(!people.find("Patient/1").has_value());
  BOOST_TEST(people.memory().waiting == 1u);
}

BOOST_AUTO_TEST_CASE(a_resource_replaces_what_it_said_and_moves_with_its_subject) {
  people.fold("Patient/1", person("Patient/1", on("1960-01-01")));
  people.fold("Patient/2", person("Patient/2", on("1961-01-01")));
  people.fold("Condition/1", about("Patient/1", {diabetes}));
  people.fold("Condition/1", about("Patient/1", {diabetes, diabetes}));
  BOOST_TEST(facts("Patient/1") == 2u);
  const auto touched = people.fold("Condition/1", about("Patient/2", {diabetes}));
  BOOST_TEST(touched.people.size() == 2u);
  BOOST_TEST(facts("Patient/1") == 0u);
  BOOST_TEST(facts("Patient/2") == 1u);
  BOOST_TEST(people.remove("Condition/1").people.size() == 1u);
  BOOST_TEST(people.remove("Condition/1").people.empty());
  BOOST_TEST(facts("Patient/2") == 0u);
}

BOOST_AUTO_TEST_CASE(what_means_nothing_to_any_set_is_not_kept) {
  people.fold("Patient/1", person("Patient/1", on("1960-01-01")));
  people.fold("Condition/1", about("Patient/1", {diagnosis("123", on("2020-01-01"))}));
  BOOST_TEST(facts("Patient/1") == 0u);
  BOOST_TEST(people.vocabulary().classes() == 0u);
}

BOOST_AUTO_TEST_CASE(records_with_one_business_identifier_are_one_person_and_part_again) {
  people.fold("Patient/1", with_number("Patient/1", "9"));
  people.fold("Condition/1", about("Patient/1", {diabetes}));
  people.fold("Condition/2", about("Patient/2", {diabetes}));
  const auto touched = people.fold("Patient/2", with_number("Patient/2", "9"));
  const auto first = *people.find("Patient/1");
  BOOST_TEST((people.find("Patient/2") == first && people.patient(first) == "Patient/1"));
  BOOST_TEST((people.patients(first) == std::vector<std::string>{"Patient/1", "Patient/2"}));
  BOOST_TEST(facts("Patient/1") == 2u);
  BOOST_REQUIRE(touched.moved.size() == 1u);
  BOOST_TEST((touched.moved[0].patient == "Patient/2" && touched.moved[0].from == no_person && touched.moved[0].to == first));
  const auto apart = people.fold("Patient/2", with_number("Patient/2", "10"));
  BOOST_TEST((people.find("Patient/2") != first));
  BOOST_TEST(apart.people.size() == 2u);
  BOOST_REQUIRE(apart.moved.size() == 1u);
  BOOST_TEST(apart.moved[0].from == first);
  BOOST_TEST(facts("Patient/1") == 1u);
  BOOST_TEST(facts("Patient/2") == 1u);
}

BOOST_AUTO_TEST_CASE(a_logical_reference_finds_the_person_by_identifier) {
  people.fold("Condition/1", about("urn:identifier:urn:bsn|9", {diabetes}));
  people.fold("Patient/1", with_number("Patient/1", "9"));
  BOOST_TEST(facts("Patient/1") == 1u);
  BOOST_TEST(people.source(people.view(*people.find("Patient/1"), buffer), buffer, 0) == "Condition/1");
}

BOOST_AUTO_TEST_CASE(a_replaced_record_does_not_lead) {
  auto old = with_number("Patient/1", "");
  old.person->links = {"Patient/2"};
  old.person->replaced_by = "Patient/2";
  old.person->active = false;
  people.fold("Patient/1", old);
  people.fold("Patient/2", with_number("Patient/2", ""));
  BOOST_TEST(people.patient(*people.find("Patient/1")) == "Patient/2");
  BOOST_TEST(people.view(*people.find("Patient/1"), buffer).active);
}

BOOST_AUTO_TEST_CASE(an_identifier_on_too_many_records_identifies_nobody) {
  for (int i = 0; i < 40; ++i) people.fold("Patient/" + std::to_string(i), with_number("Patient/" + std::to_string(i), "000000000"));
  BOOST_TEST(people.memory().people == 40u);
}

BOOST_AUTO_TEST_CASE(only_trusted_systems_join_records_when_some_are_named) {
  Population strict(plan.vocabulary(), Identity{{"urn:other"}, 16});
  strict.fold("Patient/1", with_number("Patient/1", "9"));
  strict.fold("Patient/2", with_number("Patient/2", "9"));
  BOOST_TEST((strict.find("Patient/1") != strict.find("Patient/2")));
}

BOOST_AUTO_TEST_CASE(a_person_gives_back_what_was_said_of_them) {
  auto who = with_number("Patient/abc", "9");
  who.person->practitioners = {"Practitioner/7"};
  who.person->organization = "Organization/8";
  who.person->country = "NL";
  who.person->postal_code = "2333 ZA";
  who.person->contact_prohibited = true;
  people.fold("Patient/abc", who);
  const auto id = *people.find("Patient/abc");
  BOOST_TEST(people.practitioner(id) == "Practitioner/7");
  BOOST_TEST(people.organization(id) == "Organization/8");
  BOOST_TEST(people.country(id) == "NL");
  BOOST_TEST(people.postal_code(id) == "2333 ZA");
  BOOST_TEST((people.identifiers(id) == std::vector<Coding>{{"urn:bsn", "9"}}));
  BOOST_TEST(people.view(id, buffer).contact_prohibited);
}

BOOST_AUTO_TEST_CASE(sources_keep_their_names_in_every_form) {
  people.fold("Patient/1", person("Patient/1", on("1960-01-01")));
  const std::vector<std::string> keys{"Condition/1", "Condition/00042", "Condition/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "Odd/x.y-Z",
                                      "Condition/0123456789abcdef0123456789abcdef", "Condition/999999999999999999999", "Condition/0"};
  for (std::size_t i = 0; i < keys.size(); ++i) people.fold(keys[i], about("Patient/1", {diagnosis("44054006", on("2020-01-01") + static_cast<Day>(i))}));
  const auto view = people.view(*people.find("Patient/1"), buffer);
  BOOST_REQUIRE(view.rows.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) BOOST_TEST(people.source(view, buffer, i) == keys[i]);
  for (const auto& key : keys) BOOST_TEST(people.remove(key).people.size() == 1u);
  BOOST_TEST(facts("Patient/1") == 0u);
}

BOOST_AUTO_TEST_CASE(of_one_day_the_earliest_stored_comes_last) {
  people.fold("Patient/1", person("Patient/1", on("1960-01-01")));
  for (const char* key : {"Condition/b", "Condition/a", "Condition/c"}) people.fold(key, about("Patient/1", {diabetes}));
  people.fold("Condition/a", about("Patient/1", {diabetes}));  // an update keeps its place
  const auto view = people.view(*people.find("Patient/1"), buffer);
  BOOST_TEST(people.source(view, buffer, 2) == "Condition/b");
  BOOST_TEST(people.source(view, buffer, 1) == "Condition/a");
  BOOST_TEST(people.source(view, buffer, 0) == "Condition/c");
}

BOOST_AUTO_TEST_CASE(days_outside_the_calendar_of_rows_are_not_usable) {
  BOOST_TEST(day_of_code(code_of_day(on("1900-01-01"))) == on("1900-01-01"));
  BOOST_TEST(day_of_code(code_of_day(on("2079-06-05"))) == on("2079-06-05"));
  BOOST_TEST(code_of_day(on("1899-12-31")) == 0);
  BOOST_TEST(code_of_day(on("2079-06-06")) == 0);
  BOOST_TEST(day_of_code(code_of_day(no_day)) == no_day);
}

BOOST_AUTO_TEST_CASE(sources_with_neighbouring_ids_are_found_and_removed_one_by_one) {
  const auto condition = [](int i) { return "Condition/" + std::to_string(i); };
  for (int i = 0; i < 400; ++i) people.fold(condition(i), about(i % 3 == 0 ? "Patient/1" : "Patient/2", {diabetes}));
  people.fold("Patient/1", person("Patient/1", on("1960-01-01")));
  people.fold("Patient/2", person("Patient/2", on("1961-01-01")));
  for (int i = 0; i < 400; ++i)
    if (i % 7 != 0) BOOST_TEST(people.remove(condition(i)).people.size() == 1u);
  for (int i = 0; i < 400; ++i) BOOST_TEST(people.remove(condition(i)).people.size() == (i % 7 == 0 ? 1u : 0u));
  BOOST_TEST(people.memory().facts == 0u);
}

BOOST_AUTO_TEST_CASE(thousands_of_keys_are_found_again_after_growth_and_removal) {
  for (int i = 0; i < 300; ++i) people.load("Patient/" + std::to_string(i), person("Patient/" + std::to_string(i), on("1960-01-01")));
  for (int i = 0; i < 6'000; ++i) people.load("Condition/" + std::to_string(i), about("Patient/" + std::to_string(i % 300), {diabetes}));
  people.settle();
  BOOST_TEST(people.memory().facts == 6'000u);
  for (int i = 0; i < 6'000; i += 2) BOOST_TEST(people.remove("Condition/" + std::to_string(i)).people.size() == 1u);
  BOOST_TEST(people.memory().facts == 3'000u);
  for (int i = 0; i < 6'000; ++i) people.fold("Condition/" + std::to_string(i), about("Patient/" + std::to_string(i % 300), {diabetes}));
  BOOST_TEST(people.memory().facts == 6'000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
