#include "core/panel/risk_inputs.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/panel/risk_codes.hpp"
#include "core/panel/risk_facts.hpp"

namespace core::panel {

using population::Coding;
using population::Fact;
using population::FactKind;
using population::State;

namespace {

constexpr int laboratory_days = 731, medicine_days = 365, discharge_days = 30;
constexpr double uncontrolled_over = 160, creatinine_from = 200;

void add_person(const Facts& facts, Gathered& out) {
  if (facts.person.birth != population::no_day && facts.person.birth <= facts.setting.today) {
    out.add("age", static_cast<double>(age_on(facts.person.birth, facts.setting.today)));
  }
  if (facts.person.sex == 'm' || facts.person.sex == 'f') out.add("sex", std::string(facts.person.sex == 'm' ? "male" : "female"));
  if (facts.any_record()) out.add("record", true);
}

void add_codes(std::span<const Coding> codes, std::size_t fact, Gathered& out) {
  for (const Coding& code : codes) out.add("diagnosis", code, fact);
}

void add_diagnoses(const Facts& facts, Gathered& out) {
  for (std::size_t i = 0; i < facts.all.size(); ++i) {
    if (facts.all[i].kind == FactKind::condition && facts.counts(facts.all[i])) add_codes(facts.all[i].codes, i, out);
  }
}

// A diagnosis as yes or no: "no" needs a record in which it could have stood.
void add_history(const Facts& facts, std::string_view input, Gathered& out) {
  const std::size_t found = facts.diagnosis(input);
  if (found != no_fact) out.add(std::string(input), true, found);
  else if (facts.any_record()) out.add(std::string(input), false);
}

void add_value(const Facts& facts, std::string_view input, Gathered& out) {
  const std::size_t latest = facts.latest(input);
  if (const auto value = facts.value(input, latest)) out.add(std::string(input), *value, latest);
}

// Yes or no by the newest answer; an answer in neither list is "not known".
void add_answer(const Facts& facts, std::string_view input, Gathered& out) {
  const InputRule* rule = facts.rule(input);
  const std::size_t latest = facts.latest(input);
  if (!rule || latest == no_fact) return;
  if (has_code(rule->yes, facts.all[latest].answers)) out.add(std::string(input), true, latest);
  else if (has_code(rule->no, facts.all[latest].answers)) out.add(std::string(input), false, latest);
}

void add_region(const Facts& facts, Gathered& out) {
  const auto& regions = facts.tables.score2.region_of_country;
  if (facts.person.country.empty()) {
    if (!facts.setting.region.empty()) out.add("region", facts.setting.region);
  } else if (const auto region = regions.find(facts.person.country); region != regions.end()) {
    out.add("region", region->second);
  }
}

void gather_charlson(const Facts& facts, Gathered& out) { add_diagnoses(facts, out); }

// eFI also reads Procedures, the type and reason of Encounters, and coded values of Observations.
void add_wider_diagnoses(const Facts& facts, Gathered& out) {
  add_diagnoses(facts, out);
  for (std::size_t i = 0; i < facts.all.size(); ++i) {
    const Fact& fact = facts.all[i];
    if (!facts.counts(fact)) continue;
    if (fact.kind == FactKind::procedure || fact.kind == FactKind::encounter) add_codes(fact.codes, i, out);
    if (fact.kind == FactKind::encounter) add_codes(fact.about, i, out);
    if (fact.kind == FactKind::observation) add_codes(fact.answers, i, out);
  }
}

void add_efi_values(const Facts& facts, Gathered& out) {
  std::set<std::string> wanted;
  for (const EfiTables::Limit& limit : facts.tables.efi.limits) wanted.insert(limit.codes.begin(), limit.codes.end());
  std::map<std::string, std::size_t> newest;
  for (std::size_t i = 0; i < facts.all.size(); ++i) {
    const Fact& fact = facts.all[i];
    if (fact.kind != FactKind::observation || !fact.value || !facts.counts(fact) || !facts.recent(fact, laboratory_days)) continue;
    for (const Coding& code : fact.codes) {
      if (code.system != loinc_system || !wanted.contains(code.code)) continue;
      auto& at = newest.try_emplace(code.code, i).first->second;
      if (fact.start >= facts.all[at].start) at = i;
    }
  }
  for (const auto& [code, i] : newest) out.add("observation", Measured{code, *facts.all[i].value, facts.all[i].unit}, i);
}

// Different medicines of the last twelve months; without any medication from any source the number is not known.
void add_medicines(const Facts& facts, Gathered& out) {
  std::set<std::string> medicines;
  bool any = facts.setting.medication_received;
  for (const Fact& fact : facts.all) {
    if (fact.kind != FactKind::medication) continue;
    any = true;
    if (!facts.counts(fact) || fact.codes.empty()) continue;
    if (fact.state == State::active || facts.recent(fact, medicine_days)) medicines.insert(fact.codes.front().system + '|' + fact.codes.front().code);
  }
  if (any) out.add("distinct_medicines_12m", static_cast<double>(medicines.size()));
}

void gather_efi(const Facts& facts, Gathered& out) {
  add_wider_diagnoses(facts, out);
  add_efi_values(facts, out);
  add_medicines(facts, out);
}

void gather_score2(const Facts& facts, Gathered& out) {
  add_history(facts, "established_ascvd", out);
  add_history(facts, "diabetes", out);
  add_answer(facts, "smoker", out);
  for (const char* input : {"sbp_mmHg", "total_chol_mmol_L", "hdl_mmol_L"}) add_value(facts, input, out);
  add_region(facts, out);
}

void gather_findrisc(const Facts& facts, Gathered& out) {
  add_history(facts, "known_diabetes", out);
  for (const char* input : {"bmi", "waist_cm"}) add_value(facts, input, out);
  for (const char* input : {"active_30min_daily", "vegetables_daily"}) add_answer(facts, input, out);
  if (const std::size_t drug = facts.medicine("antihypertensive_ever"); drug != no_fact) out.add("antihypertensive_ever", true, drug);
  else add_answer(facts, "antihypertensive_ever", out);
  if (const std::size_t glucose = facts.diagnosis("high_glucose_ever"); glucose != no_fact) out.add("high_glucose_ever", true, glucose);
  else add_answer(facts, "high_glucose_ever", out);
  if (const std::size_t family = facts.latest("family_history"); family != no_fact && !facts.all[family].answers.empty()) {
    out.add("family_history", facts.all[family].answers.front().code, family);
  }
}

void gather_cha2ds2_vasc(const Facts& facts, Gathered& out) {
  for (const char* input : {"atrial_fibrillation", "chf", "hypertension", "diabetes", "stroke_tia_te", "vascular"}) add_history(facts, input, out);
}

// Time in the therapeutic range is not in the record, so INR is only known for people without a vitamin K antagonist.
void gather_has_bled(const Facts& facts, Gathered& out) {
  for (const char* input : {"atrial_fibrillation", "abnormal_liver", "stroke", "bleeding"}) add_history(facts, input, out);
  const std::size_t creatinine = facts.latest("creatinine_umol_L");
  const auto level = facts.value("creatinine_umol_L", creatinine);
  if (level && *level >= creatinine_from) out.add("abnormal_renal", true, creatinine);
  else add_history(facts, "abnormal_renal", out);
  const std::size_t pressure = facts.latest("sbp_mmHg");
  if (const auto systolic = facts.value("sbp_mmHg", pressure)) out.add("uncontrolled_hypertension", *systolic > uncontrolled_over, pressure);
  const std::size_t drug = facts.medicine("drugs");
  if (drug != no_fact) out.add("drugs", true, drug);
  if (facts.medicine("vitamin_k_antagonist") == no_fact) out.add("labile_inr", false);
  add_value(facts, "alcohol_units_week", out);
}

struct Gatherer {
  std::string_view algorithm;
  void (*gather)(const Facts& facts, Gathered& out);
};
constexpr Gatherer gatherers[] = {{"charlson", gather_charlson}, {"lace", gather_stay},
                                  {"efi", gather_efi}, {"score2", gather_score2},
                                  {"findrisc", gather_findrisc}, {"composite", gather_needs},
                                  {"cha2ds2-vasc", gather_cha2ds2_vasc}, {"has-bled", gather_has_bled}};

double lace_comorbidity(const Assessment& charlson) {
  for (const Detail& detail : charlson.details) {
    if (detail.name == "lace2010") return std::get<double>(detail.value);
  }
  return 0;
}

Assessed assess(const Algorithm& algorithm, const RiskTables& tables, const Gathered& gathered) {
  Assessed assessed{&algorithm, algorithm.assess(tables, gathered.inputs), {}};
  std::set<std::size_t> facts;
  for (const std::size_t input : assessed.assessment.basis) {
    if (gathered.facts[input] != no_fact) facts.insert(gathered.facts[input]);
  }
  assessed.facts.assign(facts.begin(), facts.end());
  return assessed;
}

// What later algorithms take from earlier ones: LACE the comorbidity sum, the composite every tier and the facts behind it.
void add_earlier(std::string_view algorithm, const std::vector<Assessed>& earlier, Gathered& gathered) {
  for (const Assessed& one : earlier) {
    if (one.assessment.status != RiskStatus::computed) continue;
    if (algorithm == "lace" && one.algorithm->code == "charlson") gathered.add("charlson_lace", lace_comorbidity(one.assessment));
    if (algorithm == "composite" && one.assessment.tier) gathered.add(std::string(one.algorithm->code), std::string(text(*one.assessment.tier)));
  }
}

}  // namespace

void Gathered::add(std::string name, decltype(Input::value) value, std::size_t fact) {
  inputs.push_back({std::move(name), std::move(value)});
  facts.push_back(fact);
}

Gathered gather(std::string_view algorithm, const RiskTables& tables, const population::Person& person, std::span<const Fact> facts,
                const RiskSetting& setting) {
  Gathered out;
  const Facts known{tables, person, facts, setting};
  add_person(known, out);
  for (const Gatherer& gatherer : gatherers) {
    if (gatherer.algorithm == algorithm) gatherer.gather(known, out);
  }
  return out;
}

std::vector<Assessed> assess_person(const RiskTables& tables, const population::Person& person, std::span<const Fact> facts,
                                    const RiskSetting& setting) {
  std::vector<Assessed> all;
  const Algorithm* composite = nullptr;
  for (const Algorithm& algorithm : algorithms()) {
    if (algorithm.code == "composite") {
      composite = &algorithm;
      continue;
    }
    Gathered gathered = gather(algorithm.code, tables, person, facts, setting);
    add_earlier(algorithm.code, all, gathered);
    all.push_back(assess(algorithm, tables, gathered));
  }
  if (composite) {
    Gathered gathered = gather(composite->code, tables, person, facts, setting);
    add_earlier(composite->code, all, gathered);
    all.push_back(assess(*composite, tables, gathered));
  }
  return all;
}

std::vector<int> look_backs(const RiskTables& tables) {
  std::set<int> days{laboratory_days, medicine_days, discharge_days, tables.needs.look_back_days};
  for (const auto& [name, rule] : tables.inputs) days.insert(rule.look_back_days);
  days.erase(0);
  return {days.begin(), days.end()};
}

}  // namespace core::panel
