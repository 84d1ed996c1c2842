// panelbridge surveil: one sweep over everyone in a data folder, gaps to Tasks, with figures.
// Threads: called from main().
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int surveil_command(Arguments arguments);

}  // namespace adapters::server
