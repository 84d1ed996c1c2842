// What a case system is sent about a referral, made of nothing but what the disclosure table lets a municipality see.
// Never: reads the store; a resource comes in here as projected. Threads: pure. Source: ZGW Zaken API 1.5 (Zaak, Rol,
// Status, Resultaat).
#pragma once
#include <optional>
#include <string>

#include "adapters/zgw/catalogue.hpp"
#include "adapters/zgw/settings.hpp"
#include "fhir/json/json.hpp"

namespace adapters::zgw {

constexpr std::string_view source_name = "panelbridge";  // kenmerk.bron of our cases

// Projected for a municipality; a null root: there is none.
struct Visible {
  fhir::json::Document task, patient, order, requester, practice;
  std::string need;
  bool contact_prohibited = false;
};

std::optional<std::string> bsn_of(const fhir::json::Value& patient);  // nine digits, or nothing
fhir::json::Document case_body(const Visible& visible, const CaseType& type, const Settings& settings,
                               std::string_view number, core::Day today);
fhir::json::Document role_body(const Visible& visible, const CaseType& type, std::string_view case_url);
fhir::json::Document status_body(std::string_view case_url, std::string_view status_type, core::Instant at);
fhir::json::Document result_body(std::string_view case_url, std::string_view result_type, std::string_view words);

}  // namespace adapters::zgw
