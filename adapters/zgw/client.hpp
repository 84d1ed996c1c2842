// Calls of a case system: a token made for each call, the headers of coordinates, JSON in and out, failures in words
// that name codes and fields and never a value or a person. Never: a BSN in a URL, a conditional request (ETags of case
// systems go stale), a write repeated. Threads: one thread's. Source: ZGW Autorisaties (JWT HS256), Zaken API 1.5
// (Accept-Crs, Content-Crs), RFC 7807 with code and invalidParams.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/zgw/settings.hpp"
#include "core/base/time.hpp"
#include "fhir/json/json.hpp"
#include "fhir/partner/outgoing.hpp"

namespace adapters::zgw {

// What signatures need of a crypto library; handed in by the wiring.
struct Crypto {
  std::function<core::Result<std::string>(const fhir::json::Value& claims, std::string_view secret)> jwt;  // HS256
  std::function<bool(std::string_view, std::string_view)> same_secret;  // in constant time
};

struct Reply {
  int status = 0;
  fhir::json::Document body;
  bool ok() const { return status >= 200 && status < 300; }
  bool has_code(std::string_view code) const;  // of the problem or of one of its invalidParams
  std::string problem() const;                 // "400 invalid: identificatie identificatie-niet-uniek"
};

class Client {
 public:
  Client(const Settings& settings, const Crypto& crypto, const core::Clock& clock, fhir::partner::Outgoing& outgoing);

  // Any status below 500 but 401, 403 and 429. Errors: busy (no answer, 5xx, 429), forbidden (401, 403), fault (no
  // JSON).
  core::Result<Reply> get(const std::string& url);
  core::Result<Reply> post(const std::string& url, const fhir::json::Value& body);
  core::Result<Reply> put(const std::string& url, const fhir::json::Value& body);
  core::Result<Reply> remove(const std::string& url);
  core::Result<fhir::json::Document> one(const std::string& url);  // a 200, else an error that names the status
  // All results of a paged list as one array, up to `most`.
  core::Result<fhir::json::Document> list(const std::string& url, std::size_t most = 10'000);
  // The address of a resource below our base, whatever host its own URL spells.
  std::string below(const std::string& base, std::string_view collection, std::string_view url) const;
  std::int64_t retry_after_s() const { return retry_after_s_; }  // of the last refusal; 0: not said
  bool is_down() const { return silent_ >= 3; }                  // so many calls in a row had no answer at all
  std::uint64_t unanswered() const { return unanswered_; }       // calls without any answer, since start
  std::uint64_t writes() const { return writes_; }               // that were taken, since start

 private:
  core::Result<Reply> call(std::string_view method, const std::string& url, std::string body);
  core::Result<std::string> token() const;
  const Settings& settings_;
  const Crypto& crypto_;
  const core::Clock& clock_;
  fhir::partner::Outgoing& outgoing_;
  std::int64_t retry_after_s_ = 0;
  bool answered_ = false;  // the last call was, whatever with
  unsigned silent_ = 0;
  std::uint64_t unanswered_ = 0;
  std::size_t answer_size_ = 0;  // of the last answer
  std::uint64_t writes_ = 0;
};

}  // namespace adapters::zgw
