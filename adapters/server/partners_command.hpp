// `panelbridge partners`: the operator's view of the systems that this one works with. Threads: called from main().
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int partners_command(Arguments arguments);

}  // namespace adapters::server
