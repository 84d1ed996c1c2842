// Which addresses are public. Never: resolves a name. Threads: pure functions.
// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890): whatever is not globally reachable.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace adapters::egress {

bool is_public(std::array<std::uint8_t, 4> address);
bool is_public(
    const std::array<std::uint8_t, 16>& address);  // an IPv4 address inside (mapped, 6to4, NAT64) is looked at

}  // namespace adapters::egress
