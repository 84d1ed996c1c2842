// JSON Web Tokens, made for the calls that leave here: compact form, signed with a shared secret (HS256).
// Never: a clock (times are handed in), keeps a secret or a token. Threads: pure. Source: RFC 7519, RFC 7515, RFC 7518
// section 3.2.
#pragma once
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "fhir/json/json.hpp"

namespace adapters::auth {

std::string base64url(std::string_view bytes);  // without padding

// HMAC-SHA256 of `text`, 32 bytes.
core::Result<std::string> hmac_sha256(std::string_view key, std::string_view text);

// header.payload.signature; `claims` is an object.
core::Result<std::string> jwt_hs256(const fhir::json::Value& claims, std::string_view secret);

// Two texts compared in a time that does not tell where they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace adapters::auth
