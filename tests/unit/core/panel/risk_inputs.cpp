#include "core/panel/risk_inputs.hpp"

#include <boost/test/unit_test.hpp>

using namespace core::panel;
using core::population::Coding;
using core::population::Fact;
using core::population::FactKind;
using core::population::Person;
using core::population::State;

namespace {

const core::Day today = *core::day_from("2024-06-15");
const std::string loinc = "http://loinc.org", icd10 = "http://hl7.org/fhir/sid/icd-10", act = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

core::Day day(const char* text) { return *core::day_from(text); }

RiskTables tables() {
  RiskTables t;
  t.charlson.groups = {{"chf", "Heart failure", 1, 2, 2, ""}, {"dementia", "Dementia", 1, 2, 3, ""}};
  t.charlson.icd10 = {{"I50", 0}, {"F03", 1}};
  t.bands["charlson"] = {{0, false, "low", ""}, {1, false, "rising", ""}, {3, false, "high", ""}};
  t.bands["lace"] = {{0, false, "low", "low"}, {5, false, "rising", "moderate"}, {10, false, "high", "high"}};
  t.inputs["sbp_mmHg"] = {InputRule::Form::measurement, {{loinc, "8480-6"}}, {}, {}, "mm[Hg]", {{"kPa", 7.5}}, 365};
  t.inputs["diabetes"] = {InputRule::Form::diagnosis, {{icd10, "E11"}}, {}, {}, "", {}, 0};
  t.inputs["smoker"] = {InputRule::Form::answer, {{loinc, "72166-2"}}, {{loinc, "LA18976-3"}}, {{loinc, "LA18978-9"}}, "", {}, 731};
  t.needs.rows = {{"housing", loinc, "93033-9", "LA33-6", false}, {"violence", "http://snomed.info/sct", "706893006", "", true}};
  t.needs.declined_answers = {"LA30122-8"};
  t.score2.region_of_country = {{"NL", "low"}};
  return t;
}

Person woman() {
  Person person;
  person.id = "Patient/w";
  person.birth = day("1954-06-16");
  person.sex = 'f';
  return person;
}

Fact condition(const char* code, const char* onset = "2020-01-01") {
  Fact fact;
  fact.kind = FactKind::condition;
  fact.codes = {{icd10, code}};
  fact.start = day(onset);
  return fact;
}

Fact measured(const char* code, double value, const char* on, const char* unit = "mm[Hg]") {
  Fact fact;
  fact.kind = FactKind::observation;
  fact.codes = {{loinc, code}};
  fact.value = value;
  fact.unit = unit;
  fact.start = fact.end = day(on);
  return fact;
}

Fact answer(const char* code, const char* says, const char* on) {
  Fact fact = measured(code, 0, on);
  fact.value.reset();
  fact.answers = {{loinc, says}};
  return fact;
}

Fact encounter(const char* kind, const char* from, const char* to) {
  Fact fact;
  fact.kind = FactKind::encounter;
  fact.codes = {{act, kind}};
  fact.start = day(from);
  fact.end = day(to);
  return fact;
}

const Input* find(const Gathered& gathered, std::string_view name) {
  for (const Input& input : gathered.inputs) {
    if (input.name == name) return &input;
  }
  return nullptr;
}

double number(const Gathered& gathered, std::string_view name) { return std::get<double>(find(gathered, name)->value); }

Assessed one(std::string_view code, const std::vector<Fact>& facts) {
  for (Assessed& assessed : assess_person(tables(), woman(), facts, {today, "", false})) {
    if (assessed.algorithm->code == code) return assessed;
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(risk_inputs)

BOOST_AUTO_TEST_CASE(age_is_completed_years_on_the_day) {
  const auto gathered = gather("charlson", tables(), woman(), {}, {today, "", false});
  BOOST_TEST(number(gathered, "age") == 69);
  BOOST_TEST(!find(gathered, "record"));
}

BOOST_AUTO_TEST_CASE(a_resolved_diagnosis_counts_and_a_refuted_or_future_one_does_not) {
  Fact resolved = condition("I50.1");
  resolved.end = day("2021-01-01");
  Fact refuted = condition("F03");
  refuted.state = State::refuted;
  const Assessed charlson = one("charlson", {refuted, resolved, condition("F03", "2024-06-16")});
  BOOST_TEST(charlson.assessment.score == 2);
  BOOST_TEST(charlson.facts == std::vector<std::size_t>{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_diagnosis_is_unknown_without_any_record_and_no_with_one) {
  BOOST_TEST(!find(gather("score2", tables(), woman(), {}, {today, "", false}), "diabetes"));
  const std::vector<Fact> facts{measured("8480-6", 120, "2024-01-01")};
  const auto gathered = gather("score2", tables(), woman(), facts, {today, "", false});
  BOOST_TEST(std::get<bool>(find(gathered, "diabetes")->value) == false);
}

BOOST_AUTO_TEST_CASE(the_newest_value_within_its_time_wins_in_the_unit_asked) {
  const std::vector<Fact> facts{measured("8480-6", 20, "2024-05-01", "kPa"), measured("8480-6", 130, "2023-12-01"),
                                measured("8480-6", 110, "2024-06-16")};
  BOOST_TEST(number(gather("score2", tables(), woman(), facts, {today, "", false}), "sbp_mmHg") == 150);
  const std::vector<Fact> old{measured("8480-6", 130, "2023-06-15")};
  BOOST_TEST(!find(gather("score2", tables(), woman(), old, {today, "", false}), "sbp_mmHg"));
}

BOOST_AUTO_TEST_CASE(a_newest_value_in_an_unknown_unit_is_missing_and_not_replaced_by_an_older_one) {
  const std::vector<Fact> facts{measured("8480-6", 130, "2024-01-01"), measured("8480-6", 130, "2024-05-01", "furlong")};
  BOOST_TEST(!find(gather("score2", tables(), woman(), facts, {today, "", false}), "sbp_mmHg"));
}

BOOST_AUTO_TEST_CASE(an_answer_in_neither_list_is_not_known) {
  const std::vector<Fact> unsure{answer("72166-2", "LA18976-3", "2023-01-01"), answer("72166-2", "LA18980-5", "2024-01-01")};
  BOOST_TEST(!find(gather("score2", tables(), woman(), unsure, {today, "", false}), "smoker"));
  const std::vector<Fact> never{answer("72166-2", "LA18978-9", "2024-01-01")};
  BOOST_TEST(std::get<bool>(find(gather("score2", tables(), woman(), never, {today, "", false}), "smoker")->value) == false);
}

BOOST_AUTO_TEST_CASE(the_region_comes_from_the_country_and_never_from_elsewhere) {
  Person person = woman();
  BOOST_TEST(std::get<std::string>(find(gather("score2", tables(), person, {}, {today, "high", false}), "region")->value) == "high");
  person.country = "NL";
  BOOST_TEST(std::get<std::string>(find(gather("score2", tables(), person, {}, {today, "high", false}), "region")->value) == "low");
  person.country = "XX";
  BOOST_TEST(!find(gather("score2", tables(), person, {}, {today, "high", false}), "region"));
}

BOOST_AUTO_TEST_CASE(a_stay_that_began_in_the_emergency_room_is_acute_and_that_visit_does_not_count) {
  const std::vector<Fact> facts{encounter("EMER", "2024-05-31", "2024-06-01"), encounter("IMP", "2024-06-01", "2024-06-05"),
                                encounter("EMER", "2024-02-01", "2024-02-01"), encounter("EMER", "2024-02-01", "2024-02-01"),
                                encounter("EMER", "2023-11-30", "2023-11-30"), condition("I50")};
  const Assessed lace = one("lace", facts);
  BOOST_REQUIRE(lace.assessment.status == RiskStatus::computed);
  BOOST_TEST(lace.assessment.score == 4 + 3 + 2 + 1);
}

BOOST_AUTO_TEST_CASE(a_stay_of_unknown_acuity_names_it_and_an_old_stay_is_none) {
  const Assessed unknown = one("lace", {encounter("IMP", "2024-06-01", "2024-06-05")});
  BOOST_TEST(unknown.assessment.missing == std::vector<std::string>{"acute"}, boost::test_tools::per_element());
  BOOST_TEST(one("lace", {encounter("IMP", "2024-05-01", "2024-05-16")}).assessment.reason == "no-recent-stay");
}

BOOST_AUTO_TEST_CASE(the_composite_lifts_by_an_urgent_need_and_names_its_facts) {
  Fact violence = condition("706893006");
  violence.codes = {{"http://snomed.info/sct", "706893006"}};
  const std::vector<Fact> facts{condition("I50"), violence};
  const Assessed composite = one("composite", facts);
  BOOST_TEST(text(*composite.assessment.tier) == "high");
  BOOST_TEST(composite.facts == std::vector<std::size_t>{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_newer_answer_takes_a_need_back_and_an_ended_condition_is_none) {
  Fact ended = condition("706893006");
  ended.codes = {{"http://snomed.info/sct", "706893006"}};
  ended.end = day("2024-01-01");
  const std::vector<Fact> facts{answer("93033-9", "LA33-6", "2023-01-01"), answer("93033-9", "LA32-8", "2024-01-01"), ended};
  BOOST_TEST(!find(gather("composite", tables(), woman(), facts, {today, "", false}), "social_needs"));
  const std::vector<Fact> worried{answer("93033-9", "LA33-6", "2024-01-01"), answer("93033-9", "LA30122-8", "2024-01-01")};
  const auto gathered = gather("composite", tables(), woman(), worried, {today, "", false});
  BOOST_TEST(std::get<std::string>(find(gathered, "social_needs")->value) == "housing");
  BOOST_TEST(find(gathered, "needs_declined"));
}

BOOST_AUTO_TEST_SUITE_END()
