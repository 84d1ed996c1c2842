#include "core/panel/empanel.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/gap/chance.hpp"

namespace {

using namespace testing;
using namespace core::panel;

struct Practice {
  gap::Plan plan = *gap::Plan::compile(chance_sets());
  Population people{plan.vocabulary()};
  Day today = on("2024-06-01");
  std::vector<PersonId> everyone;
  Empanelment panels;
  std::vector<core::panel::Member> members;
  std::vector<ByHand> by_hand;

  Practice() {
    for (int i = 1; i <= 3; ++i) {
      const auto record = "Patient/" + std::to_string(i);
      auto who = person(record, on("1950-01-01"));
      if (i == 1) who.person->practitioners = {"Practitioner/a", "Practitioner/b"};
      if (i == 2) who.person->organization = "Organization/x";
      people.fold(record, who);
      everyone.push_back(*people.find(record));
    }
    people.fold("Condition/1", about("Patient/1", {diagnosis("44054006", on("2020-01-01"))}));
    people.fold("Condition/2", about("Patient/2", {diagnosis("44054006", on("2020-01-01"))}));
    PanelDefinition diabetes;
    diabetes.id = "diabetes";
    diabetes.criteria = call(Op::open, "DM");
    panels = *Empanelment::compile(plan, {diabetes});
  }

  Empanelled review() {
    auto result = panels.review(0, plan, people, everyone, members, by_hand, "Organization/default", today);
    for (const auto& change : result.changes) {
      if (change.change == Change::joined) members.push_back(change.member);
      for (auto& member : members)
        if (change.change != Change::joined && member.patient == change.member.patient && member.until == open_end) member = change.member;
    }
    return result;
  }
};

BOOST_FIXTURE_TEST_SUITE(panel_empanel, Practice)

BOOST_AUTO_TEST_CASE(those_of_whom_the_criteria_hold_join_with_an_owner) {
  const auto first = review();
  BOOST_REQUIRE(first.changes.size() == 2u);
  BOOST_TEST((first.changes[0].change == Change::joined && first.changes[0].member.from == today));
  BOOST_TEST(first.changes[0].member.owner == "Practitioner/a");
  BOOST_TEST(first.changes[1].member.owner == "Organization/x");
  BOOST_TEST(first.members == 2u);
  BOOST_TEST(review().changes.empty());  // repeating changes nothing
}

BOOST_AUTO_TEST_CASE(who_no_longer_meets_the_criteria_leaves_and_keeps_the_period) {
  review();
  people.remove("Condition/1");
  today += 10;
  const auto after = review();
  BOOST_REQUIRE(after.changes.size() == 1u);
  BOOST_TEST((after.changes[0].change == Change::left && after.changes[0].member.until == today && after.changes[0].member.from == today - 10));
}

BOOST_AUTO_TEST_CASE(a_decision_by_hand_wins_until_its_last_day) {
  review();
  by_hand = {{"Patient/1", false, "Practitioner/a", "knows better", today, today + 30}, {"Patient/3", true, "Practitioner/a", "worries me", today, open_end}};
  BOOST_TEST(review().changes.size() == 2u);
  today += 31;
  const auto later = review();
  BOOST_REQUIRE(later.changes.size() == 1u);
  BOOST_TEST((later.changes[0].change == Change::joined && later.changes[0].member.patient == "Patient/1"));
}

BOOST_AUTO_TEST_CASE(a_change_of_practice_changes_the_owner_of_the_membership) {
  review();
  auto moved = person("Patient/1", on("1950-01-01"));
  moved.person->practitioners = {"Practitioner/c"};
  people.fold("Patient/1", moved);
  const auto after = review();
  BOOST_REQUIRE(after.changes.size() == 1u);
  BOOST_TEST((after.changes[0].change == Change::changed && after.changes[0].member.owner == "Practitioner/c"));
}

BOOST_AUTO_TEST_CASE(the_dead_leave_whatever_was_decided_by_hand) {
  by_hand = {{"Patient/1", true, "Practitioner/a", "stays", no_day, open_end}};
  review();
  auto dead = person("Patient/1", on("1950-01-01"));
  dead.person->deceased = today;
  people.fold("Patient/1", dead);
  BOOST_REQUIRE(review().changes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_latest_ambulatory_encounter_names_the_owner_when_the_record_does_not) {
  const auto who = *people.find("Patient/3");
  BOOST_TEST((owner_of(people, who, today, "", "Organization/default").by == OwnerBy::otherwise));
  BOOST_TEST((owner_of(people, who, today, "", "").by == OwnerBy::nobody));
  const auto visit = [&](const char* key, const char* klass, const char* day, std::string provider, std::string place) {
    auto digest = about("Patient/3", {fact_of(FactKind::encounter, "http://terminology.hl7.org/CodeSystem/v3-ActCode", klass, on(day))});
    digest.provider = std::move(provider);
    digest.service_provider = std::move(place);
    people.fold(key, digest);
  };
  visit("Encounter/1", "AMB", "2024-01-01", "Practitioner/old", "Organization/old");
  visit("Encounter/2", "AMB", "2024-03-01", "", "Organization/new");
  visit("Encounter/3", "IMP", "2024-04-01", "Practitioner/hospital", "Organization/hospital");
  BOOST_TEST(owner_of(people, who, today, "", "x").reference == "Organization/new");
  BOOST_TEST(owner_of(people, who, on("2024-02-01"), "", "x").reference == "Practitioner/old");
  BOOST_TEST(owner_of(people, who, today, "Practitioner/panel", "x").reference == "Practitioner/panel");
}

BOOST_AUTO_TEST_CASE(a_fault_in_the_criteria_names_the_panel) {
  PanelDefinition faulty;
  faulty.id = "faulty";
  faulty.criteria = call(Op::open, "NO-SUCH-SET");
  const auto compiled = Empanelment::compile(plan, {faulty});
  BOOST_REQUIRE(!compiled.ok());
  BOOST_TEST(compiled.error().message.find("NO-SUCH-SET") != std::string::npos);
  BOOST_TEST(compiled.error().where.find("faulty") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
