// `panelbridge fhirpath EXPRESSION FILE` prints the result of one expression over a JSON resource as a JSON array.
// `panelbridge fhirpath --batch FILE` answers a file of {"id", "expression", "file"} lines, one line each, in order.
// trace() goes to stderr. Never: writes anything else on stdout. Returns the exit code: 0 done, 1 the expression or the
// resource is wrong, 2 the call, the batch file or the machine is wrong. Threads: called from main().
#pragma once
#include <span>
#include <string>

namespace adapters::server {

int fhirpath_command(std::span<const std::string> args);

}  // namespace adapters::server
