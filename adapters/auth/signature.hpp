// Signed assertions with a private key of our own: compact JWS with RS384 or ES384, the key from PEM or JWK text.
// Never: keeps a key, reads a file, makes claims. Threads: pure. Source: RFC 7515, RFC 7517, RFC 7518 (3.3, 3.4, 6).
#pragma once
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace adapters::auth {

// header.payload.signature. `claims`: JSON text; `key_id` empty: the JWK's own, or none.
// Errors name what is wrong with the key, and never show it.
core::Result<std::string> jwt_signed(std::string_view algorithm, std::string_view key, std::string_view key_id,
                                     std::string_view claims);

// Is the key one that this algorithm can sign with? For the check at start.
core::Result<core::Done> check_key(std::string_view algorithm, std::string_view key);

}  // namespace adapters::auth
