// Rules, sets, facts and programmes in few words, for tests: call(Op::open, "DM"), both(a, b), at_least(a, 18).
#pragma once
#include <initializer_list>
#include <string>

#include "core/gap/decide.hpp"
#include "core/gap/plan.hpp"
#include "core/population/population.hpp"

namespace testing {

using namespace core;
using namespace core::population;
using core::gap::Rule;
using Op = core::gap::Rule::Op;

inline const std::string snomed = "http://snomed.info/sct", loinc = "http://loinc.org", rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm",
                         icd10 = "http://hl7.org/fhir/sid/icd-10", icpc = "http://hl7.org/fhir/sid/icpc-1";

inline Rule number(double n) { return {Op::number, n, {}, {}, 0}; }
inline Rule truth(bool b) { return {Op::truth, b ? 1.0 : 0.0, {}, {}, 0}; }
inline Rule day(Day d) { return {Op::day, static_cast<double>(d), {}, {}, 0}; }
inline Rule name(const std::string& text) { return {Op::text, 0, text, {}, 0}; }
inline Rule nothing() { return {}; }
inline Rule op(Op code, std::vector<Rule> arguments) { return {code, 0, {}, std::move(arguments), 0}; }
inline Rule call(Op code) { return op(code, {}); }
inline Rule call(Op code, const std::string& set) { return op(code, {name(set)}); }
inline Rule call(Op code, const std::string& set, double n) { return op(code, {name(set), number(n)}); }
inline Rule call(Op code, const std::string& set, const std::string& other) { return op(code, {name(set), name(other)}); }
inline Rule both(Rule a, Rule b) { return op(Op::and_, {std::move(a), std::move(b)}); }
inline Rule either(Rule a, Rule b) { return op(Op::or_, {std::move(a), std::move(b)}); }
inline Rule no(Rule a) { return op(Op::not_, {std::move(a)}); }
inline Rule at_least(Rule a, double n) { return op(Op::greater_or_equal, {std::move(a), number(n)}); }
inline Rule below(Rule a, double n) { return op(Op::less, {std::move(a), number(n)}); }
inline Rule adult() { return at_least(call(Op::age), 18); }

inline Day on(const char* text) { return *day_from(text); }

inline CodeSet set_of(std::string name, std::string system, std::initializer_list<const char*> codes) {
  CodeSet set;
  set.name = std::move(name);
  for (const char* code : codes) set.entries.push_back({system, code, false, {}});
  return set;
}

inline Fact fact_of(FactKind kind, std::string system, std::string code, Day start, State state = State::valid) {
  Fact fact;
  fact.kind = kind;
  fact.state = state;
  fact.codes = {{std::move(system), std::move(code)}};
  fact.start = start;
  return fact;
}

inline Fact diagnosis(std::string code, Day start, Day end = open_end) {
  auto fact = fact_of(FactKind::condition, snomed, std::move(code), start);
  fact.end = end;
  return fact;
}

inline Fact result(std::string code, Day start, double value, std::string unit) {
  auto fact = fact_of(FactKind::observation, loinc, std::move(code), start);
  fact.value = value;
  fact.unit = std::move(unit);
  return fact;
}

inline Fact answered(std::string question, std::string answer, Day start) {
  auto fact = fact_of(FactKind::observation, loinc, std::move(question), start);
  fact.answers = {{loinc, std::move(answer)}};
  return fact;
}

inline Fact medicine(std::string code, Day start, State state, Day end = open_end) {
  auto fact = fact_of(FactKind::medication, rxnorm, std::move(code), start, state);
  fact.end = end;
  return fact;
}

inline Digest about(std::string patient, std::vector<Fact> facts) {
  Digest digest;
  digest.subject = std::move(patient);
  digest.facts = std::move(facts);
  return digest;
}

inline Digest person(std::string id, Day birth, char sex = 'f') {
  Digest digest;
  Person who;
  who.id = std::move(id);
  who.birth = birth;
  who.sex = sex;
  digest.person = std::move(who);
  return digest;
}

}  // namespace testing
