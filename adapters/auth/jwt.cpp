#include "adapters/auth/jwt.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace adapters::auth {
namespace {

constexpr std::string_view hs256_header = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::size_t digest_bytes = 32;

}  // namespace

std::string base64url(std::string_view bytes) {
  constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  unsigned bits = 0;
  int held = 0;
  for (const char byte : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(byte)) & 0xffff;
    for (held += 8; held >= 6; held -= 6) text.push_back(letters[bits >> (held - 6) & 63]);
  }
  if (held > 0) text.push_back(letters[bits << (6 - held) & 63]);
  return text;
}

core::Result<std::string> hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), from, text.size(), bytes.data(), &size) == nullptr ||
      size != digest_bytes)
    return core::fault("a signature could not be made");
  return std::string(reinterpret_cast<const char*>(bytes.data()), size);
}

core::Result<std::string> jwt_hs256(const fhir::json::Value& claims, std::string_view secret) {
  std::string token = base64url(hs256_header) + "." + base64url(fhir::json::write(claims));
  const auto signature = hmac_sha256(secret, token);
  if (!signature) return signature.error();
  return token + "." + base64url(*signature);
}

bool same_secret(std::string_view a, std::string_view b) {
  // Of equal length whatever came: both are hashed under one key first.
  const auto left = hmac_sha256("compare", a), right = hmac_sha256("compare", b);
  return left && right && CRYPTO_memcmp(left->data(), right->data(), digest_bytes) == 0;
}

}  // namespace adapters::auth
