// The inside of the reference engine: one person on one day, rules run straight over the facts. Never: fast. Threads: none.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/core/gap/naive.hpp"

namespace naive {

constexpr Day earliest_day = -25567, latest_day = 39'967;  // 1900-01-01, 2079-06-05: outside, a day is not usable
using Op = Rule::Op;

Day birthday_of(Day birth, int years);
bool usable(Day day);
std::string plain(const std::string& system, const std::string& code);
std::string family(const std::string& system);
bool matches(const CodeSet::Entry& entry, const Coding& coding);
bool has_answer(const Fact& fact, const std::string& code);
bool by_code(const CodeSet& set, const Fact& fact);
bool by_any(const CodeSet& set, const std::vector<Coding>& codings);
bool counts(const Fact& fact);
bool is_request(const Fact& fact);
bool unfinished(const Fact& fact);
bool goes_on(const Fact& fact);
std::optional<float> number(const CodeSet& set, const Fact& fact);
bool good(const CodeSet& set, const Fact& fact);  // has what the set asks of evidence

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

inline Val yes_no(bool truth, const std::string& source = {}) { return {true, truth ? 1.0 : 0.0, false, source}; }
inline Val some(double n, const std::string& source = {}) { return {true, n, false, source}; }

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

}  // namespace naive
