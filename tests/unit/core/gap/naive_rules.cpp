// Rules as the specification has them: three-valued logic, comparisons, calls.
#include "tests/unit/core/gap/naive_evaluation.hpp"

#include <cmath>
#include <limits>

namespace naive {

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

}  // namespace naive
