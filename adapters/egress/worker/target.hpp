// Where a call goes: its URL taken apart, its name resolved once, and an address that the policy allows.
// The connection is made to that address, so that a name cannot answer differently a moment later (DNS rebinding).
// Never: connects. Threads: pure but for the resolver. Source: RFC 3986; RFC 9110 4.2.
#pragma once
#include <string>
#include <string_view>

#include "adapters/egress/frame.hpp"
#include "core/base/error.hpp"

namespace adapters::egress::worker {

struct Target {
  bool secure = false;
  std::string host;       // as in the URL, without brackets
  std::string authority;  // for the Host header: host, and the port unless it is the scheme's own
  std::string port;
  std::string path;  // with query, beginning with '/'
  std::string base;  // scheme, address and port: what is connected to
};

core::Result<Target> target_from(std::string_view url);
core::Result<core::Done> resolve(Target& target, const Policy& policy);

}  // namespace adapters::egress::worker
