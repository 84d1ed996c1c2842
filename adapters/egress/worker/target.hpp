// Where a call goes: its URL taken apart, and what RFC 3986 does not allow in its path encoded.
// Never: resolves or connects. Threads: pure. Source: RFC 3986; RFC 9110 4.2.
#pragma once
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace adapters::egress::worker {

struct Target {
  std::string base;  // scheme, host and port: what is connected to, and what the certificate must name
  std::string path;  // with query, beginning with '/'
};

core::Result<Target> target_from(std::string_view url);

}  // namespace adapters::egress::worker
