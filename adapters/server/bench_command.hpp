// panelbridge bench NAME: one benchmark of the program itself. sweep: everyone's gaps decided over the synthetic population,
// the real programmes, no store; beside a bare scan of the same rows.
// Threads: called from main(); the sweep uses as many as the machine has cores.
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int bench_command(Arguments arguments);

}  // namespace adapters::server
