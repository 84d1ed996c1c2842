#include "adapters/http/unpack.hpp"

#include <algorithm>

#include "adapters/http/gzip.hpp"

namespace adapters::http {
namespace {

// What a gzip text says of its own unpacked size (its last four bytes); it may lie.
std::size_t claimed_size(std::string_view bytes) {
  std::size_t size = 0;
  for (std::size_t i = 0; bytes.size() >= 4 && i < 4; ++i) {
    size |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[bytes.size() - 4 + i])) << (8 * i);
  }
  return size;
}

Refusal refusal_from(const core::Error& error) {
  if (error.kind == core::Kind::too_large) {
    return {413, "the body is larger than this server takes once it is decompressed"};
  }
  if (error.kind == core::Kind::invalid) return {400, "the body is not valid gzip"};
  return {500, "the body could not be decompressed"};
}

}  // namespace

Reserved::Reserved(Shared& shared, std::size_t bytes) : shared_(shared), bytes_(bytes) {
  granted_ = shared.buffered.fetch_add(bytes) + bytes <= shared.options.limits.buffered_bytes;
}

Reserved::~Reserved() { shared_.buffered.fetch_sub(bytes_); }

std::optional<Refusal> unpack(std::string& body, Shared& shared, std::optional<Reserved>& memory) {
  const std::size_t most = shared.options.limits.body_bytes;
  for (std::size_t expected = std::clamp(claimed_size(body), std::size_t{1}, most);; expected = most) {
    memory.emplace(shared, expected);
    if (!memory->granted()) return Refusal{503, "the server holds as many request bodies as it can; try again"};
    auto plain = unzipped(body, expected);
    if (plain) {
      body = *std::move(plain);
      return std::nullopt;
    }
    const bool said_less_than_it_holds = plain.error().kind == core::Kind::too_large && expected < most;
    if (!said_less_than_it_holds) return refusal_from(plain.error());
  }
}

}  // namespace adapters::http
