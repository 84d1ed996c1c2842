// A day passes: who is due is found in the calendar, decided, and told the later day on which to ask again.
#include <algorithm>
#include <atomic>
#include <iomanip>
#include <iostream>
#include <vector>

#include "adapters/server/bench_people.hpp"
#include "adapters/server/commands.hpp"
#include "core/gap/decide.hpp"
#include "fhir/care/calendar.hpp"

namespace adapters::server::bench {
namespace {

struct DayFigures {
  std::size_t people = 0, due = 0, calendar_bytes = 0;
  std::uint64_t decisions = 0;
  double fill = 0, calendar = 0, find = 0;
  Spent decide;
};

// The calendar of everyone is made once; then a day passes as it does in the server.
DayFigures pass_day(const core::gap::Plan& plan, const Population& population, core::Day today) {
  DayFigures figures;
  std::vector<core::Day> next(population.end(), core::population::open_end);
  const auto ask = [&](const std::vector<PersonId>& who, core::Day day) {
    return in_parallel(who.size(), [&](std::uint64_t first, std::uint64_t last) {
      core::gap::Decider decider(plan, population);
      for (auto i = first; i < last; ++i) next[who[i]] = decider.next_change(who[i], day);
    });
  };
  std::vector<PersonId> everyone;
  for (PersonId person = 0; person < population.end(); ++person)
    if (population.is_person(person)) everyone.push_back(person);
  figures.people = everyone.size();
  figures.calendar = ask(everyone, today).seconds;
  fhir::care::Calendar calendar;
  for (const PersonId person : everyone) calendar.set(person, next[person], core::population::open_end);
  figures.calendar_bytes = calendar.bytes();
  const core::Day tomorrow = today + 1;
  const auto start = Time::now();
  std::vector<PersonId> due;
  calendar.each_due(tomorrow, population.end(), [&](PersonId person, bool, bool) { due.push_back(person); });
  figures.find = since(start);
  figures.due = due.size();
  std::atomic<std::uint64_t> decisions{0};
  constexpr std::uint64_t ahead = 8;
  figures.decide = in_parallel(due.size(), [&](std::uint64_t first, std::uint64_t last) {
    core::gap::Decider decider(plan, population);
    std::uint64_t mine = 0;
    for (auto i = first; i < last; ++i) {
      if (i + ahead < last) population.fetch(due[i + ahead]);
      mine += decider.decide(due[i], tomorrow, next[due[i]]).size();
    }
    decisions += mine;
  });
  figures.decisions = decisions;
  return figures;
}

void print(const DayFigures& f, bool as_json) {
  std::cout << std::fixed << std::setprecision(6);
  if (as_json) {
    std::cout << "{\"people\":" << f.people << ",\"due\":" << f.due << ",\"decisions\":" << f.decisions << ",\"seconds\":" << f.find + f.decide.seconds << ",\"processor_seconds\":" << f.find + f.decide.processor
              << ",\"find_seconds\":" << f.find << ",\"decide_seconds\":" << f.decide.seconds << ",\"calendar_seconds\":" << f.calendar
              << ",\"calendar_bytes\":" << f.calendar_bytes << ",\"fill_seconds\":" << f.fill << ",\"resident_bytes\":" << peak_bytes() << "}\n";
    return;
  }
  std::cout << std::setprecision(1) << f.people << " people; a day passes for " << f.due << " of them: found in " << f.find * 1000 << " ms, decided in "
            << f.decide.seconds * 1000 << " ms (processor " << f.decide.processor * 1000 << " a core)\n  the calendar of everyone: " << std::setprecision(2) << f.calendar
            << " s once, " << f.calendar_bytes / std::max<std::size_t>(f.people, 1) << " bytes a person\n";
}

}  // namespace

int day(const Task& task) {
  auto plan = shipped_plan();
  if (!plan) return refuse_call("bench", plan.error().message);
  Population population(plan->vocabulary());
  const auto start = Time::now();
  fill(population, task);
  const double filled = since(start);
  DayFigures passed = pass_day(*plan, population, today());
  passed.fill = filled;
  print(passed, task.as_json);
  return done;
}

}  // namespace adapters::server::bench
