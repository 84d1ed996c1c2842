#include "adapters/server/bench_command.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "adapters/server/bench_people.hpp"
#include "adapters/server/commands.hpp"

namespace adapters::server {
namespace {

constexpr Flag flags[] = {{"--people"}, {"--seed"}, {"--json", false}};

struct Benchmark {
  const char* name;
  int (*run)(const bench::Task& task);
};
constexpr std::array benchmarks{Benchmark{"sweep", bench::sweep}, Benchmark{"day", bench::day}, Benchmark{"change", bench::change}};

}  // namespace

int bench_command(Arguments arguments) {
  auto call = Call::parse(arguments, flags, 1, 1);
  if (!call) return refuse_call("bench", call.error().message);
  const auto people = call->number("--people", 1, 20'000'000);
  if (!people) return refuse_call("bench", people.error().message);
  const auto seed = call->number("--seed", 0, 1'000'000'000);
  if (!seed) return refuse_call("bench", seed.error().message);
  const std::string& name = call->rest()[0];
  const auto found = std::find_if(benchmarks.begin(), benchmarks.end(), [&](const Benchmark& each) { return name == each.name; });
  if (found != benchmarks.end())
    return found->run({static_cast<std::uint64_t>((*people).value_or(100'000)), static_cast<std::uint64_t>((*seed).value_or(1)), call->has("--json")});
  std::string names;
  for (const auto& each : benchmarks) names += (names.empty() ? "" : ", ") + std::string(each.name);
  return refuse_call("bench", "there is no benchmark '" + name + "'; there are: " + names + " (and the rest under ./dev bench)");
}

}  // namespace adapters::server
