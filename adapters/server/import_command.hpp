// `panelbridge import`: stores files of resources. It only stores; deciding follows at `serve` or `surveil`.
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int import_command(Arguments arguments);

}  // namespace adapters::server
