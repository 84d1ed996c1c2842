// One person on a day, and which facts mean what to a set.
#include "tests/unit/core/gap/naive_evaluation.hpp"

#include <set>

namespace naive {

// The first day on which age_on() says so.
Day birthday_of(Day birth, int years) {
  auto day = plus_months(birth, 12 * years) - 2;
  while (age_on(birth, day) < years) ++day;
  return day;
}

bool usable(Day day) { return day >= earliest_day && day <= latest_day; }

std::string plain(const std::string& system, const std::string& code) {
  const bool tree = system.find("icd-10") != std::string::npos || system.find("icpc-1") != std::string::npos;
  if (!tree) return code;
  std::string result;
  for (const char c : code)
    if (c != '.') result += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

std::string family(const std::string& system) {
  for (const char* each : {"icd-10", "icpc-1"})
    if (system.find(each) != std::string::npos) return each;
  return system;
}

bool matches(const CodeSet::Entry& entry, const Coding& coding) {
  if (family(entry.system) != family(coding.system)) return false;
  const auto wanted = plain(entry.system, entry.code), found = plain(coding.system, coding.code);
  return entry.prefix ? found.starts_with(wanted) : found == wanted;
}

bool has_answer(const Fact& fact, const std::string& code) {
  return std::any_of(fact.answers.begin(), fact.answers.end(), [&](const Coding& each) { return each.code == code; });
}

bool by_code(const CodeSet& set, const Fact& fact) {
  for (const auto& entry : set.entries)
    for (const auto& coding : fact.codes)
      if (matches(entry, coding) && (entry.answer.empty() || has_answer(fact, entry.answer))) return true;
  return false;
}

bool by_any(const CodeSet& set, const std::vector<Coding>& codings) {
  for (const auto& entry : set.entries)
    for (const auto& coding : codings)
      if (entry.answer.empty() && matches(entry, coding)) return true;
  return false;
}

bool counts(const Fact& fact) {
  return fact.state == State::valid || fact.state == State::active || (fact.state == State::stopped && fact.kind == FactKind::medication);
}

bool is_request(const Fact& fact) { return fact.kind == FactKind::service_request || fact.kind == FactKind::task; }

// Still going on, or only asked for: no evidence yet.
bool unfinished(const Fact& fact) {
  return fact.state == State::active && fact.kind != FactKind::medication && fact.kind != FactKind::care_plan;
}

bool goes_on(const Fact& fact) {
  return fact.state == State::active && (is_request(fact) || fact.kind == FactKind::care_plan || fact.kind == FactKind::encounter);
}

std::optional<float> number(const CodeSet& set, const Fact& fact) {
  if (!fact.value) return std::nullopt;
  const auto raw = static_cast<float>(*fact.value);
  if (set.unit.empty() || fact.unit == set.unit) return raw;
  for (const auto& each : set.conversions)
    if (each.unit == fact.unit) return raw * static_cast<float>(each.factor) + static_cast<float>(each.offset);
  return std::nullopt;
}

bool good(const CodeSet& set, const Fact& fact) {  // has what the set asks of evidence
  if (!set.needs_value || number(set, fact)) return true;
  return set.unit.empty() && !fact.answers.empty();
}

Evaluation::Evaluation(const World& world, const std::string& patient, Day day) : world_(world), today_(day) {
  const auto group = world.group(patient);
  const auto leader = *world.leading(patient);
  person_ = *world.find(leader)->person;
  for (const auto& record : group) {
    const auto* digest = world.find(record);
    if (!digest || !digest->person || record == leader) continue;
    const auto& other = *digest->person;
    if (person_.birth == no_day) person_.birth = other.birth;
    if (person_.sex == 'u') person_.sex = other.sex;
    if (other.deceased != no_day && (person_.deceased == no_day || other.deceased < person_.deceased)) person_.deceased = other.deceased;
    person_.dead = person_.dead || other.dead;
    person_.active = person_.active || other.active;
  }
  if (const auto found = world.risks.find(leader); found != world.risks.end()) risk_ = found->second;
  std::size_t stored = 0;
  for (const auto& record : group)
    for (const auto& resource : world.resources_) {
      if (!resource.digest) continue;
      const auto& digest = *resource.digest;
      const auto& subject = digest.subject.empty() && digest.person ? resource.key : digest.subject;
      if (subject != record) continue;
      for (auto fact : digest.facts) {
        if (fact.kind == FactKind::medication && fact.codes.empty())
          for (const auto& link : fact.links)
            if (link.starts_with("Medication/"))
              if (const auto* medication = world.find(link); medication && !medication->facts.empty()) fact.codes = medication->facts.front().codes;
        if (!usable(fact.start)) fact.start = no_day;
        facts_.push_back({fact, resource.key, ++stored});
      }
    }
}

bool Evaluation::barred() const {
  if (person_.dead && person_.deceased == no_day) return true;
  if (person_.deceased != no_day && person_.deceased <= today_) return true;
  return !person_.active || (person_.birth != no_day && person_.birth > today_);
}

bool Evaluation::in_hospital(Day day) const {
  if (day == no_day) return false;
  for (const auto& each : facts_) {
    if (each.fact.kind != FactKind::encounter || each.fact.start == no_day || (each.fact.state != State::valid && each.fact.state != State::active)) continue;
    const bool hospital = std::any_of(each.fact.codes.begin(), each.fact.codes.end(), [](const Coding& code) {
      const std::set<std::string> classes{"EMER", "IMP", "ACUTE", "NONAC", "SS", "OBSENC"};
      return code.system == "http://terminology.hl7.org/CodeSystem/v3-ActCode" && classes.count(code.code) > 0;
    });
    if (hospital && each.fact.start <= day && (day == each.fact.start || (each.fact.end != open_end && each.fact.end >= day))) return true;
  }
  return false;
}

// Facts of the set that count, newest first; on request also those that only lack a usable value.
Evaluation::Facts Evaluation::evidence(const std::string& name, bool doubtful_too) const {
  const auto& codes = set(name);
  return newest_first([&](const Known& each) {
    return by_code(codes, each.fact) && counts(each.fact) && !unfinished(each.fact) && (doubtful_too || good(codes, each.fact)) && outside(codes, each);
  });
}

bool Evaluation::doubtful(const std::string& name) const {
  const auto& codes = set(name);
  return std::any_of(facts_.begin(), facts_.end(), [&](const Known& each) {
    return seen(each) && by_code(codes, each.fact) && counts(each.fact) && !unfinished(each.fact) && outside(codes, each) && (!good(codes, each.fact) || each.fact.start == no_day);
  });
}

}  // namespace naive
