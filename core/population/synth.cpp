#include "core/population/synth.hpp"

#include <array>
#include <initializer_list>
#include <span>

#include "core/population/synth_made.hpp"

namespace core::population {
namespace {

const std::string snomed = "http://snomed.info/sct", loinc = "http://loinc.org", rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm",
                  cvx = "http://hl7.org/fhir/sid/cvx", act = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

// splitmix64 (Steele, Lea, Flood 2014): the same numbers everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    auto z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  bool chance(int per_thousand) { return below(1000) < per_thousand; }
  int between(int low, int high) { return low + below(high - low + 1); }

 private:
  std::uint64_t state_;
};

// Conditions: who has them (per thousand from an age on), and what goes with them.
struct Illness {
  const char* code;
  int from_age, per_thousand;
  std::array<const char*, 2> drugs;
  char follow_up;  // d: diabetes tests, k: kidney and potassium, l: lipids, n: nothing
};

constexpr std::array illnesses{
    Illness{"44054006", 40, 130, {"860975"}, 'd'},         Illness{"15777000", 35, 120, {}, 'd'},
    Illness{"59621000", 35, 300, {"314076", "310798"}, 'k'}, Illness{"414545008", 55, 90, {"312961", "243670"}, 'l'},
    Illness{"88805009", 65, 40, {"866412", "313988"}, 'k'}, Illness{"185086009", 50, 50, {"895994"}, 'n'},
    Illness{"195967001", 5, 70, {"745679"}, 'n'},          Illness{"431856006", 60, 90, {}, 'k'},
    Illness{"49436004", 65, 60, {"855332"}, 'k'},          Illness{"370143000", 18, 80, {}, 'n'},
    Illness{"26929004", 75, 70, {"310436"}, 'n'},          Illness{"64859006", 60, 80, {"904419"}, 'n'},
    Illness{"162864005", 18, 150, {}, 'n'},                Illness{"105531004", 18, 25, {}, 'n'},
    Illness{"422650009", 18, 40, {}, 'n'},                 Illness{"266934004", 18, 15, {}, 'n'},
    Illness{"73438004", 18, 45, {}, 'n'},                  Illness{"706893006", 18, 8, {}, 'n'}};

// PRAPARE: question, the answer that is a need (per thousand), the answer that is none.
struct Question {
  const char *code, *need, *none;
  int per_thousand;
};

const std::array questions{Question{"71802-3", "LA30190-5", "LA30189-7", 6},    Question{"93033-9", "LA33-6", "LA32-8", 50},
                           Question{"93031-3", "LA30125-1", "LA30122-8", 60},   Question{"93030-5", "LA30133-5", "LA32-8", 40},
                           Question{"93029-7", "LA27722-0", "LA30132-7", 90},   Question{"93026-3", "LA32-8", "LA33-6", 30},
                           Question{"76501-6", "LA33-6", "LA32-8", 15},         Question{"67875-5", "LA17956-6", "LA30136-8", 60},
                           Question{"82589-3", "LA30191-3", "LA30193-9", 80},   Question{"93038-8", "LA13914-9", "LA6568-5", 110}};

class Maker {
 public:
  Maker(std::uint64_t seed, std::uint64_t index, Day today, MadePerson& out)
      : dice_(seed * 0x9e3779b97f4a7c15u + index * 0xd1342543de82ef95u + 1), index_(index), today_(today), out_(out) {}
  void make();

 private:
  std::uint64_t id() { return index_ * synth_ids_per_person + ++used_; }
  MadeFact fact(FactKind kind, const std::string& system, const char* code, Day day, State state = State::valid) const;
  bool add(const char* type, std::span<const MadeFact> facts);  // false: outside the person's life
  bool add(const char* type, const MadeFact& fact) { return add(type, std::span(&fact, 1)); }
  Day ago(int least, int most) { return today_ - dice_.between(least, most); }
  void person();
  void result(const char* code, Day day, double value, const char* unit);
  void pressure(Day day, bool high);
  void encounter(const char* klass, Day day, int days);
  void illness(const Illness& illness);
  void tests(char kind);
  void yearly();
  void questionnaires();
  void immunisations();

  Dice dice_;
  std::uint64_t index_, used_ = 0;
  Day today_, birth_ = 0;
  int age_ = 0;
  bool high_ = false;
  MadePerson& out_;
};

MadeFact Maker::fact(FactKind kind, const std::string& system, const char* code, Day day, State state) const {
  MadeFact fact;
  fact.kind = kind;
  fact.state = state;
  fact.code = {&system, code};
  fact.start = day;
  return fact;
}

bool Maker::add(const char* type, std::span<const MadeFact> facts) {
  if (facts.front().start < birth_ || facts.front().start > today_) return false;
  if (used_ + 2 > synth_ids_per_person) return false;
  out_.resources.push_back({type, id(), static_cast<std::uint32_t>(out_.facts.size()), static_cast<std::uint32_t>(facts.size()), false});
  out_.facts.insert(out_.facts.end(), facts.begin(), facts.end());
  return true;
}

void Maker::person() {
  age_ = dice_.below(1000) < 970 ? dice_.between(0, 84) : dice_.between(85, 99);
  out_.index = index_;
  out_.id = id();
  out_.birth = birth_ = today_ - age_ * 365 - age_ / 4 - dice_.below(365);
  out_.sex = dice_.chance(505) ? 'f' : 'm';
  out_.deceased = dice_.chance(age_ * age_ / 400) ? today_ - dice_.below(1500) : no_day;
  out_.active = !dice_.chance(10);
  out_.registered = !dice_.chance(30);
}

void Maker::result(const char* code, Day day, double value, const char* unit) {
  auto found = fact(FactKind::observation, loinc, code, day, dice_.chance(5) ? State::preliminary : State::valid);
  found.set(value, dice_.chance(3) ? "1" : unit);
  add("Observation", found);
}

void Maker::pressure(Day day, bool high) {
  std::array whole{fact(FactKind::observation, loinc, "85354-9", day), fact(FactKind::observation, loinc, "8480-6", day),
                   fact(FactKind::observation, loinc, "8462-4", day)};
  whole[1].set((high ? 128 : 108) + dice_.below(35), "mm[Hg]");
  whole[2].set((high ? 76 : 64) + dice_.below(20), "mm[Hg]");
  add("Observation", whole);
}

void Maker::encounter(const char* klass, Day day, int days) {
  auto visit = fact(FactKind::encounter, act, klass, day);
  visit.end = day + days;
  if (add("Encounter", visit)) out_.resources.back().names_provider = true;
}

void Maker::tests(char kind) {
  for (int i = 0, n = dice_.between(1, 4); i < n; ++i) {
    const auto day = ago(i * 200, i * 200 + 300);
    if (kind == 'd') result("4548-4", day, 5.6 + dice_.below(35) / 10.0, "%");
    if (kind != 'l') result("33914-3", day, 25 + dice_.below(80), "mL/min/{1.73_m2}");
    if (kind == 'd' && dice_.chance(600)) result("14959-1", day, 5 + dice_.below(120), "mg/g");
    if (kind == 'k') result("6298-4", day, 3.4 + dice_.below(20) / 10.0, "mmol/L");
    if (kind != 'k') result("18262-6", day, 55 + dice_.below(110), "mg/dL");
  }
}

void Maker::illness(const Illness& illness) {
  auto found = fact(FactKind::condition, snomed, illness.code, ago(30, 4000));
  if (dice_.chance(80)) found.end = found.start + dice_.between(20, 900);
  if (dice_.chance(10)) found.state = State::refuted;
  if (std::string_view(illness.code) == "59621000") high_ = true;
  const auto onset = found.start;
  add("Condition", found);
  for (const char* drug : illness.drugs)
    if (drug != nullptr && dice_.chance(650)) {
      const bool stopped = dice_.chance(250);
      auto order = fact(FactKind::medication, rxnorm, drug, std::max(onset, ago(10, 1500)), stopped ? State::stopped : State::active);
      add("MedicationRequest", order);
    }
  if (illness.follow_up != 'n') tests(illness.follow_up);
}

void Maker::yearly() {
  for (int i = 0, n = dice_.between(2, 5); i < n; ++i) {
    const auto day = ago(i * 330, i * 330 + 420);
    encounter("AMB", day, 0);
    if (age_ < 18) continue;
    result("39156-5", day, 18.5 + dice_.below(200) / 10.0, "kg/m2");
    pressure(day, high_);
    auto smoking = fact(FactKind::observation, loinc, "72166-2", day);
    smoking.answer = {&snomed, dice_.chance(170) ? "449868002" : dice_.chance(300) ? "8517006" : "266919005"};
    add("Observation", smoking);
  }
  if (dice_.chance(90)) encounter("EMER", ago(0, 700), 0);
  if (dice_.chance(70)) encounter("IMP", ago(0, 900), dice_.between(1, 12));
  if (age_ >= 65 && dice_.chance(80)) add("MedicationRequest", fact(FactKind::medication, rxnorm, "849574", ago(5, 400), State::active));
  if (age_ >= 18 && dice_.chance(30)) add("MedicationRequest", fact(FactKind::medication, rxnorm, "1049221", ago(5, 90), State::active));
  if (age_ >= 45 && dice_.chance(400)) add("Procedure", fact(FactKind::procedure, snomed, "73761001", ago(10, 5000)));
  if (age_ >= 45 && dice_.chance(300)) result("57905-2", ago(10, 900), 1, "1");
  if (age_ >= 50 && dice_.chance(250)) add("Procedure", fact(FactKind::procedure, snomed, "71651007", ago(10, 1200)));
  if (age_ >= 65 && dice_.chance(500)) add("Procedure", fact(FactKind::procedure, snomed, "430193006", ago(10, 800)));
}

void Maker::questionnaires() {
  if (age_ < 12) return;
  for (int i = 0, n = dice_.between(0, 2); i < n; ++i) {
    const auto day = ago(i * 350, i * 350 + 500);
    std::array<MadeFact, questions.size() + 1> form;
    form[0] = fact(FactKind::observation, loinc, "93025-5", day);
    for (std::size_t q = 0; q < questions.size(); ++q) {
      const auto& question = questions[q];
      form[q + 1] = fact(FactKind::observation, loinc, question.code, day);
      form[q + 1].answer = {&loinc, dice_.chance(question.per_thousand) ? question.need : dice_.chance(30) ? "LA30122-8" : question.none};
    }
    if (age_ >= 18) add("Observation", form);
    result("55758-7", day, dice_.below(100) < 90 ? dice_.below(3) : dice_.between(3, 6), "{score}");
    if (dice_.chance(120)) result("44261-6", day, dice_.between(2, 22), "{score}");
    if (age_ >= 18) result("70274-6", day, dice_.below(12), "{score}");
    if (age_ >= 18) result("75626-2", day, dice_.below(7), "{score}");
    if (age_ >= 18 && dice_.chance(500)) result("82667-7", day, dice_.below(2), "{score}");
    if (age_ >= 18 && dice_.chance(400)) result("76504-0", day, dice_.chance(40) ? 1 : 0, "{score}");
    if (age_ >= 65) result("59460-6", day, dice_.below(70), "{score}");
  }
}

void Maker::immunisations() {
  const auto shot = [&](const char* code, Day day) { add("Immunization", fact(FactKind::immunization, cvx, code, day)); };
  for (int i = 0; i < 6; ++i)
    if (dice_.chance(age_ >= 60 ? 750 : 350)) shot("140", ago(i * 365, i * 365 + 200));
  if (dice_.chance(600)) shot("113", ago(10, 4500));
  if (age_ >= 65 && dice_.chance(450)) shot("33", ago(10, 3000));
  if (age_ >= 18) return;
  for (const char* code : {"20", "10", "08", "17", "133"})
    for (const int day : {60, 120, 190}) shot(code, birth_ + day + dice_.below(20));
  for (const char* code : {"03", "21", "83"}) shot(code, birth_ + 380 + dice_.below(60));
  if (age_ >= 11 && dice_.chance(600)) shot("62", birth_ + 4100), shot("62", birth_ + 4400), shot("115", birth_ + 4200), shot("114", birth_ + 4150);
}

void Maker::make() {
  constexpr std::size_t least_facts = 72;  // at least 60 of them mean something to the shipped programmes
  out_.facts.clear();
  out_.resources.clear();
  person();
  for (const auto& each : illnesses)
    if (age_ >= each.from_age && dice_.chance(each.per_thousand)) illness(each);
  yearly();
  questionnaires();
  immunisations();
  // The rest of a long record: visits, and results of the kinds that practices repeat.
  for (int i = 0; out_.facts.size() < least_facts; ++i) {
    const auto day = birth_ + dice_.below(std::max(1, today_ - birth_));
    if (i % 3 == 0 || age_ < 18) encounter("AMB", day, 0);
    else if (i % 3 == 1) pressure(day, high_);
    else result("29463-7", day, 45 + dice_.below(60), "kg");
  }
}

std::string reference(const char* type, std::uint64_t id) { return std::string(type) + "/" + std::to_string(id); }

}  // namespace

Fact fact_from(const MadeFact& made) {
  Fact fact;
  fact.kind = made.kind;
  fact.state = made.state;
  fact.codes = {{*made.code.system, made.code.code}};
  if (made.answer.system) fact.answers = {{*made.answer.system, made.answer.code}};
  fact.start = made.start;
  fact.end = made.end;
  if (made.valued) fact.value = made.value, fact.unit = made.unit;
  return fact;
}

Person person_from(const MadePerson& made) {
  Person person;
  person.id = reference("Patient", made.id);
  person.birth = made.birth;
  person.sex = made.sex;
  person.deceased = made.deceased;
  person.active = made.active;
  if (made.registered) person.practitioners = {practitioner_of(made)};
  person.organization = organization_of(made);
  person.identifiers = {{std::string(synth_identifier_system), std::to_string(100'000'000 + made.index)}};
  person.country = "NL";
  person.postal_code = std::to_string(1000 + made.index % 9000);
  return person;
}

std::string practitioner_of(const MadePerson& made) { return reference("Practitioner", made.index / synth_people_per_list + 1); }
std::string organization_of(const MadePerson& made) { return reference("Organization", made.index / (synth_people_per_list * 4) + 1); }

void make_person(std::uint64_t seed, std::uint64_t index, Day today, MadePerson& out) { Maker(seed, index, today, out).make(); }

std::vector<SynthResource> synth_person(std::uint64_t seed, std::uint64_t index, Day today) {
  MadePerson made;
  make_person(seed, index, today, made);
  std::vector<SynthResource> resources;
  const auto patient = reference("Patient", made.id);
  resources.push_back({patient, {}});
  resources.back().digest.person = person_from(made);
  for (const auto& each : made.resources) {
    SynthResource resource{reference(each.type, each.id), {}};
    resource.digest.subject = patient;
    for (const auto& fact : std::span(made.facts).subspan(each.first, each.count)) resource.digest.facts.push_back(fact_from(fact));
    if (each.names_provider) resource.digest.provider = practitioner_of(made), resource.digest.service_provider = organization_of(made);
    resources.push_back(std::move(resource));
  }
  return resources;
}

}  // namespace core::population
