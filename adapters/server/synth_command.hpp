// panelbridge synth: a reproducible synthetic population as NDJSON, or straight into a data folder by way of the import.
// Threads: called from main().
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int synth_command(Arguments arguments);

}  // namespace adapters::server
