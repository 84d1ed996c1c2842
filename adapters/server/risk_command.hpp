// `panelbridge risk FILE [--efi-codes FILE]`: runs cases of named inputs through the risk algorithms and prints one JSON
// object a line with the keys that each case expects (all of them when it expects nothing). Never: reads `expect` values.
// Returns the process's exit code: 0 done, 1 the file is wrong, 2 the call or the machine is wrong.
#pragma once
#include <span>
#include <string>

namespace adapters::server {

int risk_command(std::span<const std::string> args);

}  // namespace adapters::server
