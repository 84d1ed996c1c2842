#include "tests/unit/core/gap/naive.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/population/population.hpp"

namespace naive {
namespace {

// The first day on which age_on() says so.
Day birthday_of(Day birth, int years) {
  auto day = plus_months(birth, 12 * years) - 2;
  while (age_on(birth, day) < years) ++day;
  return day;
}

constexpr Day earliest_day = -25567, latest_day = 39'967;  // 1900-01-01, 2079-06-05: outside, a day is not usable
using Op = Rule::Op;

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

}  // namespace

// --- the world ---------------------------------------------------------------------------------------------------------------

void World::put(const std::string& key, const Digest& digest) {
  const auto speak = [&](const std::string& record) {
    if (std::find(records_.begin(), records_.end(), record) == records_.end()) records_.push_back(record);
  };
  if (!digest.facts.empty() && !digest.subject.empty()) speak(digest.subject);
  if (digest.person) {
    speak(key);
    for (const auto& link : digest.person->links) speak(link);
  }
  for (auto& each : resources_)
    if (each.key == key) {
      each.digest = digest;
      return;
    }
  resources_.push_back({key, digest});
}

// A resource that is gone and comes back is stored anew.
void World::remove(const std::string& key) {
  std::erase_if(resources_, [&](const Resource& each) { return each.key == key; });
}

const Digest* World::find(const std::string& key) const {
  for (const auto& each : resources_)
    if (each.key == key && each.digest) return &*each.digest;
  return nullptr;
}

std::vector<std::string> World::subjects() const { return records_; }

std::size_t World::place(const std::string& record) const {
  return static_cast<std::size_t>(std::find(records_.begin(), records_.end(), record) - records_.begin());
}

bool World::joined(const std::string& a, const std::string& b) const {
  const auto* first = find(a);
  const auto* second = find(b);
  const auto identifiers = [](const std::string& key, const Digest* digest) {
    std::vector<Coding> all;
    if (digest && digest->person) all = digest->person->identifiers;
    if (key.starts_with("urn:identifier:")) {
      const auto rest = key.substr(15);
      all.push_back({rest.substr(0, rest.find('|')), rest.substr(rest.find('|') + 1)});
    }
    return all;
  };
  for (const auto& mine : identifiers(a, first))
    for (const auto& theirs : identifiers(b, second))
      if (mine == theirs) return true;
  const auto links = [](const Digest* digest, const std::string& to) {
    return digest && digest->person && std::find(digest->person->links.begin(), digest->person->links.end(), to) != digest->person->links.end();
  };
  return links(first, b) || links(second, a);
}

std::vector<std::string> World::group(const std::string& patient) const {
  std::vector<std::string> found{patient};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const auto& other : subjects())
      if (std::find(found.begin(), found.end(), other) == found.end() && joined(found[i], other)) found.push_back(other);
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return found;
}

std::optional<std::string> World::leading(const std::string& patient) const {
  for (const bool replaced : {false, true})
    for (const auto& record : group(patient)) {
      const auto* digest = find(record);
      if (digest && digest->person && digest->person->replaced_by.empty() != replaced) return record;
    }
  return std::nullopt;
}

bool World::known(const std::string& record) const {
  const auto* digest = find(record);
  return digest && digest->person;
}

std::vector<std::string> World::people() const {
  std::vector<std::string> all;
  for (const auto& record : records_)
    if (leading(record) == record) all.push_back(record);
  return all;
}

// --- one person on a day -----------------------------------------------------------------------------------------------------

struct Known {  // a fact with its source; `stored` orders facts of one day
  Fact fact;
  std::string key;
  std::size_t stored = 0;
};

struct Val {
  bool present = false;
  double n = 0;
  bool at_least = false;
  std::string source;
  bool yes() const { return present && n != 0; }
  bool no() const { return present && n == 0; }
};

class Evaluation {
 public:
  Evaluation(const World& world, const std::string& patient, Day day);
  std::vector<Answer> all();
  bool barred() const;

 private:
  using Facts = std::vector<const Known*>;
  const CodeSet& set(const std::string& name) const { return world_.programmes_.sets.at(name); }
  bool has(const std::string& name) const { return world_.programmes_.sets.count(name) > 0; }
  bool seen(const Known& each) const { return !usable(each.fact.start) || each.fact.start <= today_; }
  template <class Which>
  Facts newest_first(Which&& which) const;
  bool outside(const CodeSet& set, const Known& each) const { return !set.outside_hospital || !in_hospital(each.fact.start); }
  bool in_hospital(Day day) const;
  Facts evidence(const std::string& name, bool doubtful_too = false) const;
  bool doubtful(const std::string& name) const;

  Val run(const Rule& rule);
  Val compare(const Rule& rule);
  Val arithmetic(const Rule& rule);
  Val call(const Rule& rule);
  Val facts_call(const Rule& rule, const std::string& name, const std::vector<Val>& numbers);
  Val need(const std::string& name, bool since);
  Val supported(const std::string& name);
  Val day_value(const CodeSet& set, const Facts& results, std::size_t at) const;
  Facts results(const std::string& name) const;
  bool on(const Known& each) const;
  Val drugs(const std::string* name) const;

  Answer decide(const gap::Programme& programme, const gap::Item& item, const Val& cohort, const Val& applies, int programme_excludes);
  int excluded(const std::vector<gap::Exclusion>& list);  // 1 yes, 0 no, -1 unknown
  Status status_at(const gap::Item& item, Day due) const;
  void by_date(const gap::Programme& programme, const gap::Item& item, Answer& answer);
  void dated(const gap::Programme& programme, const gap::Item& item, const Val& found, Answer& answer);
  void by_rule(const gap::Programme& programme, const gap::Item& item, Answer& answer);
  Day start(const gap::Programme& programme, const gap::Item& item, Day& stated);
  static Rule evidence_rule(const gap::Item& item);

  const World& world_;
  std::vector<Known> facts_;
  Person person_;
  World::Risk risk_;
  Day today_;
  bool lenient_ = false;
};

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

template <class Which>
Evaluation::Facts Evaluation::newest_first(Which&& which) const {
  Facts found;
  for (const auto& each : facts_)
    if (seen(each) && which(each)) found.push_back(&each);
  std::stable_sort(found.begin(), found.end(), [](const Known* a, const Known* b) {
    return a->fact.start != b->fact.start ? a->fact.start > b->fact.start : a->stored < b->stored;
  });
  return found;  // no_day is smallest: undated last
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

Val yes_no(bool truth, const std::string& source = {}) { return {true, truth ? 1.0 : 0.0, false, source}; }
Val some(double n, const std::string& source = {}) { return {true, n, false, source}; }

Val Evaluation::run(const Rule& rule) {
  const auto& a = rule.arguments;
  switch (rule.op) {
    case Op::empty: return {};
    case Op::truth: case Op::number: case Op::day: return some(rule.number);
    case Op::and_: {
      const auto x = run(a[0]), y = run(a[1]);
      if (x.no() || y.no()) return yes_no(false);
      return x.yes() && y.yes() ? yes_no(true) : Val{};
    }
    case Op::or_: {
      const auto x = run(a[0]), y = run(a[1]);
      if (x.yes() || y.yes()) return yes_no(true);
      return x.no() && y.no() ? yes_no(false) : Val{};
    }
    case Op::xor_: {
      const auto x = run(a[0]), y = run(a[1]);
      return x.present && y.present ? yes_no(x.yes() != y.yes()) : Val{};
    }
    case Op::implies: {
      const auto x = run(a[0]), y = run(a[1]);
      if (x.no() || y.yes()) return yes_no(true);
      return x.yes() && y.no() ? yes_no(false) : Val{};
    }
    case Op::not_: {
      const auto x = run(a[0]);
      return x.present ? yes_no(x.no()) : Val{};
    }
    case Op::exists: return yes_no(run(a[0]).present);
    case Op::iif: return run(a[0]).yes() ? run(a[1]) : a.size() > 2 ? run(a[2]) : Val{};
    case Op::coalesce:
      for (const auto& each : a)
        if (const auto x = run(each); x.present) return x;
      return {};
    case Op::earliest: case Op::latest: {
      Val best;
      for (const auto& each : a) {
        const auto x = run(each);
        if (!x.present && rule.op == Op::earliest) return {};
        if (x.present && (!best.present || (rule.op == Op::earliest ? x.n < best.n : x.n > best.n))) best = x;
      }
      return best;
    }
    case Op::equal: case Op::not_equal: case Op::less: case Op::less_or_equal: case Op::greater: case Op::greater_or_equal: return compare(rule);
    case Op::add: case Op::subtract: case Op::multiply: case Op::divide: return arithmetic(rule);
    default: return call(rule);
  }
}

bool holds(Op op, float x, float y) {
  switch (op) {
    case Op::equal: return x == y;
    case Op::not_equal: return x != y;
    case Op::less: return x < y;
    case Op::less_or_equal: return x <= y;
    case Op::greater: return x > y;
    default: return x >= y;
  }
}

// A count that may be higher: the comparison holds only if it holds for every number it may be.
Val Evaluation::compare(const Rule& rule) {
  const auto x = run(rule.arguments[0]), y = run(rule.arguments[1]);
  if (!x.present || !y.present) return {};
  const auto left = static_cast<float>(x.n), right = static_cast<float>(y.n);
  const bool result = holds(rule.op, left, right);
  if (!x.at_least && !y.at_least) return yes_no(result);
  if (x.at_least && y.at_least) return {};
  const bool may_meet = x.at_least ? right > left : left > right;
  if ((rule.op == Op::equal || rule.op == Op::not_equal) && may_meet) return {};
  const auto more = 1e9f;
  if (holds(rule.op, x.at_least ? left + more : left, y.at_least ? right + more : right) != result) return {};
  return yes_no(result);
}

Val Evaluation::arithmetic(const Rule& rule) {
  const auto x = run(rule.arguments[0]), y = run(rule.arguments[1]);
  if (!x.present || !y.present || x.at_least || y.at_least) return {};
  const double n = rule.op == Op::add        ? x.n + y.n
                   : rule.op == Op::subtract ? x.n - y.n
                   : rule.op == Op::multiply ? x.n * y.n
                                             : x.n / y.n;
  return std::isfinite(n) ? some(n, x.source.empty() ? y.source : x.source) : Val{};
}

Val Evaluation::call(const Rule& rule) {
  std::vector<Val> numbers;
  std::vector<std::string> names;
  for (const auto& each : rule.arguments) {
    if (each.op == Op::text) names.push_back(each.text);
    else numbers.push_back(run(each));
  }
  for (const auto& each : numbers)
    if (!each.present) return {};
  switch (rule.op) {
    case Op::age: return person_.birth == no_day || person_.birth > today_ ? Val{} : some(age_on(person_.birth, today_));
    case Op::age_days: return person_.birth == no_day ? Val{} : some(today_ - person_.birth);
    case Op::female: return person_.sex == 'f' || person_.sex == 'm' ? yes_no(person_.sex == 'f') : Val{};
    case Op::male: return person_.sex == 'f' || person_.sex == 'm' ? yes_no(person_.sex == 'm') : Val{};
    case Op::today: return some(today_);
    case Op::born: return person_.birth == no_day ? Val{} : some(person_.birth);
    case Op::birthday: return person_.birth == no_day ? Val{} : some(birthday_of(person_.birth, static_cast<int>(numbers[0].n)));
    case Op::season_start:
      for (Day day = today_;; --day)
        if (const auto date = civil_from(day); date.month == static_cast<int>(numbers[0].n) && date.day == static_cast<int>(numbers[1].n)) return some(day);
    case Op::need: return need(names[0], false);
    case Op::need_since: return need(names[0], true);
    case Op::supported: return supported(names[0]);
    case Op::tier:
      if (names.empty()) return risk_.tier ? some(*risk_.tier) : Val{};
      return risk_.tiers.count(names[0]) ? some(risk_.tiers.at(names[0])) : Val{};
    case Op::score: return risk_.scores.count(names[0]) ? some(risk_.scores.at(names[0])) : Val{};
    case Op::drugs: return drugs(names.empty() ? nullptr : &names[0]);
    case Op::answer: {
      const auto asked = newest_first([&](const Known& each) {
        bool question = by_code(set(names[0]), each.fact);
        for (const auto& entry : set(names[0]).entries)
          for (const auto& coding : each.fact.codes) question = question || (!entry.answer.empty() && matches(entry, coding));
        return question && counts(each.fact) && !each.fact.answers.empty() && outside(set(names[0]), each);
      });
      if (asked.empty()) return {};
      for (const auto* each : asked)
        if (each->fact.start == asked.front()->fact.start && (by_any(set(names[1]), each->fact.answers) || by_code(set(names[1]), each->fact))) return yes_no(true);
      return yes_no(false);
    }
    default: return facts_call(rule, names[0], numbers);
  }
}

Evaluation::Facts Evaluation::results(const std::string& name) const {
  Facts found;
  for (const auto* each : evidence(name, true))
    if (number(set(name), each->fact)) found.push_back(each);
  return found;
}

Val Evaluation::day_value(const CodeSet& codes, const Facts& all, std::size_t at) const {
  Val best;
  for (const auto* each : all) {
    if (each->fact.start != all[at]->fact.start) continue;
    const auto n = static_cast<double>(*number(codes, each->fact));
    if (!best.present || (codes.lowest_of_day && n < best.n)) best = some(n, each->key);
  }
  return best;
}

Val Evaluation::facts_call(const Rule& rule, const std::string& name, const std::vector<Val>& numbers) {
  const auto& codes = set(name);
  const int days = numbers.empty() ? 0 : static_cast<int>(numbers.back().n);
  const auto inside = [&](const Known* each) { return each->fact.start != no_day && each->fact.start > today_ - days; };
  const auto conditions = newest_first([&](const Known& each) {
    return each.fact.kind == FactKind::condition && each.fact.state == State::valid &&
           by_code(codes, each.fact) && each.fact.end > today_ && outside(codes, each);
  });
  const auto occurred = newest_first([&](const Known& each) {
    return by_code(codes, each.fact) && outside(codes, each) && ((counts(each.fact) && !(unfinished(each.fact) && is_request(each.fact))) || (each.fact.state == State::stopped && each.fact.kind == FactKind::care_plan));
  });
  const auto first_of = [](const Facts& all) -> const Known* {
    const Known* first = nullptr;
    for (const auto* each : all)
      if (each->fact.start != no_day && (!first || each->fact.start < first->fact.start)) first = each;
    return first;
  };
  const auto medicines = newest_first([&](const Known& each) { return each.fact.kind == FactKind::medication && by_code(codes, each.fact) && counts(each.fact) && outside(codes, each); });
  switch (rule.op) {
    case Op::open: return yes_no(!conditions.empty());
    case Op::onset: {
      const auto* first = first_of(conditions);
      return first ? some(first->fact.start, first->key) : Val{};
    }
    case Op::ever: return yes_no(!occurred.empty());
    case Op::first: {
      const auto* first = first_of(occurred);
      return first ? some(first->fact.start, first->key) : Val{};
    }
    case Op::last: {
      Val result;
      for (const auto* each : evidence(name, lenient_)) {
        if (lenient_ && each->fact.start == no_day) result = some(today_);
        if (!result.present && each->fact.start != no_day) result = some(each->fact.start, each->key);
      }
      if (!numbers.empty() && result.present && result.n < numbers[0].n) return {};
      return result;
    }
    case Op::within: {
      bool perhaps = false;
      for (const auto* each : evidence(name, true)) {
        const bool sure = good(codes, each->fact) && each->fact.start != no_day;
        if (sure && inside(each)) return yes_no(true);
        perhaps = perhaps || each->fact.start == no_day || inside(each);
      }
      return perhaps ? Val{} : yes_no(false);
    }
    case Op::count: {
      std::set<Day> found;
      bool more = false;
      for (const auto* each : evidence(name, true)) {
        if (each->fact.start != no_day && !numbers.empty() && !inside(each)) continue;
        if (each->fact.start == no_day || !good(codes, each->fact)) more = true;
        else found.insert(each->fact.start);
      }
      auto result = some(static_cast<double>(found.size()));
      result.at_least = more;
      return result;
    }
    case Op::value: {
      const auto all = evidence(name, true);
      for (const auto* each : all)
        if (each->fact.start == no_day && (number(codes, each->fact) || !good(codes, each->fact))) return {};
      if (all.empty() || all.front()->fact.start == no_day || (!numbers.empty() && !inside(all.front()))) return {};
      const auto found = results(name);
      if (found.empty() || found.front()->fact.start != all.front()->fact.start) return {};
      return day_value(codes, found, 0);
    }
    case Op::previous: {
      const auto all = results(name);
      int skip = days;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i]->fact.start == no_day) return {};
        if (i > 0 && all[i]->fact.start == all[i - 1]->fact.start) continue;
        if (skip-- == 0) return day_value(codes, all, i);
      }
      return {};
    }
    case Op::lowest: case Op::highest: {
      Val best;
      for (const auto* each : results(name)) {
        if (!inside(each)) continue;
        const auto n = static_cast<double>(*number(codes, each->fact));
        if (!best.present || (rule.op == Op::highest ? n > best.n : n < best.n)) best = some(n, each->key);
      }
      return best;
    }
    case Op::twice_below: {
      const auto limit = static_cast<float>(numbers[0].n);
      for (const auto* a : results(name))
        for (const auto* b : results(name))
          if (a != b && a->fact.start != no_day && b->fact.start != no_day && *number(codes, a->fact) < limit && *number(codes, b->fact) < limit &&
              a->fact.start - b->fact.start >= days)
            return yes_no(true);
      return doubtful(name) ? Val{} : yes_no(false);
    }
    case Op::declined: {
      const auto all = newest_first([&](const Known& each) {
        return by_code(codes, each.fact) && outside(codes, each) && (each.fact.state == State::declined || (counts(each.fact) && !unfinished(each.fact) && good(codes, each.fact)));
      });
      return yes_no(!all.empty() && all.front()->fact.state == State::declined);
    }
    case Op::on: return yes_no(std::any_of(medicines.begin(), medicines.end(), [&](const Known* each) { return on(*each); }));
    case Op::on_since: {
      if (!std::any_of(medicines.begin(), medicines.end(), [&](const Known* each) { return on(*each); })) return {};
      const Known* start = nullptr;
      for (const auto* each : medicines) {
        if (each->fact.start == no_day || (start && start->fact.start - each->fact.start > 730)) break;
        if (!start || each->fact.start < start->fact.start) start = each;
      }
      return start ? some(start->fact.start, start->key) : Val{};
    }
    case Op::under_way:
      return yes_no(!newest_first([&](const Known& each) {
                       return goes_on(each.fact) && by_code(codes, each.fact) && each.fact.end >= today_ && outside(codes, each);
                     }).empty());
    default: return {};
  }
}

bool Evaluation::on(const Known& each) const {
  if (each.fact.end < today_) return false;
  if (each.fact.state == State::stopped) return each.fact.end != open_end;
  if (each.fact.state == State::valid) return each.fact.start != no_day && each.fact.start > today_ - 365;
  return each.fact.state == State::active;
}

Val Evaluation::drugs(const std::string* name) const {
  std::set<std::string> found;
  bool unnamed = false;
  for (const auto& each : facts_) {
    if (!seen(each) || each.fact.kind != FactKind::medication || !on(each) || (name && !by_code(set(*name), each.fact))) continue;
    if (each.fact.codes.empty()) unnamed = true;
    else found.insert(each.fact.codes.front().system + "|" + each.fact.codes.front().code);
  }
  auto result = some(static_cast<double>(found.size()));
  result.at_least = unnamed;
  return result;
}

Val Evaluation::need(const std::string& name, bool since) {
  Day start = no_day;
  bool known = false;
  if (has("NEED-" + name)) {
    Rule set_name{Op::text, 0, "NEED-" + name, {}, 0};
    known = run(Rule{Op::open, 0, {}, {set_name}, 0}).yes();
    if (const auto onset = run(Rule{Op::onset, 0, {}, {set_name}, 0}); onset.present) start = static_cast<Day>(onset.n);
  }
  bool asked = false, none = false;
  std::set<std::pair<std::string, std::string>> questions;
  for (const char* suffix : {"-answers", "-no"})
    if (has("NEED-" + name + suffix))
      for (const auto& entry : set("NEED-" + name + suffix).entries) questions.insert({entry.system, entry.code});
  for (const auto& [system, code] : questions) {
    CodeSet::Entry question{system, code, false, {}};
    const auto said = newest_first([&](const Known& each) {
      return counts(each.fact) && !each.fact.answers.empty() &&
             std::any_of(each.fact.codes.begin(), each.fact.codes.end(), [&](const Coding& coding) { return matches(question, coding); });
    });
    if (said.empty()) continue;
    const auto says = [&](const Known* each, const char* suffix) {
      if (!has("NEED-" + name + suffix)) return false;
      for (const auto& entry : set("NEED-" + name + suffix).entries)
        if (entry.system == system && entry.code == code && has_answer(each->fact, entry.answer)) return true;
      return false;
    };
    const auto on_day = [&](Day day, const char* suffix) {
      return std::any_of(said.begin(), said.end(), [&](const Known* each) { return each->fact.start == day && says(each, suffix); });
    };
    asked = true;
    none = none || on_day(said.front()->fact.start, "-no");
    if (!on_day(said.front()->fact.start, "-answers")) continue;
    known = true;
    Day from = said.front()->fact.start;
    for (const auto* each : said) {
      if (!on_day(each->fact.start, "-answers")) break;
      from = each->fact.start;
    }
    if (from != no_day && (start == no_day || from < start)) start = from;
  }
  if (since) return known && start != no_day ? some(start) : Val{};
  if (known) return yes_no(true);
  return asked && !none ? Val{} : yes_no(false);
}

Val Evaluation::supported(const std::string& name) {
  const auto& support = set("SUPPORT-" + name);
  for (const auto& each : facts_) {
    if (!seen(each) || !by_code(support, each.fact)) continue;
    const bool runs = goes_on(each.fact) && each.fact.end >= today_;
    const bool done = (each.fact.kind == FactKind::procedure || each.fact.kind == FactKind::task) && each.fact.state == State::valid && each.fact.start != no_day && each.fact.start > today_ - 90;
    if (!runs && !done) continue;
    if (each.fact.kind == FactKind::service_request && std::any_of(facts_.begin(), facts_.end(), [&](const Known& other) {
          return seen(other) && other.fact.kind == FactKind::task && by_code(support, other.fact) &&
                 std::find(other.fact.links.begin(), other.fact.links.end(), each.key) != other.fact.links.end();
        }))
      continue;
    bool linked = false;
    for (const char* suffix : {"", "-about"})
      if (has("NEED-" + name + suffix)) linked = linked || by_any(set("NEED-" + name + suffix), each.fact.about);
    if (has("NEED-" + name))
      for (const auto& other : facts_)
        if (seen(other) && other.fact.kind == FactKind::condition && other.fact.state == State::valid &&
            by_code(set("NEED-" + name), other.fact))
          linked = linked || std::find(each.fact.links.begin(), each.fact.links.end(), other.key) != each.fact.links.end();
    if (linked) return yes_no(true);
  }
  return yes_no(false);
}

// --- decisions ---------------------------------------------------------------------------------------------------------------

int Evaluation::excluded(const std::vector<gap::Exclusion>& list) {
  bool unknown = false;
  for (const auto& each : list) {
    const auto value = run(each.when);
    if (value.yes()) return 1;
    unknown = unknown || !value.present;
  }
  return unknown ? -1 : 0;
}

Status Evaluation::status_at(const gap::Item& item, Day due) const {
  if (today_ < due - item.soon_days) return Status::satisfied;
  if (today_ < due) return Status::due_soon;
  return today_ <= due + item.grace_days ? Status::open : Status::overdue;
}

struct Beginning {
  std::set<std::string> sets;
  int age = 0;
};

Beginning beginning(const Rule& rule) {
  Beginning found;
  const auto age = [&](const Rule& test) {
    if (test.arguments.size() == 2 && test.arguments[0].op == Op::age && test.arguments[1].op == Op::number) {
      const int limit = static_cast<int>(test.arguments[1].number);
      if (test.op == Op::greater_or_equal || test.op == Op::equal) return limit;
      if (test.op == Op::greater) return limit + 1;
    }
    return 0;
  };
  if (rule.op == Op::and_ || rule.op == Op::or_) {
    const auto a = beginning(rule.arguments[0]), b = beginning(rule.arguments[1]);
    found.sets = a.sets;
    found.sets.insert(b.sets.begin(), b.sets.end());
    if (rule.op == Op::and_) found.age = std::max(a.age, b.age);
    else if (a.age > 0 && b.age > 0) found.age = std::min(a.age, b.age);
  } else if (rule.op == Op::open || rule.op == Op::ever || rule.op == Op::on || rule.op == Op::under_way) {
    found.sets.insert(rule.arguments[0].text);
  } else {
    found.age = age(rule);
  }
  return found;
}

Day Evaluation::start(const gap::Programme& programme, const gap::Item& item, Day& stated) {
  stated = no_day;
  if (item.start)
    if (const auto value = run(*item.start); value.present) return stated = static_cast<Day>(value.n);
  auto begin = beginning(programme.cohort), more = beginning(item.applies);
  begin.sets.insert(more.sets.begin(), more.sets.end());
  begin.age = std::max(begin.age, more.age);
  std::optional<Day> first;
  for (const auto& name : begin.sets) {
    const auto day = run(Rule{Op::first, 0, {}, {Rule{Op::text, 0, name, {}, 0}}, 0});
    if (day.present && (!first || day.n < *first)) first = static_cast<Day>(day.n);
  }
  std::optional<Day> known;
  for (const auto& each : facts_)
    if (each.fact.start != no_day && each.fact.start <= today_ && (!known || each.fact.start < *known)) known = each.fact.start;
  if (begin.age > 0 && person_.birth != no_day) {
    const auto birthday = birthday_of(person_.birth, begin.age);
    first = std::max(first.value_or(birthday), birthday);
    if (known) first = std::max(*first, *known);
  }
  if (!first) first = known;
  return first.value_or(today_);
}

Rule Evaluation::evidence_rule(const gap::Item& item) {
  if (item.evidence) return *item.evidence;
  Rule newest{Op::latest, 0, {}, {}, 0};
  for (const auto& set : item.evidence_sets) newest.arguments.push_back(Rule{Op::last, 0, {}, {Rule{Op::text, 0, set, {}, 0}}, 0});
  return newest;
}

bool asks_last(const Rule& rule, std::vector<std::string>& sets) {
  if (rule.op == Op::last) sets.push_back(rule.arguments[0].text);
  for (const auto& each : rule.arguments) asks_last(each, sets);
  return !sets.empty();
}

void Evaluation::dated(const gap::Programme& programme, const gap::Item& item, const Val& found, Answer& answer) {
  if (!found.present) {
    Day stated = no_day;
    answer.due = std::max(start(programme, item, stated), programme.covers_from) + item.delay_days;
    answer.interval = stated;
    answer.status = status_at(item, answer.due);
    answer.since = answer.status == Status::due_soon ? answer.due - item.soon_days : answer.due;
    return;
  }
  const auto day = static_cast<Day>(found.n);
  answer.last = answer.interval = answer.since = day;
  answer.source = found.source;
  answer.status = Status::satisfied;
  if (!item.every) return;
  const auto every = run(*item.every);
  if (!every.present) {
    answer.status = Status::not_evaluable;
    return;
  }
  answer.due = day + static_cast<Day>(std::clamp(every.n, 0.0, 200'000.0));
  answer.status = status_at(item, answer.due);
  if (answer.status != Status::satisfied) answer.since = answer.status == Status::due_soon ? answer.due - item.soon_days : answer.due;
}

void Evaluation::by_date(const gap::Programme& programme, const gap::Item& item, Answer& answer) {
  const auto rule = evidence_rule(item);
  dated(programme, item, run(rule), answer);
  if (answer.status != Status::open && answer.status != Status::overdue) return;
  std::vector<std::string> sets;
  asks_last(rule, sets);
  if (std::none_of(sets.begin(), sets.end(), [&](const std::string& name) { return doubtful(name); })) return;
  lenient_ = true;
  Answer possible;
  dated(programme, item, run(rule), possible);
  lenient_ = false;
  if (possible.status == Status::satisfied || possible.status == Status::due_soon) answer.status = Status::not_evaluable;
}

void Evaluation::by_rule(const gap::Programme& programme, const gap::Item& item, Answer& answer) {
  const auto now = today_;
  const auto met = run(*item.met);
  std::set<Day, std::greater<>> days;
  const Known* newest = nullptr;
  for (const auto& name : item.evidence_sets) {
    const auto all = evidence(name);
    for (const auto* each : all)
      if (each->fact.start != no_day) days.insert(each->fact.start);
    if (!all.empty() && all.front()->fact.start != no_day && (!newest || all.front()->fact.start > newest->fact.start)) newest = all.front();
  }
  if (newest) answer.last = newest->fact.start, answer.source = newest->key;
  Day stated = no_day;
  const auto began = std::max(start(programme, item, stated), programme.covers_from);
  auto held = no_day, failed = now;
  int tried = 0;
  for (const auto day : days) {
    if (tried++ == 64) break;
    today_ = day;
    const bool yes = run(*item.met).yes();
    if (yes) {
      held = day;
      break;
    }
    failed = day;
  }
  Day unmet = days.empty() ? no_day : failed;
  if (held != no_day && !met.yes()) {
    unmet = held + 1;
    for (Day day = held; day < now; ++day) {
      today_ = day;
      if (run(*item.met).yes()) unmet = day + 1;
    }
  }
  today_ = now;
  answer.interval = no_day;
  for (const auto day : days) {  // the day itself, not where the halving ended
    today_ = day;
    const bool yes = run(*item.met).yes();
    today_ = now;
    if (yes) {
      answer.interval = day;
      break;
    }
  }
  if (tried > 64) answer.interval = no_day;
  if (answer.interval == no_day || (stated != no_day && stated > answer.interval)) answer.interval = stated;
  if (met.yes()) {
    answer.status = Status::satisfied;
    answer.since = answer.last;
    return;
  }
  answer.due = (unmet == no_day ? began : std::max(began, unmet)) + item.delay_days;
  answer.status = met.present ? status_at(item, answer.due) : Status::not_evaluable;
  if (answer.status == Status::satisfied) answer.source.clear();  // not due yet: nothing is evidence for it
  answer.since = answer.status == Status::due_soon ? answer.due - item.soon_days : answer.due;
}

Answer Evaluation::decide(const gap::Programme& programme, const gap::Item& item, const Val& cohort, const Val& applies, int shared) {
  Answer answer;
  answer.item = item.code;
  const int own = excluded(item.exclusions);
  const bool out = shared == 1 || own == 1, unknown = shared == -1 || own == -1;
  const bool known = cohort.present && applies.present;
  if (out) {  // also when it is not known whether it applies
    answer.status = Status::excluded;
    return answer;
  }
  if (item.met) by_rule(programme, item, answer);
  else by_date(programme, item, answer);
  for (const auto& name : item.evidence_sets) {
    const auto refused = newest_first([&](const Known& each) { return each.fact.state == State::declined && by_code(set(name), each.fact) && outside(set(name), each); });
    if (!refused.empty() && refused.front()->fact.start != no_day && (answer.last == no_day || refused.front()->fact.start > answer.last))
      answer.declined = std::max(answer.declined, refused.front()->fact.start);
  }
  if (!known || unknown) answer.status = Status::not_evaluable;
  return answer;
}

std::vector<Answer> Evaluation::all() {
  std::vector<Answer> answers;
  if (barred()) return answers;
  for (const auto& programme : world_.programmes_.programmes) {
    if (!programme.active) continue;
    const auto cohort = run(programme.cohort);
    if (cohort.no()) continue;
    const int shared = excluded(programme.exclusions);
    for (const auto& item : programme.items) {
      const auto applies = run(item.applies);
      if (!applies.no()) answers.push_back(decide(programme, item, cohort, applies, shared));
    }
  }
  return answers;
}

std::vector<std::string> World::describe(const std::string& patient) const {
  std::vector<std::string> lines;
  for (const auto& record : group(patient))
    for (const auto& resource : resources_) {
      if (!resource.digest || (resource.digest->subject.empty() ? resource.key : resource.digest->subject) != record) continue;
      if (resource.digest->person) lines.push_back(record + " is known");
      for (const auto& fact : resource.digest->facts) {
        auto line = record + " " + resource.key + " kind " + std::to_string(static_cast<int>(fact.kind)) + " state " + std::to_string(static_cast<int>(fact.state));
        for (const auto& each : fact.codes) line += " code " + each.code;
        for (const auto& each : fact.answers) line += " answer " + each.code;
        for (const auto& each : fact.about) line += " about " + each.code;
        line += " start " + (fact.start == no_day ? "-" : text(fact.start)) + (fact.end == open_end ? "" : " end " + text(fact.end));
        if (fact.value) line += " value " + std::to_string(*fact.value) + " " + fact.unit;
        lines.push_back(line);
      }
    }
  return lines;
}

std::vector<Answer> World::decide(const std::string& patient, Day as_of) const { return Evaluation(*this, patient, as_of).all(); }

}  // namespace naive
