#include "adapters/server/surveil_command.hpp"

#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "adapters/server/commands.hpp"
#include "adapters/server/system.hpp"

namespace adapters::server {
namespace {

constexpr Flag flags[] = {{"--data"}, {"--as-of"}, {"--programme"}, {"--dry-run", false}, {"--json", false}, {"--config"}};
constexpr std::array<std::string_view, 7> status_names{"satisfied", "due-soon", "open", "overdue", "excluded", "not-applicable", "not-evaluable"};

int fail(const core::Error& error, int code) {
  std::cerr << "panelbridge surveil: " << error.message << (error.where.empty() ? "" : " (" + error.where + ")") << '\n';
  return code;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

long peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024L;
}

std::string json_of(const fhir::care::SweepFigures& f, double load) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(6);
  out << "{\"people\":" << f.people << ",\"facts\":" << f.facts << ",\"decisions\":" << f.decisions << ",\"gaps\":{";
  for (std::size_t i = 0; i < f.gaps.size(); ++i) out << (i ? "," : "") << '"' << status_names[i] << "\":" << f.gaps[i];
  out << "},\"tasks\":{\"created\":" << f.tasks.created << ",\"closed\":" << f.tasks.closed << ",\"reopened\":" << f.tasks.reopened
      << ",\"cancelled\":" << f.tasks.cancelled << ",\"changed\":" << f.tasks.changed << ",\"unchanged\":" << f.tasks.unchanged
      << "},\"without_owner\":" << f.without_owner << ",\"seconds\":{\"load\":" << load << ",\"sweep\":" << f.seconds_deciding
      << ",\"commit\":" << f.seconds_committing << "},\"resident_bytes\":" << peak_bytes() << "}\n";
  return out.str();
}

std::string words_of(const fhir::care::SweepFigures& f, double load, core::Day as_of, bool dry) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2);
  out << "as of " << core::text(as_of) << ": " << f.people << " people, " << f.facts << " facts, " << f.decisions << " decisions\n  gaps:";
  for (std::size_t i = 0; i < f.gaps.size(); ++i)
    if (f.gaps[i]) out << ' ' << status_names[i] << ' ' << f.gaps[i];
  out << "\n  Tasks" << (dry ? " (dry run, nothing stored)" : "") << ": created " << f.tasks.created << ", closed " << f.tasks.closed << ", reopened "
      << f.tasks.reopened << ", cancelled " << f.tasks.cancelled << ", changed " << f.tasks.changed << ", unchanged " << f.tasks.unchanged << '\n';
  if (f.without_owner) out << "  without an owner: " << f.without_owner << '\n';
  out << "  seconds: load " << load << ", sweep " << f.seconds_deciding << ", commit " << f.seconds_committing << '\n';
  return out.str();
}

bool is_programme(const core::gap::Plan& plan, const std::string& id) {
  for (const auto& programme : plan.programmes())
    if (programme.source->id == id || programme.source->url == id) return true;
  return false;
}

int sweep(System& system, core::Day as_of, const fhir::care::SweepOptions& options, bool as_json) {
  fhir::care::Surveillance* surveillance = system.surveillance();
  if (!surveillance) return fail(core::fault("a programme cannot be understood; the line above says which"), wrong_data);
  if (!options.programme.empty() && !is_programme(surveillance->plan(), options.programme))
    return refuse_call("surveil", "there is no programme '" + options.programme + "'");
  const auto start = std::chrono::steady_clock::now();
  if (auto loaded = surveillance->load(); !loaded) return fail(loaded.error(), wrong_call);
  const double load = seconds_since(start);
  const auto figures = surveillance->sweep(as_of, options);
  if (!figures) return fail(figures.error(), wrong_call);
  std::cout << (as_json ? json_of(*figures, load) : words_of(*figures, load, as_of, options.dry_run));
  return done;
}

}  // namespace

int surveil_command(Arguments arguments) {
  auto call = Call::parse(arguments, flags, 0, 0);
  if (!call) return refuse_call("surveil", call.error().message);
  Setup setup;
  setup.data = call->value("--data").value_or("");
  if (setup.data.empty()) return refuse_call("surveil", "--data DIR is needed");
  if (const auto file = call->value("--config")) {
    auto settings = settings_from(*file);
    if (!settings) return fail(settings.error(), wrong_call);
    setup.settings = *std::move(settings);
  }
  if (const auto day = call->value("--as-of")) {
    setup.today = core::day_from(*day);
    if (!setup.today) return refuse_call("surveil", "--as-of must be a date such as 2024-01-31");
  }
  fhir::care::SweepOptions options;
  options.programme = call->value("--programme").value_or("");
  options.dry_run = call->has("--dry-run");
  setup.read_only = options.dry_run;
  if (const auto there = existing_folder(setup.data); !there) return fail(there.error(), wrong_call);
  Log log(Level::warning);
  auto system = System::open(std::move(setup), log);
  if (!system) return fail(system.error(), wrong_call);
  return sweep(**system, (*system)->clock().today(), options, call->has("--json"));
}

}  // namespace adapters::server
