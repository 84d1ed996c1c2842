// panelbridge directory import: a directory of services from HSDS tables into the store.
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int directory_command(Arguments arguments);

}  // namespace adapters::server
