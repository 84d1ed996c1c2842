// What the operator set: the configuration file, checked whole at start.
// Never: a secret as a literal, an unknown key, a key that is accepted and does nothing. Errors name the key's path.
// Threads: a plain value. profiles/house/config.schema.json describes the same keys; a test compares the two.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/edge.hpp"
#include "adapters/server/exports.hpp"
#include "adapters/server/log.hpp"
#include "adapters/server/mailing.hpp"
#include "adapters/server/partner_kinds.hpp"
#include "adapters/server/way_out.hpp"
#include "core/base/error.hpp"

namespace adapters::server {

struct Settings {
  std::string certificate, key;  // PEM text
  http::Limits limits;
  unsigned threads = 0;
  std::optional<int> zone_minutes;  // time_zone as a number of minutes
  std::string zone_name;            // or as a name, as in /usr/share/zoneinfo
  std::string language = "en";
  std::string default_owner;  // "Practitioner/1": of gap Tasks nobody else owns
  int contact_attempts = 3;   // contacts that reached nobody, before the gap is back with its physician
  std::map<std::string, std::string> standing_orders;  // item -> "Practitioner/1" in whose name outreach is made at once
  std::vector<std::string> identity_systems{"http://fhir.nl/fhir/NamingSystem/bsn"};  // identifiers that make two records one person
  std::optional<core::Day> covers_from;  // nothing that a programme asks is due before it
  std::vector<std::string> surveys;      // of people's experience: "system|code" of Observations, canonicals of Questionnaires
  double review_from = 0, link_from = 0;  // probability from which two records are put to a person, are linked at once; 0: never
  std::string risk_region;    // of SCORE2, for people without a country of residence
  std::string efi_codes;      // text of the code list of the electronic frailty index
  Level log_level = Level::info;
  bool log_requests = true;
  MailSetting mail;
  ExportSetting exports;  // but for folder and base_url
  std::vector<PartnerSetting> partners;
  NotificationSetting notifications;
};

core::Result<Settings> settings_from(const std::string& file);
core::Result<Settings> settings_from_text(std::string_view json,
                                          const std::string& folder);  // relative files are below folder

std::vector<std::string> settings_keys();  // "limits.body_bytes", ...: every key that is understood

}  // namespace adapters::server
