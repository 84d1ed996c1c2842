// Random sets, rules, programmes, facts and people for tests; the same seed gives the same world.
#pragma once
#include <string>
#include <vector>

#include "core/gap/programme.hpp"
#include "tests/unit/core/gap/rules.hpp"

namespace testing {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  template <class T>
  const T& of(const std::vector<T>& list) { return list[next() % list.size()]; }

  Fact fact(Day around);
  Digest patient(const std::string& id, Day around);
  Rule boolean(int depth);
  Rule number(int depth);
  Rule day(int depth);
  Rule interval(int depth);
  gap::Programmes programmes(int count);

 private:
  gap::Item item(const std::string& code);
  Rule set_call(Op op) { return call(op, of(sets_)); }

  std::uint64_t state_;
  std::vector<std::string> sets_{"DM", "HT", "A1C", "SBP", "SMOKING", "STATIN", "NSAID", "EYE", "PLAN", "NEED-housing", "SUPPORT-housing"};
};

gap::Programmes chance_sets();

}  // namespace testing
