// `panelbridge validate FILE [--package TGZ]... [--with FILE]... [--profile URL]`: prints one OperationOutcome.
// Exit 0: no issue is error or fatal; 1: at least one; 2: no verdict (unreadable file, broken package, unknown
// --profile).
#pragma once
#include "adapters/server/call.hpp"

namespace adapters::server {

int validate_command(Arguments arguments);

}  // namespace adapters::server
