#include "adapters/server/commands.hpp"

#include <algorithm>
#include <iostream>

#include "adapters/server/bench_command.hpp"
#include "adapters/server/directory_command.hpp"
#include "adapters/server/fhirpath_command.hpp"
#include "adapters/server/import_command.hpp"
#include "adapters/server/partners_command.hpp"
#include "adapters/server/risk_command.hpp"
#include "adapters/server/serve_command.hpp"
#include "adapters/server/store_commands.hpp"
#include "adapters/server/surveil_command.hpp"
#include "adapters/server/synth_command.hpp"
#include "adapters/server/validate_command.hpp"

namespace adapters::server {
namespace {

constexpr Command table[] = {
    {"serve", "--data DIR [--port 8080] [--bind 127.0.0.1] [--base-url URL] [--config FILE] [--open] [--today DATE]",
     "serves FHIR R4 under /fhir; prints 'ready URL' once it accepts; SIGTERM stops it cleanly", serve_command},
    {"import", "--data DIR PATH...", "stores Bundles (.json), NDJSON, each also .gz, and folders of them", import_command},
    {"directory", "import --data DIR FOLDER [--source URI] [--dry-run]",
     "a directory of services (HSDS tables, .csv) to Organization, Location, HealthcareService", directory_command},
    {"surveil", "--data DIR [--as-of DATE] [--programme ID] [--dry-run] [--json]",
     "one sweep over everyone: care gaps to Tasks", surveil_command},
    {"validate", "FILE [--package TGZ]... [--with FILE]... [--profile URL]", "prints one OperationOutcome", validate_command},
    {"fhirpath", "EXPRESSION FILE | --batch FILE", "evaluates FHIRPath, prints JSON", fhirpath_command},
    {"risk", "FILE", "computes the risk algorithms over a file of cases", risk_command},
    {"synth", "--people N --seed S (--out DIR | --data DIR)", "makes a reproducible synthetic population", synth_command},
    {"bench", "NAME [--people N] [--json]", "one benchmark", bench_command},
    {"partners", "list|test|pause|resume|dead-letters [list|retry|drop] --config FILE --data DIR [ID [KEY]]",
     "how the partners do; tries their configuration; lets one rest or go on; jobs that were given up", partners_command},
    {"backup", "--data DIR --to FILE", "a consistent copy, also while serving", backup_command},
    {"restore", "--from FILE --data DIR", "a new data folder from a copy", restore_command},
    {"check", "--data DIR", "verifies the store and its indexes", check_command},
};

const Command* find(std::string_view name) {
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const Command& c) { return c.name == name; });
  return found == std::end(table) ? nullptr : found;
}

void overview(std::ostream& out) {
  out << "usage: panelbridge COMMAND [options]   (COMMAND --help says more)\n\n";
  for (const Command& command : table) {
    out << "  " << command.name << std::string(10 - command.name.size(), ' ') << command.does;
    out << (command.run == nullptr ? " (not yet)\n" : "\n");
  }
  out << "\nexit: 0 done, 1 the data is wrong, 2 the call or the machine is wrong\n";
}

}  // namespace

std::span<const Command> commands() { return table; }

int help(std::string_view name) {
  const Command* command = find(name);
  if (command != nullptr)
    std::cout << "usage: panelbridge " << name << ' ' << command->usage << "\n\n" << command->does << '\n';
  return done;
}

int refuse_call(std::string_view name, std::string_view message) {
  std::cerr << "panelbridge " << name << ": " << message << '\n';
  if (const Command* command = find(name)) std::cerr << "usage: panelbridge " << name << ' ' << command->usage << '\n';
  return wrong_call;
}

int run(Arguments arguments) {
  const std::string name = arguments.empty() ? "" : arguments.front();
  if (name == "--help" || name == "help") {
    overview(std::cout);
    return done;
  }
  if (name == "--version") {
    std::cout << "panelbridge " << PANELBRIDGE_VERSION << '\n';
    return done;
  }
  const Command* command = find(name);
  if (command == nullptr) {
    std::cerr << (name.empty() ? "panelbridge: which command?\n" : "panelbridge: unknown command " + name + "\n");
    overview(std::cerr);
    return wrong_call;
  }
  const Arguments rest = arguments.subspan(1);
  const auto options_end = std::find(rest.begin(), rest.end(), "--");
  if (std::find(rest.begin(), options_end, "--help") != options_end) return help(name);
  if (command->run == nullptr) {
    std::cerr << "panelbridge " << name << ": not yet\n";
    return wrong_call;
  }
  return command->run(rest);
}

}  // namespace adapters::server
