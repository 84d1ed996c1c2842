#include "core/gap/aspects.hpp"

#include <algorithm>
#include <array>

namespace core::gap {
namespace {

using Op = Rule::Op;

void age_limit(const Rule& rule, Beginning& found) {
  if (rule.arguments.size() != 2 || rule.arguments[0].op != Op::age || rule.arguments[1].op != Op::number) return;
  const auto limit = static_cast<int>(rule.arguments[1].number);
  if (rule.op == Op::greater_or_equal || rule.op == Op::equal) found.age = std::max(found.age, limit);
  if (rule.op == Op::greater) found.age = std::max(found.age, limit + 1);
}

}  // namespace

// Follows what must hold (and) or may (or: the sets of every branch count, of ages the lowest when every branch has one);
// what is negated is no beginning.
void find_beginning(const Rule& rule, Beginning& found) {
  switch (rule.op) {
    case Op::and_:
      for (const auto& part : rule.arguments) find_beginning(part, found);
      return;
    case Op::or_: {
      int lowest = 0;
      bool all = true;
      for (const auto& part : rule.arguments) {
        Beginning branch;
        find_beginning(part, branch);
        found.sets.merge(branch.sets);
        found.needs.merge(branch.needs);
        all = all && branch.age > 0;
        lowest = lowest == 0 ? branch.age : std::min(lowest, branch.age);
      }
      if (all) found.age = std::max(found.age, lowest);
      return;
    }
    case Op::open: case Op::ever: case Op::on: case Op::under_way:
      if (!rule.arguments.empty()) found.sets.insert(rule.arguments[0].text);
      return;
    case Op::need:
      if (!rule.arguments.empty()) found.needs.insert(rule.arguments[0].text);
      return;
    default:
      age_limit(rule, found);
  }
}

void drugs_asked(const Rule& rule, std::set<std::string>& found) {
  if (rule.op == Op::on && !rule.arguments.empty()) found.insert(rule.arguments[0].text);
  for (const auto& part : rule.arguments) drugs_asked(part, found);
}

bool asks_for_any(const Rule& rule) {
  return (rule.op == Op::drugs && rule.arguments.empty()) ||
         std::any_of(rule.arguments.begin(), rule.arguments.end(), [](const Rule& part) { return asks_for_any(part); });
}

bool same_for_all(const Rule& rule) {
  constexpr std::array of_nobody{Op::number, Op::day, Op::today, Op::season_start, Op::add, Op::subtract};
  return std::find(of_nobody.begin(), of_nobody.end(), rule.op) != of_nobody.end() &&
         std::all_of(rule.arguments.begin(), rule.arguments.end(), [](const Rule& part) { return same_for_all(part); });
}

// Cheap to ask of many people, and mostly asked already.
std::optional<Rule> asked_before(const Rule& rule) {
  constexpr std::array pairs{std::pair{Op::need_since, Op::need}, std::pair{Op::onset, Op::open}, std::pair{Op::on_since, Op::on}};
  for (const auto& [since, holds] : pairs)
    if (rule.op == since) {
      auto asks = rule;
      asks.op = holds;
      return asks;
    }
  return std::nullopt;
}

Rule newest_of(const std::vector<std::string>& sets) {
  Rule newest;
  newest.op = Op::latest;
  for (const auto& set : sets) {
    Rule name, last;
    name.op = Op::text;
    name.text = set;
    last.op = Op::last;
    last.arguments.push_back(std::move(name));
    newest.arguments.push_back(std::move(last));
  }
  return newest;
}

}  // namespace core::gap
