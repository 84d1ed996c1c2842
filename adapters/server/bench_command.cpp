#include "adapters/server/bench_command.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <iomanip>
#include <iostream>
#include <thread>
#include <vector>

#include "adapters/server/commands.hpp"
#include "adapters/server/system.hpp"
#include "core/gap/decide.hpp"
#include "core/population/population.hpp"
#include "core/population/synth.hpp"
#include "fhir/care/calendar.hpp"
#include "fhir/care/programme.hpp"

namespace adapters::server {
namespace {

using core::population::PersonId;
using core::population::Population;
using Time = std::chrono::steady_clock;

constexpr Flag flags[] = {{"--people"}, {"--seed"}, {"--json", false}};
constexpr int rounds = 3;  // the best of so many is reported: the machine is shared

double since(Time::time_point start) { return std::chrono::duration<double>(Time::now() - start).count(); }

long peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024L;
}

// Runs `part(first, last)` over [0, end) in as many threads as there are cores; seconds.
double in_parallel(PersonId end, const std::function<void(PersonId, PersonId)>& part) {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const auto start = Time::now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < cores; ++i)
    threads.emplace_back(part, static_cast<PersonId>(std::uint64_t{end} * i / cores), static_cast<PersonId>(std::uint64_t{end} * (i + 1) / cores));
  for (std::thread& thread : threads) thread.join();
  return since(start);
}

struct Figures {
  std::size_t people = 0, facts = 0, programmes = 0, items = 0;
  std::uint64_t decisions = 0, needs = 0;
  double seconds = 0, scan = 0, fill = 0;
};

// One thread makes people up while the other folds those before.
void fill(Population& population, std::uint64_t seed, std::uint64_t people, core::Day today) {
  constexpr std::uint64_t at_once = 100;
  const auto made = [=](std::uint64_t first) {
    std::vector<std::vector<core::population::SynthResource>> group;
    for (auto i = first; i < std::min(people, first + at_once); ++i) group.push_back(core::population::synth_person(seed, i, today));
    return group;
  };
  auto next = std::async(std::launch::async, made, 0);
  for (std::uint64_t first = 0; first < people; first += at_once) {
    const auto group = next.get();
    if (first + at_once < people) next = std::async(std::launch::async, made, first + at_once);
    for (const auto& person : group)
      for (const auto& resource : person) population.load(resource.key, resource.digest);
  }
  population.settle();
}

// The floor: every row of everyone read once.
double scan(const Population& population) {
  std::atomic<std::uint64_t> sum{0};
  return in_parallel(population.end(), [&](PersonId first, PersonId last) {
    core::population::ViewBuffer buffer;
    std::uint64_t mine = 0;
    for (PersonId person = first; person < last; ++person)
      if (population.is_person(person))
        for (const auto& row : population.view(person, buffer).rows) mine += row.day + row.payload;
    sum += mine;
  });
}

double sweep(const core::gap::Plan& plan, const Population& population, core::Day today, Figures& figures) {
  std::atomic<std::uint64_t> decisions{0}, people{0};
  const double seconds = in_parallel(population.end(), [&](PersonId first, PersonId last) {
    std::uint64_t mine = 0, living = 0;
    core::gap::sweep(plan, population, first, last, today, [&](PersonId, std::span<const core::gap::Decision> each) {
      mine += each.size();
      ++living;
    });
    decisions += mine;
    people += living;
  });
  figures.decisions = decisions;
  figures.people = people;
  return seconds;
}

void print(const Figures& f, bool as_json) {
  std::cout << std::fixed << std::setprecision(6);
  if (as_json) {
    std::cout << "{\"people\":" << f.people << ",\"facts\":" << f.facts << ",\"programmes\":" << f.programmes << ",\"items\":" << f.items
              << ",\"decisions\":" << f.decisions << ",\"seconds\":" << f.seconds << ",\"scan_seconds\":" << f.scan << ",\"fill_seconds\":" << f.fill
              << ",\"resident_bytes\":" << peak_bytes() << "}\n";
    return;
  }
  std::cout << std::setprecision(3) << f.people << " people, " << f.facts << " facts, " << f.programmes << " programmes, " << f.items << " items\n"
            << "  sweep " << f.seconds << " s, " << f.decisions << " decisions\n  bare scan of the same rows " << f.scan << " s; the sweep takes "
            << std::setprecision(1) << (f.scan > 0 ? f.seconds / f.scan : 0) << " times that\n"
            << "  filled in " << f.fill << " s; peak " << peak_bytes() / (1024 * 1024) << " MB, "
            << (f.people ? static_cast<std::uint64_t>(peak_bytes()) / f.people : 0) << " bytes a person\n";
}

struct DayFigures {
  std::size_t people = 0, due = 0, calendar_bytes = 0;
  std::uint64_t decisions = 0;
  double fill = 0, calendar = 0, find = 0, decide = 0, renew = 0;
};

// One day passes: who is due is found in the calendar, decided (`decide`), and entered again for a later day (`renew`).
DayFigures pass_day(const core::gap::Plan& plan, const Population& population, core::Day today) {
  DayFigures figures;
  std::vector<core::Day> next(population.end(), core::population::open_end);
  const auto ask = [&](const std::vector<PersonId>& who, core::Day day) {
    return in_parallel(static_cast<PersonId>(who.size()), [&](PersonId first, PersonId last) {
      core::gap::Decider decider(plan, population);
      for (PersonId i = first; i < last; ++i) next[who[i]] = decider.next_change(who[i], day);
    });
  };
  std::vector<PersonId> everyone;
  for (PersonId person = 0; person < population.end(); ++person)
    if (population.is_person(person)) everyone.push_back(person);
  figures.people = everyone.size();
  figures.calendar = ask(everyone, today);
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
  figures.decide = in_parallel(static_cast<PersonId>(due.size()), [&](PersonId first, PersonId last) {
    core::gap::Decider decider(plan, population);
    std::uint64_t mine = 0;
    for (PersonId i = first; i < last; ++i) mine += decider.decide(due[i], tomorrow).size();
    decisions += mine;
  });
  figures.decisions = decisions;
  figures.renew = ask(due, tomorrow);
  return figures;
}

void print(const DayFigures& f, bool as_json) {
  std::cout << std::fixed << std::setprecision(6);
  if (as_json) {
    std::cout << "{\"people\":" << f.people << ",\"due\":" << f.due << ",\"decisions\":" << f.decisions << ",\"seconds\":" << f.find + f.decide
              << ",\"find_seconds\":" << f.find << ",\"decide_seconds\":" << f.decide << ",\"renew_seconds\":" << f.renew << ",\"calendar_seconds\":" << f.calendar
              << ",\"calendar_bytes\":" << f.calendar_bytes << ",\"fill_seconds\":" << f.fill << ",\"resident_bytes\":" << peak_bytes() << "}\n";
    return;
  }
  std::cout << std::setprecision(1) << f.people << " people; a day passes for " << f.due << " of them: found in " << f.find * 1000 << " ms, decided in "
            << f.decide * 1000 << " ms, entered for a later day in " << f.renew * 1000 << " ms\n  the calendar of everyone: " << std::setprecision(2) << f.calendar
            << " s once, " << f.calendar_bytes / std::max<std::size_t>(f.people, 1) << " bytes a person\n";
}

int bench(bool day, std::uint64_t people, std::uint64_t seed, bool as_json) {
  const auto profiles = profiles_folder();
  if (!profiles) return refuse_call("bench", profiles.error().message);
  auto programmes = fhir::care::programmes_in(*profiles + "/programmes");
  if (!programmes) return refuse_call("bench", programmes.error().message);
  auto plan = core::gap::Plan::compile(std::move(*programmes));
  if (!plan) return refuse_call("bench", plan.error().message);
  const core::Day today = *core::day_from("2026-11-24");
  Population population(plan->vocabulary());
  const auto start = Time::now();
  fill(population, seed, people, today);
  if (day) {
    const double filled = since(start);
    DayFigures passed = pass_day(*plan, population, today);
    passed.fill = filled;
    print(passed, as_json);
    return done;
  }
  Figures figures;
  figures.fill = since(start);
  figures.facts = population.memory().facts;
  figures.programmes = plan->programmes().size();
  figures.items = plan->items().size();
  figures.scan = figures.seconds = 1e9;
  for (int i = 0; i < rounds; ++i) {
    figures.scan = std::min(figures.scan, scan(population));
    figures.seconds = std::min(figures.seconds, sweep(*plan, population, today, figures));
  }
  print(figures, as_json);
  return done;
}

}  // namespace

int bench_command(Arguments arguments) {
  auto call = Call::parse(arguments, flags, 1, 1);
  if (!call) return refuse_call("bench", call.error().message);
  const auto people = call->number("--people", 1, 20'000'000);
  if (!people) return refuse_call("bench", people.error().message);
  const auto seed = call->number("--seed", 0, 1'000'000'000);
  if (!seed) return refuse_call("bench", seed.error().message);
  const std::string& name = call->rest()[0];
  if (name != "sweep" && name != "day") return refuse_call("bench", "there is no benchmark '" + name + "'; there are: sweep, day (and the rest under ./dev bench)");
  return bench(name == "day", static_cast<std::uint64_t>((*people).value_or(100'000)), static_cast<std::uint64_t>((*seed).value_or(1)), call->has("--json"));
}

}  // namespace adapters::server
