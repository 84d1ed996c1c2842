#include "core/gap/guard.hpp"

#include <cmath>
#include <optional>

namespace core::gap {
namespace {

using Op = Rule::Op;

// Nothing known of it; known to be empty; or known by value.
struct Known {
  bool known = false;
  std::optional<double> value;
};

Known unknown() { return {}; }
Known empty() { return {true, std::nullopt}; }
Known exactly(double value) { return {true, value}; }
Known truth(bool value) { return exactly(value ? 1 : 0); }
bool is(const Known& each, bool value) { return each.known && each.value && (*each.value != 0) == value; }

Known reckon(const Rule& rule);

Known logic(const Rule& rule) {
  const auto a = reckon(rule.arguments[0]);
  if (rule.op == Op::not_) return a.known && a.value ? truth(*a.value == 0) : a;
  if (rule.op == Op::exists) return a.known ? truth(a.value.has_value()) : unknown();
  const auto b = reckon(rule.arguments[1]);
  switch (rule.op) {
    case Op::and_:
      if (is(a, false) || is(b, false)) return truth(false);
      if (is(a, true)) return b;
      if (is(b, true)) return a;
      break;
    case Op::or_:
      if (is(a, true) || is(b, true)) return truth(true);
      if (is(a, false)) return b;
      if (is(b, false)) return a;
      break;
    case Op::implies:
      if (is(a, false) || is(b, true)) return truth(true);
      if (is(a, true)) return b;
      return unknown();
    default:
      if (a.known && b.known) return a.value && b.value ? truth(*a.value != *b.value) : empty();
      return unknown();
  }
  return a.known && b.known ? empty() : unknown();
}

Known comparison(const Rule& rule) {
  const auto a = reckon(rule.arguments[0]), b = reckon(rule.arguments[1]);
  if ((a.known && !a.value) || (b.known && !b.value)) return empty();
  if (!a.known || !b.known) return unknown();
  const auto left = static_cast<float>(*a.value), right = static_cast<float>(*b.value);
  switch (rule.op) {
    case Op::equal: return truth(left == right);
    case Op::not_equal: return truth(left != right);
    case Op::less: return truth(left < right);
    case Op::less_or_equal: return truth(left <= right);
    case Op::greater: return truth(left > right);
    default: return truth(left >= right);
  }
}

Known arithmetic(const Rule& rule) {
  const auto a = reckon(rule.arguments[0]), b = reckon(rule.arguments[1]);
  if ((a.known && !a.value) || (b.known && !b.value)) return empty();
  if (!a.known || !b.known) return unknown();
  const auto result = rule.op == Op::add        ? *a.value + *b.value
                      : rule.op == Op::subtract ? *a.value - *b.value
                      : rule.op == Op::multiply ? *a.value * *b.value
                                                : *a.value / *b.value;
  return std::isfinite(result) ? exactly(result) : empty();
}

Known choice(const Rule& rule) {
  const auto condition = reckon(rule.arguments[0]);
  const auto then = reckon(rule.arguments[1]);
  const auto otherwise = rule.arguments.size() > 2 ? reckon(rule.arguments[2]) : empty();
  if (is(condition, true)) return then;
  if (condition.known) return otherwise;
  return then.known && otherwise.known && then.value == otherwise.value ? then : unknown();
}

Known first_or_best(const Rule& rule) {
  Known result = empty();
  for (const auto& argument : rule.arguments) {
    const auto each = reckon(argument);
    if (!each.known) return unknown();
    if (!each.value) {
      if (rule.op == Op::earliest) return empty();
      continue;
    }
    if (rule.op == Op::coalesce) return each;
    if (!result.value || (rule.op == Op::earliest ? *each.value < *result.value : *each.value > *result.value)) result = each;
  }
  return result;
}

Known reckon(const Rule& rule) {
  switch (rule.op) {
    case Op::empty: return empty();
    case Op::truth: case Op::number: case Op::day: return exactly(rule.number);
    case Op::and_: case Op::or_: case Op::xor_: case Op::implies: case Op::not_: case Op::exists: return logic(rule);
    case Op::iif: return choice(rule);
    case Op::coalesce: case Op::earliest: case Op::latest: return first_or_best(rule);
    case Op::equal: case Op::not_equal: case Op::less: case Op::less_or_equal: case Op::greater: case Op::greater_or_equal:
      return comparison(rule);
    case Op::add: case Op::subtract: case Op::multiply: case Op::divide: return arithmetic(rule);
    case Op::open: case Op::ever: case Op::within: case Op::count: case Op::twice_below: case Op::declined: case Op::on:
    case Op::under_way: case Op::need: case Op::supported:
      return exactly(0);
    case Op::onset: case Op::first: case Op::last: case Op::value: case Op::previous: case Op::lowest: case Op::highest: case Op::answer:
    case Op::on_since: case Op::need_since:
      return empty();
    case Op::drugs: return rule.arguments.empty() ? unknown() : exactly(0);
    default: return unknown();
  }
}

}  // namespace

Untouched untouched(const Rule& rule) {
  const auto result = reckon(rule);
  if (!result.known) return Untouched::unknown;
  if (!result.value) return Untouched::empty;
  return *result.value == 0 ? Untouched::no : *result.value == 1 ? Untouched::yes : Untouched::unknown;
}

}  // namespace core::gap
