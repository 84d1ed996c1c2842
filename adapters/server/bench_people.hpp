// What the benchmarks of the core share: programmes as shipped, synthetic people, the machine's cores, time and memory.
// Never: a store, a socket. Threads: starts some for the length of a call.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "core/base/error.hpp"
#include "core/gap/plan.hpp"
#include "core/population/population.hpp"

namespace adapters::server::bench {

using core::population::PersonId;
using core::population::Population;
using Time = std::chrono::steady_clock;

struct Task {
  std::uint64_t people = 0, seed = 0;
  bool as_json = false;
};

// The machine is shared: `processor` is what the threads used together, divided by the number of cores; on an idle machine the
// two are the same.
struct Spent {
  double seconds = 1e9, processor = 1e9;
  void keep_best(const Spent& other) {
    if (other.seconds < seconds) seconds = other.seconds;
    if (other.processor < processor) processor = other.processor;
  }
};

double since(Time::time_point start);
std::size_t peak_bytes();
unsigned cores();
core::Day today();  // of every run, so that a seed means the same for ever

// Runs `part(first, last)` over [0, end) in as many threads as there are cores.
Spent in_parallel(std::uint64_t end, const std::function<void(std::uint64_t, std::uint64_t)>& part);

core::Result<core::gap::Plan> shipped_plan();
void fill(Population& population, const Task& task);  // in as many threads as there are cores

int sweep(const Task& task);
int day(const Task& task);
int change(const Task& task);

}  // namespace adapters::server::bench
