// The server that is pulled from: GET with credentials, its answer's status turned into an Error that says what to do.
// Owns: the token, the wait that the server asked for, how far its clock is from ours. Never: retries, except once after
// 401 with a fresh token. Threads: one. Source: FHIR R4 RESTful API (status codes), RFC 9110 (Retry-After).
#pragma once
#include <initializer_list>
#include <optional>
#include <string>

#include "adapters/ehr/setting.hpp"
#include "adapters/ehr/token.hpp"
#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "fhir/partner/partner.hpp"

namespace adapters::ehr {

inline constexpr std::string_view fhir_json = "application/fhir+json";

class Upstream {
 public:
  Upstream(const Setting& setting, const fhir::partner::World& world, Sign sign);

  // An answer with status 200 (or one of `also`). Errors by kind: busy (later; see waits_until()), unauthenticated,
  // forbidden, not_found, gone, unsupported (the server refuses this request), fault (what came is no answer).
  // where = "partner": no other question would be answered now.
  core::Result<fhir::partner::Answer> get(const std::string& url, std::string_view accept = fhir_json,
                                          std::initializer_list<int> also = {});
  core::Result<fhir::partner::Answer> send(fhir::partner::Call call, std::initializer_list<int> also);
  // This get() or send() comes next: it may be answered while the caller works.
  void begin(const std::string& url);
  void begin(fhir::partner::Call call);

  // Set by the last 429 or 503 that said how long to wait; our clock.
  std::optional<core::Instant> waits_until() const { return waits_until_; }
  void waited() { waits_until_.reset(); }
  static std::optional<core::Instant> server_time(const fhir::partner::Answer& answer);  // its Date
  std::uint64_t calls() const { return calls_; }

 private:
  core::Result<core::Done> authorize(fhir::partner::Call& call);
  core::Result<fhir::partner::Answer> once(const fhir::partner::Call& call);
  core::Error error_of(const fhir::partner::Answer& answer);
  const Setting& setting_;
  const fhir::partner::World& world_;
  Tokens tokens_;
  std::optional<core::Instant> waits_until_;
  std::int64_t skew_ms_ = 0;
  std::uint64_t calls_ = 0;
};

}  // namespace adapters::ehr
