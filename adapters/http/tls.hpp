// TLS for the edge: a server context from a certificate chain and a private key, both PEM text.
// Never: TLS below 1.2, renegotiation, compression. Threads: the context is used by all loops, read-only after it is
// made. Source: RFC 8446, RFC 9325 (BCP 195).
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "core/base/error.hpp"

namespace adapters::http {

core::Result<std::shared_ptr<boost::asio::ssl::context>> tls_context(const std::string& certificate,
                                                                     const std::string& key);

}  // namespace adapters::http
