// The outer routes: /fhir to the API with the prefix taken off, below it /_export to the files of exports, /partners/ID
// to that partner, /healthz, /readyz and
// /metrics; logs and counts every exchange. Never: decides anything about FHIR. Threads: safe from all.
#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "adapters/http/edge.hpp"
#include "adapters/server/exports.hpp"
#include "adapters/server/log.hpp"
#include "adapters/server/metrics.hpp"
#include "adapters/server/notifications.hpp"
#include "adapters/server/partners.hpp"
#include "adapters/server/ticker.hpp"
#include "core/store/store.hpp"
#include "fhir/rest/api.hpp"

namespace adapters::server {

class Front final : public http::Handler {
 public:
  struct Parts {
    fhir::rest::Api* api = nullptr;
    core::store::Store* store = nullptr;
    Ticker* ticker = nullptr;  // null: no surveillance here
    Partners* partners = nullptr;  // null: none
    Exports* exports = nullptr;    // null: none
    Notifications* notifications = nullptr;  // null: none
    Log* log = nullptr;
    std::function<http::Figures()> edge;
    bool log_requests = true;
  };
  explicit Front(Parts parts) : parts_(std::move(parts)) {}
  std::optional<fhir::rest::Response> route(fhir::rest::Request& request) override;
  std::optional<fhir::rest::Response> quick(const fhir::rest::Request& request) override;
  fhir::rest::Response handle(const fhir::rest::Request& request) override;
  void finished(const http::Exchange& exchange) override;
  void stopping() { stopping_ = true; }  // /readyz says so from now on

 private:
  using Answer = fhir::rest::Response (Front::*)();
  fhir::rest::Response live();
  fhir::rest::Response ready();
  fhir::rest::Response metrics();

  Parts parts_;
  Metrics metrics_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace adapters::server
