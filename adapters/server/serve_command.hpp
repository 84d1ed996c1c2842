// `panelbridge serve`: opens the data, listens, prints "ready URL" on stdout, and stops cleanly on SIGTERM or SIGINT.
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int serve_command(Arguments arguments);

}  // namespace adapters::server
