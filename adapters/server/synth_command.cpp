#include "adapters/server/synth_command.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "adapters/server/commands.hpp"
#include "adapters/server/import_command.hpp"
#include "core/population/synth.hpp"
#include "fhir/care/synthetic.hpp"

namespace adapters::server {
namespace {

namespace fs = std::filesystem;

constexpr Flag flags[] = {{"--people"}, {"--seed"}, {"--out"}, {"--data"}};
constexpr std::uint64_t people_per_file = 500;
const core::Day today = *core::day_from("2026-11-24");  // the population is of this day, so that a seed means the same for ever

core::Result<std::size_t> write_people(const fs::path& folder, std::uint64_t seed, std::uint64_t people) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) return core::invalid("the folder " + folder.string() + " cannot be made", "--out");
  std::size_t resources = 0;
  for (std::uint64_t first = 0; first < people; first += people_per_file) {
    char name[32];
    std::snprintf(name, sizeof name, "people-%06llu.ndjson", static_cast<unsigned long long>(first / people_per_file));
    std::ofstream out(folder / name, std::ios::binary | std::ios::trunc);
    std::string text;
    for (std::uint64_t i = first; i < std::min(people, first + people_per_file); ++i)
      for (const auto& resource : core::population::synth_person(seed, i, today)) {
        fhir::json::write(fhir::care::resource_from(resource).root(), text);
        text += '\n';
        ++resources;
      }
    out << text;
    if (!out.flush()) return core::fault("the file " + (folder / name).string() + " cannot be written", "--out");
  }
  return resources;
}

int into_data(const std::string& data, std::uint64_t seed, std::uint64_t people) {
  const fs::path folder = fs::temp_directory_path() / ("panelbridge-synth-" + std::to_string(seed) + "-" + std::to_string(people));
  const auto written = write_people(folder, seed, people);
  int result = wrong_call;
  if (written) {
    const std::vector<std::string> arguments{"--data", data, folder.string()};
    result = import_command(arguments);
  } else {
    std::cerr << "panelbridge synth: " << written.error().message << '\n';
  }
  std::error_code code;
  fs::remove_all(folder, code);
  return result;
}

}  // namespace

int synth_command(Arguments arguments) {
  auto call = Call::parse(arguments, flags, 0, 0);
  if (!call) return refuse_call("synth", call.error().message);
  const auto people = call->number("--people", 1, 20'000'000);
  if (!people) return refuse_call("synth", people.error().message);
  const auto seed = call->number("--seed", 0, 1'000'000'000);
  if (!seed) return refuse_call("synth", seed.error().message);
  if (!*people || !*seed || call->has("--out") == call->has("--data")) return refuse_call("synth", "--people N, --seed S and one of --out DIR and --data DIR are needed");
  const auto n = static_cast<std::uint64_t>(**people), s = static_cast<std::uint64_t>(**seed);
  if (const auto data = call->value("--data")) return into_data(*data, s, n);
  const auto written = write_people(*call->value("--out"), s, n);
  if (!written) {
    std::cerr << "panelbridge synth: " << written.error().message << '\n';
    return wrong_call;
  }
  std::cout << n << " people, " << *written << " resources in " << *call->value("--out") << '\n';
  return done;
}

}  // namespace adapters::server
