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
    const auto leading = world.known(patient) ? world.leading(patient) : std::nullopt;
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
      for (const auto& each : world.describe(patient)) BOOST_TEST_MESSAGE("  " + each);
      return false;
    }
    return true;
  }
};

const Day base = on("2024-01-01");

BOOST_AUTO_TEST_SUITE(gap_agreement)

BOOST_AUTO_TEST_CASE(core_and_reference_agree_on_random_people_and_random_programmes) {
  const int worlds = long_run() ? 1'500 : 300;
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

// Time passes and things happen: each day on which something changes, and days between, both engines say the same, in a sweep too.
BOOST_AUTO_TEST_CASE(core_and_reference_agree_over_three_years_of_random_events) {
  constexpr int years = 3;
  const int worlds = long_run() ? 100 : 3, people = 10;
  std::size_t days = 0, decisions = 0;
  for (int seed = 0; seed < worlds; ++seed) {
    Chance chance(static_cast<std::uint64_t>(seed) * 97 + 13);
    Pair pair(chance.programmes(6));
    const auto record = [](int i) { return "Patient/" + std::to_string(i); };
    for (int i = 0; i < people; ++i) pair.put(record(i), chance.patient(record(i), base));
    for (auto day = base; day < base + years * 365; day += 1 + chance.below(20)) {
      const auto number = chance.below(people * 40);
      const auto who = record(number % people), key = "Resource/" + std::to_string(number);
      if (chance.one_in(8)) pair.remove(key);
      else if (chance.one_in(20)) pair.put(who, chance.patient(who, base));
      else pair.put(key, about(who, {chance.fact(day), chance.fact(day)}));
      ++days;
      for (const auto& each : {who, record(chance.below(people))})
        if (!pair.agree(each, day)) {
          BOOST_TEST_MESSAGE("world " + std::to_string(seed) + " on " + text(day));
          return;
        }
    }
    const auto last = base + years * 365;
    for (int i = 0; i < people; ++i) BOOST_REQUIRE(pair.agree(record(i), last));
    gap::sweep(pair.plan, pair.people, 0, pair.people.end(), last, [&](PersonId person, std::span<const gap::Decision> swept) {
      const auto alone = pair.decider.decide(person, last);
      BOOST_REQUIRE(swept.size() == alone.size());
      decisions += swept.size();
      for (std::size_t k = 0; k < swept.size(); ++k)
        BOOST_TEST((swept[k].item == alone[k].item && swept[k].status == alone[k].status && swept[k].due == alone[k].due && swept[k].row == alone[k].row));
    });
  }
  BOOST_TEST(days > static_cast<std::size_t>(worlds) * 80);
  BOOST_TEST(decisions > 0u);
}

BOOST_AUTO_TEST_CASE(several_records_of_one_person_decide_together_and_apart_again) {
  const int worlds = long_run() ? 400 : 60;
  for (int seed = 0; seed < worlds; ++seed) {
    Chance chance(static_cast<std::uint64_t>(seed) * 131 + 9);
    Pair pair(chance.programmes(3));
    for (int event = 0; event < 80; ++event) {
      const auto record = "Patient/" + std::to_string(chance.below(4));
      if (chance.one_in(4)) {
        auto digest = chance.patient(record, base);
        if (chance.one_in(2)) digest.person->identifiers = {{"urn:bsn", std::to_string(chance.below(3))}};
        if (chance.one_in(4)) digest.person->links = {"Patient/" + std::to_string(chance.below(4))};
        if (chance.one_in(6)) digest.person->replaced_by = "Patient/0";
        std::erase(digest.person->links, record);
        pair.put(record, digest);
      } else if (chance.one_in(12)) {
        pair.remove(record);
      } else {
        const auto key = "Resource/" + std::to_string(event);
        pair.put(key, about(chance.one_in(8) ? "urn:identifier:urn:bsn|" + std::to_string(chance.below(3)) : record, {chance.fact(base)}));
      }
      if (event % 4 == 3)
        for (int i = 0; i < 4; ++i)
          if (!pair.agree("Patient/" + std::to_string(i), base - 200 + chance.below(400))) {
            BOOST_TEST_MESSAGE("world " + std::to_string(seed) + " event " + std::to_string(event));
            return;
          }
    }
    std::vector<std::string> core_people;
    for (PersonId id = 0; id < pair.people.end(); ++id)
      if (pair.people.is_person(id)) core_people.push_back(pair.people.patient(id));
    BOOST_TEST((core_people == pair.world.people()));
  }
}

BOOST_AUTO_TEST_CASE(nothing_changes_before_the_day_that_the_calendar_names) {
  const int worlds = long_run() ? 1'500 : 200;
  std::size_t waits = 0, changed = 0;
  for (int seed = 0; seed < worlds; ++seed) {
    Chance chance(static_cast<std::uint64_t>(seed) * 53 + 3);
    Pair pair(chance.programmes(1 + chance.below(4)));
    pair.put("Patient/1", chance.patient("Patient/1", base));
    for (int i = 0; i < 25; ++i) pair.put("Resource/" + std::to_string(i), about("Patient/1", {chance.fact(base)}));
    const auto who = *pair.people.find("Patient/1");
    auto day = base - 400 + chance.below(800);
    for (int step = 0; step < 12; ++step) {
      const auto next = pair.decider.next_change(who, day);
      BOOST_REQUIRE(next > day);
      const auto now = pair.core_answers(who, day);
      const auto last = std::min<Day>(next, day + 400) - 1;
      for (int i = 0; i < 6; ++i) {
        const auto between = day + (last > day ? chance.below(last - day + 1) : 0);
        if (pair.core_answers(who, between) == now && (i > 0 || pair.core_answers(who, last) == now)) continue;
        BOOST_ERROR("world " + std::to_string(seed) + ": decisions of " + text(day) + " changed before " + text(next));
        for (const auto changed_day : {day, between, last})
          for (const auto& each : pair.core_answers(who, changed_day)) {
            BOOST_TEST_MESSAGE(text(changed_day) + " " + words(each));
            if (std::find(now.begin(), now.end(), each) == now.end())
              for (const auto& call : pair.decider.explain(who, *pair.plan.item(each.item), changed_day).calls) BOOST_TEST_MESSAGE("  " + call.text + " = " + call.result);
          }
        return;
      }
      ++waits;
      if (next == open_end) break;
      changed += pair.core_answers(who, next) != now;
      day = next;
    }
  }
  BOOST_TEST(waits > 500u);
  BOOST_TEST(changed > waits / 10);  // and it does not cry wolf every day
}

BOOST_AUTO_TEST_CASE(facts_folded_step_by_step_stand_as_if_loaded_at_once) {
  const int worlds = long_run() ? 300 : 40;
  for (int seed = 0; seed < worlds; ++seed) {
    Chance chance(static_cast<std::uint64_t>(seed) * 11 + 1);
    Pair pair(chance.programmes(3));
    std::vector<std::pair<std::string, Digest>> stored;
    const auto store = [&](const std::string& key, const Digest& digest) {
      pair.put(key, digest);
      for (auto& each : stored)
        if (each.first == key) return void(each.second = digest);
      stored.emplace_back(key, digest);
    };
    for (int i = 0; i < 3; ++i) store("Patient/" + std::to_string(i), chance.patient("Patient/" + std::to_string(i), base));
    for (int event = 0; event < 150; ++event) {
      const auto number = chance.below(60);
      const auto key = "Resource/" + std::to_string(number);
      if (chance.one_in(5)) {
        pair.remove(key);
        std::erase_if(stored, [&](const auto& each) { return each.first == key; });
      } else {
        store(key, about("Patient/" + std::to_string(number % 3), {chance.fact(base), chance.fact(base)}));
      }
    }
    Population fresh(pair.plan.vocabulary());
    for (const auto& [key, digest] : stored) fresh.load(key, digest);
    fresh.settle();
    gap::Decider other(pair.plan, fresh);
    BOOST_TEST(fresh.memory().facts == pair.people.memory().facts);
    for (int i = 0; i < 3; ++i) {
      const auto record = "Patient/" + std::to_string(i);
      const auto mine = *pair.people.find(record), theirs = *fresh.find(record);
      const auto day = base - 200 + chance.below(400);
      const auto answers = pair.core_answers(mine, day);
      const auto again = other.decide(theirs, day);
      BOOST_REQUIRE(answers.size() == again.size());
      for (std::size_t k = 0; k < answers.size(); ++k) {
        BOOST_TEST((answers[k].status == again[k].status && answers[k].due == again[k].due && answers[k].interval == again[k].interval));
        BOOST_TEST(answers[k].source == other.source(again[k]));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sweep_says_what_deciding_one_by_one_says) {
  const int worlds = long_run() ? 300 : 40;
  std::size_t decisions = 0;
  for (int seed = 0; seed < worlds; ++seed) {
    Chance chance(static_cast<std::uint64_t>(seed) * 19 + 4);
    Pair pair(chance.programmes(6));
    const int count = 1 + chance.below(150);
    for (int i = 0; i < count; ++i) {
      const auto record = "Patient/" + std::to_string(i);
      pair.people.fold(record, chance.patient(record, base));
      for (int k = 0; k < 10; ++k) pair.people.fold("Resource/" + std::to_string(i * 100 + k), about(record, {chance.fact(base)}));
      if (chance.one_in(3)) pair.people.set_risk(*pair.people.find(record), "", {chance.below(4), 0, false});
    }
    const auto day = base - 300 + chance.below(600);
    const auto middle = static_cast<PersonId>(chance.below(count + 1));
    PersonId next = 0;
    for (const auto& [first, last] : {std::pair{PersonId{0}, middle}, std::pair{middle, PersonId{10'000}}})
      gap::sweep(pair.plan, pair.people, first, last, day, [&](PersonId person, std::span<const gap::Decision> swept) {
        BOOST_REQUIRE(person == next++);
        const auto alone = pair.decider.decide(person, day);
        BOOST_REQUIRE(swept.size() == alone.size());
        for (std::size_t k = 0; k < swept.size(); ++k) {
          ++decisions;
          const auto &a = swept[k], &b = alone[k];
          BOOST_TEST((a.item == b.item && a.status == b.status && a.cause == b.cause && a.exclusion == b.exclusion && a.due == b.due && a.since == b.since));
          BOOST_TEST((a.interval == b.interval && a.last == b.last && a.declined == b.declined && a.row == b.row));
        }
      });
    BOOST_TEST(next == static_cast<PersonId>(count));
  }
  BOOST_TEST(decisions > 1'000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
