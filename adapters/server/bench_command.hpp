// panelbridge bench NAME: one benchmark of the core itself, over the synthetic population and the shipped programmes, no store.
// sweep: everyone's gaps decided, beside two floors; day: the passing of a day; change: one result arrives.
// Threads: called from main(); the benchmarks use as many as the machine has cores.
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int bench_command(Arguments arguments);

}  // namespace adapters::server
