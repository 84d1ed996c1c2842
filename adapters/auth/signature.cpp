#include "adapters/auth/signature.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/auth/jwt.hpp"
#include "fhir/json/json.hpp"

namespace adapters::auth {
namespace {

using core::Result;

struct Free {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(BIGNUM* p) const { BN_clear_free(p); }
  void operator()(OSSL_PARAM_BLD* p) const { OSSL_PARAM_BLD_free(p); }
  void operator()(OSSL_PARAM* p) const { OSSL_PARAM_free(p); }
  void operator()(ECDSA_SIG* p) const { ECDSA_SIG_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;
using Key = Owned<EVP_PKEY>;

constexpr int p384_bytes = 48, least_rsa_bits = 2'048;

std::optional<std::vector<unsigned char>> bytes_from(std::string_view text) {  // base64url
  std::vector<unsigned char> out;
  unsigned held = 0, bits = 0;
  for (const char c : text) {
    unsigned value = 0;
    if (c >= 'A' && c <= 'Z') value = static_cast<unsigned>(c - 'A');
    else if (c >= 'a' && c <= 'z') value = static_cast<unsigned>(c - 'a' + 26);
    else if (c >= '0' && c <= '9') value = static_cast<unsigned>(c - '0' + 52);
    else if (c == '-') value = 62;
    else if (c == '_') value = 63;
    else return std::nullopt;
    held = held << 6 | value;
    if ((bits += 6) >= 8) out.push_back(static_cast<unsigned char>(held >> (bits -= 8)));
  }
  if (out.empty()) return std::nullopt;
  return out;
}

int no_passphrase(char*, int, int, void*) { return -1; }  // nobody is there to type one

Result<Key> key_from_pem(std::string_view pem) {
  const Owned<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(text ? PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!key) return core::invalid("the key is no private key in PEM without a passphrase");
  return key;
}

// The big numbers of a JWK as parameters of an OpenSSL key.
class Numbers {
 public:
  explicit Numbers(const fhir::json::Value& jwk) : jwk_(jwk), build_(OSSL_PARAM_BLD_new()) {}
  bool add(const char* name, std::string_view member) {
    const auto bytes = bytes_from(jwk_.text(member));
    if (!bytes) return false;
    kept_.emplace_back(BN_secure_new());
    return BN_bin2bn(bytes->data(), static_cast<int>(bytes->size()), kept_.back().get()) != nullptr &&
           OSSL_PARAM_BLD_push_BN(build_.get(), name, kept_.back().get()) == 1;
  }
  OSSL_PARAM_BLD* build() { return build_.get(); }
  Key key(const char* type) {
    const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(build_.get()));
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* made = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, parameters.get()) != 1)
      return nullptr;
    return Key(made);
  }

 private:
  const fhir::json::Value& jwk_;
  Owned<OSSL_PARAM_BLD> build_;
  std::vector<Owned<BIGNUM>> kept_;
};

Key rsa_from(const fhir::json::Value& jwk) {
  Numbers numbers(jwk);
  bool good = numbers.add(OSSL_PKEY_PARAM_RSA_N, "n") && numbers.add(OSSL_PKEY_PARAM_RSA_E, "e") &&
              numbers.add(OSSL_PKEY_PARAM_RSA_D, "d");
  if (good && jwk.find("p") != nullptr)
    good = numbers.add(OSSL_PKEY_PARAM_RSA_FACTOR1, "p") && numbers.add(OSSL_PKEY_PARAM_RSA_FACTOR2, "q") &&
           numbers.add(OSSL_PKEY_PARAM_RSA_EXPONENT1, "dp") && numbers.add(OSSL_PKEY_PARAM_RSA_EXPONENT2, "dq") &&
           numbers.add(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, "qi");
  return good ? numbers.key("RSA") : nullptr;
}

Key ec_from(const fhir::json::Value& jwk) {
  const auto x = bytes_from(jwk.text("x")), y = bytes_from(jwk.text("y"));
  if (jwk.text("crv") != "P-384" || !x || !y || x->size() != p384_bytes || y->size() != p384_bytes) return nullptr;
  std::vector<unsigned char> point = {4};  // uncompressed
  point.insert(point.end(), x->begin(), x->end());
  point.insert(point.end(), y->begin(), y->end());
  Numbers numbers(jwk);
  const bool good = OSSL_PARAM_BLD_push_utf8_string(numbers.build(), OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0) == 1 &&
                    OSSL_PARAM_BLD_push_octet_string(numbers.build(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1 &&
                    numbers.add(OSSL_PKEY_PARAM_PRIV_KEY, "d");
  return good ? numbers.key("EC") : nullptr;
}

Result<Key> key_from(std::string_view text, std::string& key_id) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return key_from_pem(text);
  const auto document = fhir::json::parse(text);
  if (!document) return core::invalid("the key is neither PEM nor a JWK");
  const fhir::json::Value& keys = document->root()["keys"];  // a set with one key does too
  const fhir::json::Value& jwk = keys.size() == 1 ? keys[0] : document->root();
  if (key_id.empty()) key_id = std::string(jwk.text("kid"));
  Key key = jwk.text("kty") == "RSA" ? rsa_from(jwk) : jwk.text("kty") == "EC" ? ec_from(jwk) : nullptr;
  if (!key) return core::invalid("the JWK is no private RSA key and no private EC key on P-384");
  return key;
}

Result<core::Done> fits(std::string_view algorithm, EVP_PKEY* key) {
  const bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA, ec = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
  if (algorithm == "RS384") {
    if (!rsa) return core::invalid("RS384 needs an RSA key");
    if (EVP_PKEY_get_bits(key) < least_rsa_bits) return core::invalid("RS384 needs a key of 2048 bits or more");
    return core::Done{};
  }
  if (algorithm != "ES384") return core::unsupported("only RS384 and ES384 are known");
  if (!ec || EVP_PKEY_get_bits(key) != 384) return core::invalid("ES384 needs an EC key on P-384");
  return core::Done{};
}

// DER's two numbers side by side, as JWS wants them.
std::optional<std::string> plain_ecdsa(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::array<unsigned char, 2 * p384_bytes> out{};
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), p384_bytes) != p384_bytes ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + p384_bytes, p384_bytes) != p384_bytes)
    return std::nullopt;
  return std::string(out.begin(), out.end());
}

std::optional<std::string> sign(std::string_view algorithm, EVP_PKEY* key, std::string_view text) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
    return std::nullopt;
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) != 1)
    return std::nullopt;
  signature.resize(size);
  return algorithm == "ES384" ? plain_ecdsa(signature) : std::optional(signature);
}

}  // namespace

Result<core::Done> check_key(std::string_view algorithm, std::string_view key) {
  std::string key_id;
  auto read = key_from(key, key_id);
  if (!read) return read.error();
  return fits(algorithm, read->get());
}

Result<std::string> jwt_signed(std::string_view algorithm, std::string_view key, std::string_view key_id,
                               std::string_view claims) {
  std::string kid(key_id);
  auto read = key_from(key, kid);
  if (!read) return read.error();
  if (auto good = fits(algorithm, read->get()); !good) return good.error();
  std::string header = "{\"alg\":\"" + std::string(algorithm) + "\",\"typ\":\"JWT\"";
  if (!kid.empty()) {
    header += ",\"kid\":";
    fhir::json::write_string(kid, header);
  }
  const std::string text = base64url(header + "}") + "." + base64url(claims);
  const auto signature = sign(algorithm, read->get(), text);
  if (!signature) return core::fault("the assertion could not be signed");
  return text + "." + base64url(*signature);
}

}  // namespace adapters::auth
