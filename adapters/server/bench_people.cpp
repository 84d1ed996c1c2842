#include "adapters/server/bench_people.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/server/system.hpp"
#include "core/population/synth_fill.hpp"
#include "fhir/care/programme.hpp"

namespace adapters::server::bench {

double since(Time::time_point start) { return std::chrono::duration<double>(Time::now() - start).count(); }

std::size_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

unsigned cores() { return std::max(1U, std::thread::hardware_concurrency()); }
core::Day today() { return *core::day_from("2026-11-24"); }

namespace {

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

Spent in_parallel(std::uint64_t end, const std::function<void(std::uint64_t, std::uint64_t)>& part) {
  const auto start = Time::now();
  std::vector<double> used(cores());
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < cores(); ++i)
    threads.emplace_back([&, i] {
      part(end * i / cores(), end * (i + 1) / cores());
      used[i] = processor_seconds();
    });
  Spent spent;
  for (std::thread& thread : threads) thread.join();
  spent.seconds = since(start);
  spent.processor = 0;
  for (const double each : used) spent.processor += each / cores();
  return spent;
}

core::Result<core::gap::Plan> shipped_plan() {
  const auto profiles = profiles_folder();
  if (!profiles) return profiles.error();
  auto programmes = fhir::care::programmes_in(*profiles + "/programmes");
  if (!programmes) return programmes.error();
  return core::gap::Plan::compile(std::move(*programmes));
}

// Each thread makes every so-manieth group of people; they join the population in order.
void fill(Population& population, const Task& task) {
  constexpr std::uint64_t at_once = 500;
  std::mutex words, mutex;
  core::population::SynthFill all(population, task.seed, today(), task.people, [&](const std::function<void()>& work) {
    const std::lock_guard lock(words);
    work();
  });
  std::condition_variable turn;
  std::uint64_t next = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < cores(); ++i)
    threads.emplace_back([&, i] {
      core::population::SynthFill::Maker maker(all);
      for (std::uint64_t first = i * at_once; first < task.people; first += cores() * at_once) {
        auto batch = maker.make(first, std::min(task.people, first + at_once));
        std::unique_lock lock(mutex);
        turn.wait(lock, [&] { return next == first; });
        all.add(std::move(batch));
        next += at_once;
        turn.notify_all();
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace adapters::server::bench
