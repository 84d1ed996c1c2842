// gzip undone with a bound: a small answer that unfolds into a huge one stops at the limit.
// Never: used outside the worker. Threads: a pure function. Source: RFC 1952.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace adapters::egress::worker {

// Kind::fault: not gzip, cut off, or longer than `most` bytes.
core::Result<std::string> inflate(std::string_view gzip, std::size_t most);

}  // namespace adapters::egress::worker
