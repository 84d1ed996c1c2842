// Functions over facts, medicines and needs, from the first fact to the last.
#include "tests/unit/core/gap/naive_evaluation.hpp"

#include <cmath>
#include <set>

namespace naive {

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
  for (const auto& one : questions) {
    const std::string &system = one.first, &code = one.second;  // a structured binding is not captured by every compiler
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

}  // namespace naive
