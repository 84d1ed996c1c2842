// The one door to zlib: gzip text in and out, whole buffers.
// Never: unpacks more than a stated number of bytes. Threads: safe from all; each keeps one compressor for itself.
// Source: RFC 1952.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace adapters::http {

// Errors: Kind::invalid (not gzip, damaged, cut short), Kind::too_large (more than `limit` bytes).
core::Result<std::string> unzipped(std::string_view bytes, std::size_t limit);
std::string zipped(std::string_view text, int level = 1);  // empty when the machine has no memory left
bool is_gzip(std::string_view bytes);                      // by its first bytes

}  // namespace adapters::http
