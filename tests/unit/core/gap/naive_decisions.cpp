// Decisions, item by item, from the words of profiles/README.md.
#include "tests/unit/core/gap/naive_evaluation.hpp"

#include <set>

namespace naive {

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

}  // namespace naive
