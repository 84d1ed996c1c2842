// The keys of a partner of kind zgw, read and checked as far as they can be without a call.
// Never: talks to the partner (catalogue.hpp checks the mappings there). Threads: plain values.
// Source: the configuration's schema; ZGW Zaken API 1.5, Catalogi API 1.3, Notificaties API 1.0.
#pragma once
#include <map>
#include <string>

#include "fhir/partner/keys.hpp"

namespace adapters::zgw {

struct ResultMapping {
  std::string status = "completed";  // of the Task
  std::string outcome;               // the partner's own code, may be empty
  bool closes_need = true;
};

struct Settings {
  std::string organization;  // "Organization/7"
  std::string zaken_url, catalogi_url, notificaties_url;
  std::string client_id, secret, rsin;
  std::map<std::string, std::string, std::less<>> needs;     // house need or "*" -> identificatie of a zaaktype
  std::map<std::string, std::string, std::less<>> status;    // omschrijving of a statustype -> status of the Task
  std::map<std::string, ResultMapping, std::less<>> result;  // omschrijving of a resultaattype
  std::string cancel_result;
  std::string webhook_token;
  std::int64_t interval_s = 300;
};

Settings settings_from(fhir::partner::Keys& keys);  // mistakes lie in keys

}  // namespace adapters::zgw
