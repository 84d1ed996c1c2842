// Every function of rule.hpp by hand-written cases: what it answers, and what it cannot tell.
#include <boost/test/unit_test.hpp>

#include "core/gap/machine.hpp"
#include "tests/unit/core/gap/rules.hpp"

namespace {

using namespace testing;

gap::Programmes words() {
  gap::Programmes programmes;
  const auto add = [&](CodeSet set) { programmes.sets.emplace(set.name, set); };
  auto dm = set_of("DM", snomed, {"44054006"});
  dm.entries.push_back({icd10, "E11", true, {}});
  dm.entries.push_back({icpc, "T90", true, {}});
  add(dm);
  auto a1c = set_of("A1C", loinc, {"4548-4", "59261-8"});
  a1c.unit = "%";
  a1c.conversions = {{"mmol/mol", 0.09148, 2.152}};
  a1c.needs_value = true;
  add(a1c);
  auto sbp = set_of("SBP", loinc, {"8480-6"});
  sbp.unit = "mm[Hg]";
  sbp.needs_value = sbp.lowest_of_day = sbp.outside_hospital = true;
  add(sbp);
  add(set_of("EYE", snomed, {"314971001"}));
  add(set_of("SMOKING", loinc, {"72166-2"}));
  add(set_of("SMOKER", snomed, {"449868002"}));
  add(set_of("STATIN", rxnorm, {"312961", "617311"}));
  add(set_of("NSAID", rxnorm, {"849574"}));
  add(set_of("PLAN", snomed, {"443402002"}));
  add(set_of("NEED-housing", snomed, {"105531004"}));
  CodeSet yes, none;
  yes.name = "NEED-housing-answers";
  yes.entries = {{loinc, "93033-9", false, "LA33-6"}, {loinc, "71802-3", false, "LA30190-5"}};
  none.name = "NEED-housing-no";
  none.entries = {{loinc, "93033-9", false, "LA32-8"}, {loinc, "71802-3", false, "LA30189-7"}};
  add(yes);
  add(none);
  add(set_of("NEED-housing-about", "urn:need", {"housing"}));
  add(set_of("SUPPORT-housing", snomed, {"308440001", "710911006"}));
  return programmes;
}

// A programme whose cohort touches every set, so that all of them are laid out for rules.
gap::Programmes all_in_rules() {
  auto programmes = words();
  gap::Programme programme;
  programme.id = "test";
  programme.cohort = truth(true);
  for (const auto& [name, set] : programmes.sets) programme.cohort = both(call(Op::ever, name), programme.cohort);
  programmes.programmes.push_back(programme);
  programmes.programmes.back().cohort = either(programmes.programmes.back().cohort, call(Op::supported, "housing"));
  return programmes;
}

struct World {
  gap::Plan plan = *gap::Plan::compile(all_in_rules());
  Population people{plan.vocabulary()};
  Day today = on("2024-06-01");
  int stored = 0;

  World() { people.fold("Patient/1", person("Patient/1", on("1960-03-01"))); }
  void add(Fact fact) { people.fold("Observation/" + std::to_string(++stored), about("Patient/1", {std::move(fact)})); }
  void add(const std::string& key, Fact fact) { people.fold(key, about("Patient/1", {std::move(fact)})); }

  gap::Value value(const Rule& rule) {
    std::vector<gap::Step> steps;
    gap::Programmes with = all_in_rules();
    gap::Item item;
    item.code = item.family = "x";
    item.applies = truth(true);
    gap::Reading reading(plan, people);
    gap::Machine machine(reading);
    const auto compiled = plan.rule(op(Op::exists, {rule}), "test");
    BOOST_REQUIRE_MESSAGE(compiled.ok(), (compiled.ok() ? std::string() : compiled.error().message + compiled.error().where));
    auto program = *compiled;
    program.pop_back();  // without exists: the bare value
    reading.open(*people.find("Patient/1"), today);
    return machine.run(program);
  }
  std::string operator()(const Rule& rule, bool as_day = false) {
    const auto found = value(rule);
    if (!found.present) return "empty";
    if (as_day) return text(static_cast<Day>(found.number));
    auto words = std::to_string(found.number);
    while (words.back() == '0') words.pop_back();
    if (words.back() == '.') words.pop_back();
    return words;
  }
  std::string day(const Rule& rule) { return (*this)(rule, true); }
};

const std::string yes = "1", no_ = "0", empty = "empty";

BOOST_FIXTURE_TEST_SUITE(gap_functions, World)

BOOST_AUTO_TEST_CASE(logic_has_three_values) {
  const auto t = truth(true), f = truth(false), e = nothing();
  auto& rule = *this;
  BOOST_TEST(rule(both(t, e)) == empty);
  BOOST_TEST(rule(both(e, t)) == empty);
  BOOST_TEST(rule(both(f, e)) == no_);
  BOOST_TEST(rule(both(e, f)) == no_);
  BOOST_TEST(rule(both(t, t)) == yes);
  BOOST_TEST(rule(either(t, e)) == yes);
  BOOST_TEST(rule(either(e, t)) == yes);
  BOOST_TEST(rule(either(f, e)) == empty);
  BOOST_TEST(rule(either(e, f)) == empty);
  BOOST_TEST(rule(either(f, f)) == no_);
  BOOST_TEST(rule(op(Op::xor_, {t, f})) == yes);
  BOOST_TEST(rule(op(Op::xor_, {t, e})) == empty);
  BOOST_TEST(rule(op(Op::implies, {e, t})) == yes);
  BOOST_TEST(rule(op(Op::implies, {f, e})) == yes);
  BOOST_TEST(rule(op(Op::implies, {t, e})) == empty);
  BOOST_TEST(rule(op(Op::implies, {e, f})) == empty);
  BOOST_TEST(rule(no(e)) == empty);
  BOOST_TEST(rule(no(f)) == yes);
  BOOST_TEST(rule(op(Op::iif, {t, number(1), number(2)})) == "1");
  BOOST_TEST(rule(op(Op::iif, {e, number(1), number(2)})) == "2");
  BOOST_TEST(rule(op(Op::iif, {f, number(1)})) == empty);
  BOOST_TEST(rule(op(Op::coalesce, {e, number(4), number(5)})) == "4");
  BOOST_TEST(rule(op(Op::exists, {e})) == no_);
  BOOST_TEST(rule(op(Op::exists, {number(0)})) == yes);
}

BOOST_AUTO_TEST_CASE(numbers_and_days_are_reckoned_with) {
  auto& rule = *this;
  BOOST_TEST(rule(op(Op::add, {number(2), number(3)})) == "5");
  BOOST_TEST(rule(op(Op::divide, {number(1), number(0)})) == empty);
  BOOST_TEST(rule(op(Op::subtract, {call(Op::today), testing::day(on("2024-05-01"))})) == "31");
  BOOST_TEST(rule.day(op(Op::subtract, {call(Op::today), number(31)})) == "2024-05-01");
  BOOST_TEST(rule(op(Op::less, {number(1), nothing()})) == empty);
  BOOST_TEST(rule.day(op(Op::latest, {nothing(), testing::day(on("2020-01-01")), testing::day(on("2021-01-01"))})) == "2021-01-01");
  BOOST_TEST(rule.day(op(Op::earliest, {testing::day(on("2020-01-01")), testing::day(on("2021-01-01"))})) == "2020-01-01");
  BOOST_TEST(rule(op(Op::earliest, {testing::day(on("2020-01-01")), nothing()})) == empty);
}

BOOST_AUTO_TEST_CASE(the_person_has_age_sex_and_birthdays) {
  auto& rule = *this;
  BOOST_TEST(rule(call(Op::age)) == "64");
  BOOST_TEST(rule(call(Op::female)) == yes);
  BOOST_TEST(rule(call(Op::male)) == no_);
  BOOST_TEST(rule.day(op(Op::birthday, {number(18)})) == "1978-03-01");
  BOOST_TEST(rule.day(call(Op::born)) == "1960-03-01");
  BOOST_TEST(rule.day(op(Op::season_start, {number(9), number(1)})) == "2023-09-01");
  today = on("2024-09-01");
  BOOST_TEST(rule.day(op(Op::season_start, {number(9), number(1)})) == "2024-09-01");
  today = on("9999-12-31");  // the next season begins in a year that no date has
  BOOST_TEST(rule.day(op(Op::season_start, {number(9), number(31)})) == "9999-09-30");
  today = on("0001-01-01");
  BOOST_TEST(rule(op(Op::season_start, {number(9), number(1)})) != empty);
  today = on("2024-09-01");
  people.fold("Patient/1", person("Patient/1", no_day, 'o'));
  BOOST_TEST(rule(call(Op::age)) == empty);
  BOOST_TEST(rule(call(Op::female)) == empty);
}

BOOST_AUTO_TEST_CASE(a_condition_is_open_from_its_onset_until_the_day_it_abates) {
  auto& rule = *this;
  BOOST_TEST(rule(call(Op::open, "DM")) == no_);
  add(diagnosis("44054006", on("2020-01-01"), on("2024-06-02")));
  BOOST_TEST(rule(call(Op::open, "DM")) == yes);
  BOOST_TEST(rule.day(call(Op::onset, "DM")) == "2020-01-01");
  today = on("2024-06-02");
  BOOST_TEST(rule(call(Op::open, "DM")) == no_);
  BOOST_TEST(rule(call(Op::onset, "DM")) == empty);
  BOOST_TEST(rule(call(Op::ever, "DM")) == yes);
  BOOST_TEST(rule.day(call(Op::first, "DM")) == "2020-01-01");
  today = on("2019-12-31");
  BOOST_TEST(rule(call(Op::ever, "DM")) == no_);
  BOOST_TEST(rule(call(Op::open, "DM")) == no_);
}

BOOST_AUTO_TEST_CASE(icd_and_icpc_match_below_their_code_and_others_exactly) {
  auto& rule = *this;
  auto fact = diagnosis("x", on("2020-01-01"));
  fact.codes = {{"http://hl7.org/fhir/sid/icd-10-cm", "e11.65"}};
  add("Condition/1", fact);
  BOOST_TEST(rule(call(Op::open, "DM")) == yes);
  fact.codes = {{icd10, "E10.9"}};
  add("Condition/1", fact);
  BOOST_TEST(rule(call(Op::open, "DM")) == no_);
  fact.codes = {{"http://hl7.org/fhir/sid/icpc-1-nl", "T90.02"}};
  add("Condition/1", fact);
  BOOST_TEST(rule(call(Op::open, "DM")) == yes);
  fact.codes = {{snomed, "4405400"}};
  add("Condition/1", fact);
  BOOST_TEST(rule(call(Op::open, "DM")) == no_);
}

BOOST_AUTO_TEST_CASE(refuted_and_unconfirmed_conditions_are_not_open) {
  auto& rule = *this;
  for (const auto state : {State::refuted, State::unconfirmed, State::declined, State::planned}) {
    auto fact = diagnosis("44054006", on("2020-01-01"));
    fact.state = state;
    add("Condition/1", fact);
    BOOST_TEST(rule(call(Op::open, "DM")) == no_);
    BOOST_TEST(rule(call(Op::ever, "DM")) == no_);
  }
}

BOOST_AUTO_TEST_CASE(a_condition_without_onset_is_open_but_has_no_onset) {
  auto& rule = *this;
  add(diagnosis("44054006", no_day));
  BOOST_TEST(rule(call(Op::open, "DM")) == yes);
  BOOST_TEST(rule(call(Op::onset, "DM")) == empty);
  BOOST_TEST(rule(call(Op::first, "DM")) == empty);
  BOOST_TEST(rule(call(Op::ever, "DM")) == yes);
}

BOOST_AUTO_TEST_CASE(last_is_the_newest_result_with_a_value_in_a_final_state) {
  auto& rule = *this;
  BOOST_TEST(rule(call(Op::last, "A1C")) == empty);
  add(result("4548-4", on("2023-01-01"), 7.1, "%"));
  add(result("4548-4", on("2024-01-01"), 7.2, "furlongs"));
  auto early = result("4548-4", on("2024-02-01"), 7.2, "%");
  early.state = State::preliminary;
  add(early);
  add(result("4548-4", on("2024-07-01"), 7.2, "%"));
  BOOST_TEST(rule.day(call(Op::last, "A1C")) == "2023-01-01");
  BOOST_TEST(rule.day(op(Op::last, {name("A1C"), testing::day(on("2023-01-01"))})) == "2023-01-01");
  BOOST_TEST(rule(op(Op::last, {name("A1C"), testing::day(on("2023-01-02"))})) == empty);
}

BOOST_AUTO_TEST_CASE(within_is_unknown_when_only_an_unusable_fact_may_be_in_the_window) {
  auto& rule = *this;
  BOOST_TEST(rule(call(Op::within, "A1C", 180)) == no_);
  add("Observation/a", result("4548-4", on("2024-05-01"), 7, "furlongs"));
  BOOST_TEST(rule(call(Op::within, "A1C", 180)) == empty);
  BOOST_TEST(rule(call(Op::within, "A1C", 31)) == no_);
  BOOST_TEST(rule(call(Op::within, "A1C", 32)) == empty);
  add("Observation/b", result("4548-4", on("2024-01-01"), 7, "%"));
  BOOST_TEST(rule(call(Op::within, "A1C", 180)) == yes);
  people.remove("Observation/a");
  people.remove("Observation/b");
  add("Observation/c", result("4548-4", no_day, 7, "%"));
  BOOST_TEST(rule(call(Op::within, "A1C", 1)) == empty);
}

BOOST_AUTO_TEST_CASE(a_window_of_n_days_ends_today_and_leaves_out_its_first_edge) {
  auto& rule = *this;
  add(fact_of(FactKind::procedure, snomed, "314971001", on("2024-05-02")));
  BOOST_TEST(rule(call(Op::within, "EYE", 30)) == no_);
  BOOST_TEST(rule(call(Op::within, "EYE", 31)) == yes);
}

BOOST_AUTO_TEST_CASE(count_takes_distinct_days_and_is_a_minimum_when_some_cannot_be_used) {
  auto& rule = *this;
  add(fact_of(FactKind::procedure, snomed, "314971001", on("2024-05-02")));
  add(fact_of(FactKind::procedure, snomed, "314971001", on("2024-05-02")));
  add(fact_of(FactKind::procedure, snomed, "314971001", on("2023-05-02")));
  BOOST_TEST(rule(call(Op::count, "EYE")) == "2");
  BOOST_TEST(rule(call(Op::count, "EYE", 365)) == "1");
  BOOST_TEST(rule(at_least(call(Op::count, "EYE"), 3)) == no_);
  add(fact_of(FactKind::procedure, snomed, "314971001", no_day));
  BOOST_TEST(rule(at_least(call(Op::count, "EYE"), 2)) == yes);
  BOOST_TEST(rule(at_least(call(Op::count, "EYE"), 3)) == empty);
  BOOST_TEST(rule(below(call(Op::count, "EYE"), 2)) == no_);
  BOOST_TEST(rule(below(call(Op::count, "EYE"), 3)) == empty);
  BOOST_TEST(rule(op(Op::equal, {call(Op::count, "EYE"), number(1)})) == no_);
  BOOST_TEST(rule(op(Op::equal, {call(Op::count, "EYE"), number(2)})) == empty);
}

BOOST_AUTO_TEST_CASE(value_is_the_newest_in_the_sets_unit) {
  auto& rule = *this;
  BOOST_TEST(rule(call(Op::value, "A1C")) == empty);
  add(result("4548-4", on("2024-01-01"), 8, "%"));
  add(result("59261-8", on("2024-03-01"), 53, "mmol/mol"));
  BOOST_TEST(rule(below(call(Op::value, "A1C"), 7.01)) == yes);
  BOOST_TEST(rule(at_least(call(Op::value, "A1C"), 6.99)) == yes);
  BOOST_TEST(rule(call(Op::previous, "A1C", 1)) == "8");
  BOOST_TEST(rule(call(Op::previous, "A1C", 2)) == empty);
  BOOST_TEST(rule(call(Op::highest, "A1C", 365)) == "8");
  BOOST_TEST(rule(below(call(Op::lowest, "A1C", 365), 7.01)) == yes);
  BOOST_TEST(rule(call(Op::value, "A1C", 60)) == empty);
  add(result("4548-4", on("2024-04-01"), 9, "furlongs"));
  BOOST_TEST(rule(call(Op::value, "A1C")) == empty);
}

BOOST_AUTO_TEST_CASE(a_value_equals_the_number_that_was_written) {
  auto& rule = *this;
  add(result("4548-4", on("2024-01-01"), 6.9, "%"));
  BOOST_TEST(rule(below(call(Op::value, "A1C"), 6.9)) == no_);
  BOOST_TEST(rule(op(Op::equal, {call(Op::value, "A1C"), number(6.9)})) == yes);
}

BOOST_AUTO_TEST_CASE(blood_pressure_is_the_lowest_of_the_newest_day_outside_hospital) {
  auto& rule = *this;
  add(result("8480-6", on("2024-05-01"), 150, "mm[Hg]"));
  add(result("8480-6", on("2024-05-01"), 138, "mm[Hg]"));
  add(result("8480-6", on("2024-04-01"), 120, "mm[Hg]"));
  add(result("8480-6", on("2024-05-20"), 90, "mm[Hg]"));
  auto stay = fact_of(FactKind::encounter, "http://terminology.hl7.org/CodeSystem/v3-ActCode", "IMP", on("2024-05-18"));
  stay.end = on("2024-05-21");
  add("Encounter/1", stay);
  BOOST_TEST(rule(call(Op::value, "SBP")) == "138");
  BOOST_TEST(rule.day(call(Op::last, "SBP")) == "2024-05-01");
  people.remove("Encounter/1");
  BOOST_TEST(rule(call(Op::value, "SBP")) == "90");
}

BOOST_AUTO_TEST_CASE(the_newest_answer_decides) {
  auto& rule = *this;
  BOOST_TEST(rule(call(Op::answer, "SMOKING", "SMOKER")) == empty);
  const auto smoking = [&](const char* answer, const char* day) {
    auto fact = fact_of(FactKind::observation, loinc, "72166-2", on(day));
    fact.answers = {{snomed, answer}};
    add(fact);
  };
  smoking("449868002", "2020-01-01");
  BOOST_TEST(rule(call(Op::answer, "SMOKING", "SMOKER")) == yes);
  smoking("8517006", "2021-01-01");
  BOOST_TEST(rule(call(Op::answer, "SMOKING", "SMOKER")) == no_);
}

BOOST_AUTO_TEST_CASE(a_refusal_counts_until_the_thing_is_done) {
  auto& rule = *this;
  BOOST_TEST(rule(call(Op::declined, "EYE")) == no_);
  add(fact_of(FactKind::procedure, snomed, "314971001", on("2024-02-01"), State::declined));
  BOOST_TEST(rule(call(Op::declined, "EYE")) == yes);
  BOOST_TEST(rule(call(Op::last, "EYE")) == empty);
  add(fact_of(FactKind::procedure, snomed, "314971001", on("2024-03-01")));
  BOOST_TEST(rule(call(Op::declined, "EYE")) == no_);
}

BOOST_AUTO_TEST_CASE(a_medicine_is_on_when_active_or_ordered_within_a_year_and_not_stopped) {
  auto& rule = *this;
  add("MedicationRequest/1", medicine("312961", on("2010-01-01"), State::active));
  BOOST_TEST(rule(call(Op::on, "STATIN")) == yes);
  add("MedicationRequest/1", medicine("312961", on("2023-06-03"), State::valid));
  BOOST_TEST(rule(call(Op::on, "STATIN")) == yes);
  add("MedicationRequest/1", medicine("312961", on("2023-06-02"), State::valid));
  BOOST_TEST(rule(call(Op::on, "STATIN")) == no_);
  add("MedicationRequest/1", medicine("312961", on("2024-05-01"), State::stopped));
  BOOST_TEST(rule(call(Op::on, "STATIN")) == no_);
  BOOST_TEST(rule(call(Op::ever, "STATIN")) == yes);
  add("MedicationRequest/1", medicine("312961", on("2024-05-01"), State::active, on("2024-05-31")));
  BOOST_TEST(rule(call(Op::on, "STATIN")) == no_);
  add("MedicationRequest/1", medicine("312961", on("2024-05-01"), State::active, on("2024-06-01")));
  BOOST_TEST(rule(call(Op::on, "STATIN")) == yes);
  add("MedicationRequest/1", medicine("312961", on("2024-05-01"), State::planned));
  BOOST_TEST(rule(call(Op::on, "STATIN")) == no_);
}

BOOST_AUTO_TEST_CASE(on_since_goes_back_through_reissues_of_one_course) {
  auto& rule = *this;
  BOOST_TEST(rule(call(Op::on_since, "STATIN")) == empty);
  add(medicine("312961", on("2010-01-01"), State::stopped));
  add(medicine("312961", on("2021-01-01"), State::stopped));
  add(medicine("617311", on("2022-06-01"), State::stopped));
  add(medicine("617311", on("2024-01-01"), State::active));
  BOOST_TEST(rule.day(call(Op::on_since, "STATIN")) == "2021-01-01");
}

BOOST_AUTO_TEST_CASE(a_test_that_is_ordered_or_under_way_is_no_evidence_and_hides_no_result) {
  auto& rule = *this;
  add(fact_of(FactKind::service_request, loinc, "4548-4", on("2024-05-20"), State::active));
  BOOST_TEST(rule(call(Op::ever, "A1C")) == no_);
  BOOST_TEST(rule(call(Op::within, "A1C", 365)) == no_);
  BOOST_TEST(rule(call(Op::under_way, "A1C")) == yes);
  add(result("4548-4", on("2024-05-01"), 6.5, "%"));
  BOOST_TEST(rule(call(Op::within, "A1C", 365)) == yes);
  add(fact_of(FactKind::procedure, snomed, "314971001", on("2024-05-30"), State::active));
  BOOST_TEST(rule(call(Op::within, "EYE", 365)) == no_);
}

BOOST_AUTO_TEST_CASE(drugs_counts_different_medicines_whether_or_not_a_set_has_them) {
  auto& rule = *this;
  add(medicine("312961", on("2024-01-01"), State::active));
  add(medicine("312961", on("2024-02-01"), State::active));
  add(medicine("999999", on("2024-02-01"), State::active));
  add(medicine("888888", on("2024-02-01"), State::stopped));
  BOOST_TEST(rule(call(Op::drugs)) == "2");
  auto unnamed = medicine("x", on("2024-02-01"), State::active);
  unnamed.codes.clear();
  add(unnamed);
  BOOST_TEST(rule(at_least(call(Op::drugs), 2)) == yes);
  BOOST_TEST(rule(at_least(call(Op::drugs), 3)) == empty);
}

BOOST_AUTO_TEST_CASE(a_medicine_by_reference_means_what_the_medication_says_whenever_it_comes) {
  auto& rule = *this;
  auto order = medicine("x", on("2024-02-01"), State::active);
  order.codes.clear();
  order.links = {"Medication/7"};
  add("MedicationRequest/1", order);
  BOOST_TEST(rule(call(Op::on, "STATIN")) == no_);
  Digest medication;
  medication.facts = {fact_of(FactKind::other, rxnorm, "312961", no_day)};
  const auto touched = people.fold("Medication/7", medication);
  BOOST_TEST(touched.people.size() == 1u);
  BOOST_TEST(rule(call(Op::on, "STATIN")) == yes);
  people.remove("Medication/7");
  BOOST_TEST(rule(call(Op::on, "STATIN")) == no_);
  people.fold("Medication/7", medication);
  add("MedicationRequest/2", order);
  people.remove("MedicationRequest/1");
  BOOST_TEST(rule(call(Op::on, "STATIN")) == yes);
}

BOOST_AUTO_TEST_CASE(a_plan_is_under_way_while_active_and_not_past_its_end) {
  auto& rule = *this;
  add("CarePlan/1", fact_of(FactKind::care_plan, snomed, "443402002", on("2020-01-01"), State::active));
  BOOST_TEST(rule(call(Op::under_way, "PLAN")) == yes);
  auto plan_fact = fact_of(FactKind::care_plan, snomed, "443402002", on("2020-01-01"), State::active);
  plan_fact.end = on("2024-05-31");
  add("CarePlan/1", plan_fact);
  BOOST_TEST(rule(call(Op::under_way, "PLAN")) == no_);
  add("CarePlan/1", fact_of(FactKind::care_plan, snomed, "443402002", on("2020-01-01")));
  BOOST_TEST(rule(call(Op::under_way, "PLAN")) == no_);
}

BOOST_AUTO_TEST_CASE(a_need_is_an_open_condition_or_the_newest_answer) {
  auto& rule = *this;
  const auto need = call(Op::need, "housing"), since = call(Op::need_since, "housing");
  BOOST_TEST(rule(need) == no_);
  add("Observation/1", answered("93033-9", "LA30122-8", on("2022-01-01")));
  BOOST_TEST(rule(need) == empty);
  add("Observation/2", answered("71802-3", "LA30189-7", on("2022-01-01")));
  BOOST_TEST(rule(need) == no_);
  add("Observation/3", answered("93033-9", "LA33-6", on("2023-01-01")));
  add("Observation/4", answered("93033-9", "LA33-6", on("2024-01-01")));
  BOOST_TEST(rule(need) == yes);
  BOOST_TEST(rule.day(since) == "2023-01-01");
  add("Observation/5", answered("93033-9", "LA32-8", on("2024-02-01")));
  BOOST_TEST(rule(need) == no_);
  BOOST_TEST(rule(since) == empty);
  add("Condition/1", diagnosis("105531004", on("2021-01-01")));
  BOOST_TEST(rule(need) == yes);
  BOOST_TEST(rule.day(since) == "2021-01-01");
}

BOOST_AUTO_TEST_CASE(support_counts_when_it_is_linked_to_the_need) {
  auto& rule = *this;
  const auto supported = call(Op::supported, "housing");
  add("Condition/1", diagnosis("105531004", on("2021-01-01")));
  auto request = fact_of(FactKind::service_request, snomed, "308440001", on("2024-01-01"), State::active);
  add("ServiceRequest/1", request);
  BOOST_TEST(rule(supported) == no_);
  request.links = {"Condition/1"};
  add("ServiceRequest/1", request);
  BOOST_TEST(rule(supported) == yes);
  people.remove("Condition/1");
  BOOST_TEST(rule(supported) == no_);
  request.links.clear();
  request.about = {{"urn:need", "housing"}};
  add("ServiceRequest/1", request);
  BOOST_TEST(rule(supported) == yes);
  request.state = State::declined;
  add("ServiceRequest/1", request);
  BOOST_TEST(rule(supported) == no_);
  auto done = fact_of(FactKind::procedure, snomed, "710911006", on("2024-03-04"));
  done.about = {{"urn:need", "housing"}};
  add("Procedure/1", done);
  BOOST_TEST(rule(supported) == yes);
  today = on("2024-06-02");
  BOOST_TEST(rule(supported) == no_);
}

BOOST_AUTO_TEST_CASE(risk_is_known_when_it_was_set) {
  auto& rule = *this;
  const auto who = *people.find("Patient/1");
  BOOST_TEST(rule(call(Op::tier)) == empty);
  BOOST_TEST(rule(call(Op::score, "charlson")) == empty);
  people.set_risk(who, "", {2, 0, false});
  people.set_risk(who, "charlson", {1, 4, true});
  BOOST_TEST(rule(call(Op::tier)) == "2");
  BOOST_TEST(rule(call(Op::tier, "charlson")) == "1");
  BOOST_TEST(rule(call(Op::score, "charlson")) == "4");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
