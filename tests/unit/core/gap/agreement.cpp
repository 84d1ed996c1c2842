// The core agrees with the reference engine on random programmes, people and events: after each change, in a sweep, by the
// calendar, and folded step by step as well as built anew.
#include <cstdlib>

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/gap/chance.hpp"
#include "tests/unit/core/gap/naive.hpp"

namespace {

using namespace testing;

bool long_run() {
  const char* wish = std::getenv("PANELBRIDGE_LONG");
  return wish && *wish;
}

std::string words(const naive::Answer& answer) {
  const auto day = [](Day d) { return d == no_day ? std::string("-") : text(d); };
  return answer.item + " " + std::string(gap::code_of(answer.status)) + " due " + day(answer.due) + " since " + day(answer.since) + " interval " +
         day(answer.interval) + " last " + day(answer.last) + " declined " + day(answer.declined) + " source " + answer.source;
}

// Both engines side by side, fed the same events.
struct Pair {
  naive::World world;
  gap::Plan plan;
  Population people;
  gap::Decider decider;

  explicit Pair(gap::Programmes programmes)
      : world(programmes), plan(*gap::Plan::compile(std::move(programmes))), people(plan.vocabulary()), decider(plan, people) {}

  Touched put(const std::string& key, const Digest& digest) {
    world.put(key, digest);
    return people.fold(key, digest);
  }
  Touched remove(const std::string& key) {
    world.remove(key);
    return people.remove(key);
  }

  std::vector<naive::Answer> core_answers(PersonId person, Day day) {
    std::vector<naive::Answer> answers;
    for (const auto& each : decider.decide(person, day)) {
      const auto& item = *plan.items()[each.item].source;
      answers.push_back({item.code, each.status, each.due, each.since, each.interval, each.last, each.declined, decider.source(each)});
    }
    return answers;
  }

  // A day that a rule works out (the start of a need, a sum) has no one source; the newest fact of a set has.
  void drop_derived_sources(std::vector<naive::Answer>& answers) const {
    for (auto& each : answers) {
      const auto& item = *plan.items()[*plan.item(each.item)].source;
      if (!item.met && item.evidence && item.evidence->op != Op::last) each.source.clear();
    }
  }

  bool agree(const std::string& patient, Day day) {
    const auto found = people.find(patient);
    const auto leading = world.leading(patient);
    if (found.has_value() != leading.has_value()) {
      BOOST_ERROR("one engine knows " + patient + ", the other does not");
      return false;
    }
    if (!found) return true;
    if (people.patient(*found) != *leading) {
      BOOST_ERROR("leading record: " + people.patient(*found) + " or " + *leading);
      return false;
    }
    auto expected = world.decide(patient, day);
    drop_derived_sources(expected);
    auto answers = core_answers(*found, day);
    drop_derived_sources(answers);
    for (std::size_t i = 0; i < std::max(expected.size(), answers.size()); ++i) {
      if (i < expected.size() && i < answers.size() && expected[i] == answers[i]) continue;
      BOOST_ERROR(patient + " on " + text(day) + ": expected " + (i < expected.size() ? words(expected[i]) : "nothing") + ", got " +
                  (i < answers.size() ? words(answers[i]) : "nothing"));
      for (const auto& item : {i < expected.size() ? expected[i].item : "", i < answers.size() ? answers[i].item : ""})
        if (!item.empty())
          for (const auto& each : decider.explain(*found, *plan.item(item), day).calls) BOOST_TEST_MESSAGE("  " + item + ": " + each.text + " = " + each.result);
      return false;
    }
    return true;
  }
};

const Day base = on("2024-01-01");

BOOST_AUTO_TEST_SUITE(gap_agreement)

BOOST_AUTO_TEST_CASE(core_and_reference_agree_on_random_people_and_random_programmes) {
  const int worlds = long_run() ? 3'000 : 400;
  std::size_t decisions = 0, kinds[7] = {};
  for (int seed = 0; seed < worlds; ++seed) {
    Chance chance(static_cast<std::uint64_t>(seed) * 77 + 5);
    Pair pair(chance.programmes(6));
    pair.put("Patient/1", chance.patient("Patient/1", base));
    if (chance.one_in(2)) {
      const auto who = *pair.people.find("Patient/1");
      pair.people.set_risk(who, "", {2, 0, false});
      pair.people.set_risk(who, "charlson", {1, 3, true});
      pair.world.risks["Patient/1"] = {2, {{"charlson", 3}}, {{"charlson", 1}}};
    }
    for (int event = 0; event < 60; ++event) {
      const auto key = "Resource/" + std::to_string(chance.below(40));
      if (chance.one_in(12)) pair.put("Medication/" + std::to_string(chance.below(3)), [&] {
        Digest medication;
        medication.facts = {fact_of(FactKind::other, rxnorm, chance.one_in(2) ? "312961" : "849574", no_day)};
        return medication;
      }());
      else if (chance.one_in(6)) pair.remove(key);
      else pair.put(key, about("Patient/1", {chance.fact(base)}));
      if (event % 6 != 5) continue;
      for (int i = 0; i < 3; ++i)
        if (!pair.agree("Patient/1", base - 400 + chance.below(800))) {
          BOOST_TEST_MESSAGE("world " + std::to_string(seed));
          return;
        }
      for (const auto& each : pair.core_answers(*pair.people.find("Patient/1"), base)) ++decisions, ++kinds[static_cast<int>(each.status)];
    }
  }
  BOOST_TEST(decisions > 1'000u);
  for (const auto status : {0, 1, 2, 3, 4, 6}) BOOST_TEST(kinds[status] > 20u);  // every answer occurs
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
