// One change: a result of somebody arrives, is folded, and that person is decided, without store and commit.
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <vector>

#include "adapters/server/bench_people.hpp"
#include "adapters/server/commands.hpp"
#include "core/gap/decide.hpp"

namespace adapters::server::bench {
namespace {

struct Figures {
  std::size_t people = 0, changes = 0;
  double fold = 0, decide = 0, median = 0, worst = 0;  // microseconds; worst: of a hundred the 99th
};

core::population::Digest result_of(const std::string& patient, std::uint64_t number) {
  core::population::Fact fact;
  fact.kind = core::population::FactKind::observation;
  fact.codes = {{"http://loinc.org", "4548-4"}};
  fact.start = today() - static_cast<core::Day>(number % 300);
  fact.value = 5.5 + static_cast<double>(number % 40) / 10;
  fact.unit = "%";
  core::population::Digest digest;
  digest.subject = patient;
  digest.facts = {fact};
  return digest;
}

Figures measure(const core::gap::Plan& plan, Population& population) {
  constexpr std::uint64_t changes = 20'000, step = 0x9e3779b97f4a7c15u;
  Figures figures;
  core::gap::Decider decider(plan, population);
  std::vector<double> each, folds;
  for (std::uint64_t i = 0; i < changes; ++i) {
    const auto person = static_cast<PersonId>((i * step >> 32) % population.end());
    const auto key = "Observation/change-" + std::to_string(i);
    const auto digest = result_of(population.patient(person), i);
    const auto start = Time::now();
    const auto touched = population.fold(key, digest);
    const auto folded = since(start);
    for (const auto who : touched.people) {
      auto next = core::population::open_end;
      decider.decide(who, today(), next);
    }
    folds.push_back(folded * 1e6);
    each.push_back(since(start) * 1e6);
  }
  const auto at = [](std::vector<double>& of, double share) {
    const auto place = of.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(of.size() - 1) * share);
    std::nth_element(of.begin(), place, of.end());
    return *place;
  };
  figures.people = population.end();
  figures.changes = changes;
  figures.median = at(each, 0.5);
  figures.worst = at(each, 0.99);
  figures.fold = at(folds, 0.5);
  figures.decide = figures.median - figures.fold;
  return figures;
}

}  // namespace

int change(const Task& task) {
  auto plan = shipped_plan();
  if (!plan) return refuse_call("bench", plan.error().message);
  Population population(plan->vocabulary());
  fill(population, task);
  const auto f = measure(*plan, population);
  std::cout << std::fixed << std::setprecision(1);
  if (task.as_json)
    std::cout << "{\"people\":" << f.people << ",\"changes\":" << f.changes << ",\"median_us\":" << f.median << ",\"p99_us\":" << f.worst
              << ",\"fold_us\":" << f.fold << ",\"decide_us\":" << f.decide << "}\n";
  else
    std::cout << f.changes << " changes among " << f.people << " people: median " << f.median << " us (folded in " << f.fold << ", decided in " << f.decide
              << "), 99th percentile " << f.worst << " us\n";
  return done;
}

}  // namespace adapters::server::bench
