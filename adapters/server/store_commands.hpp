// `panelbridge backup`, `restore` and `check`: what operators do with a data folder. backup and check run beside a
// server.
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int backup_command(Arguments arguments);
int restore_command(Arguments arguments);
int check_command(Arguments arguments);

}  // namespace adapters::server
