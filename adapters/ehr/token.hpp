// Access tokens of SMART Backend Services: discovered, asked for with a signed assertion, kept until shortly before they
// end. Never: writes a token or key anywhere; signs itself (who owns the cryptography hands in Sign). Threads: one.
// Source: SMART App Launch 2.0, backend services and asymmetric client authentication; RFC 7523, RFC 6749 (4.4).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/ehr/setting.hpp"
#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "fhir/partner/outgoing.hpp"

namespace adapters::ehr {

// A compact JWS over `claims` (JSON) with the private key (PEM or JWK) and RS384 or ES384.
struct Assertion {
  std::string algorithm, key_id, key, claims;
};
using Sign = std::function<core::Result<std::string>(const Assertion& assertion)>;

class Tokens {
 public:
  Tokens(const Setting& setting, Sign sign) : setting_(setting), sign_(std::move(sign)) {}

  // The value of the Authorization header; empty: none is sent. `skew_ms`: the server's clock minus ours.
  core::Result<std::string> authorization(fhir::partner::Outgoing& outgoing, core::Instant now, std::int64_t skew_ms);
  bool fresh(core::Instant now) const { return !renewable() || (!token_.empty() && now < until_); }  // asks nobody
  bool renewable() const { return setting_.auth.way == Auth::Way::smart; }
  void forget() { token_.clear(); }  // it was refused

 private:
  core::Result<core::Done> discover(fhir::partner::Outgoing& outgoing);
  core::Result<core::Done> renew(fhir::partner::Outgoing& outgoing, core::Instant now, std::int64_t skew_ms);
  const Setting& setting_;
  Sign sign_;
  std::string token_, token_url_;
  core::Instant until_;
};

std::string base64(std::string_view bytes);

}  // namespace adapters::ehr
