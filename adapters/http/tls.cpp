#include "adapters/http/tls.hpp"

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>

namespace adapters::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr unsigned char http_1_1[] = "\x08http/1.1";

int choose_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in,
                    unsigned int in_length, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, length, http_1_1, sizeof http_1_1 - 1, in, in_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

core::Result<std::shared_ptr<ssl::context>> tls_context(const std::string& certificate, const std::string& key) {
  boost::system::error_code code;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::no_sslv2 | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1 | ssl::context::no_compression | SSL_OP_NO_RENEGOTIATION |
                           SSL_OP_CIPHER_SERVER_PREFERENCE,
                       code);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // an idle connection gives its buffers back
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  context->use_certificate_chain(boost::asio::buffer(certificate), code);
  if (code) return core::invalid("the TLS certificate cannot be used: " + code.message(), "tls.certificate");
  context->use_private_key(boost::asio::buffer(key), ssl::context::pem, code);
  if (code)
    return core::invalid("the TLS key cannot be used, or does not belong to the certificate: " + code.message(),
                         "tls.key");
  return context;
}

}  // namespace adapters::http
