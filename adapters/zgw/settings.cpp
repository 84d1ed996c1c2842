#include "adapters/zgw/settings.hpp"

#include <algorithm>
#include <array>

namespace adapters::zgw {
namespace {

using fhir::partner::Keys;

constexpr std::array<std::string_view, 12> task_statuses{"draft",    "requested", "received",  "accepted",
                                                         "rejected", "ready",     "cancelled", "in-progress",
                                                         "on-hold",  "failed",    "completed", "entered-in-error"};

bool is_task_status(std::string_view word) {
  return std::find(task_statuses.begin(), task_statuses.end(), word) != task_statuses.end();
}

void read_needs(Keys keys, Settings& settings) {
  if (keys.names().empty()) keys.refuse("*", "must say which case type (zaaktype) a need becomes");
  for (const std::string& need : keys.names()) {
    Keys row = keys.object(need);
    settings.needs[need] = row.text("zaaktype");
    (void)row.finish();
  }
}

void read_status(Keys keys, Settings& settings) {
  for (const std::string& name : keys.names()) {
    settings.status[name] = keys.text(name);
    if (!is_task_status(settings.status[name]))
      keys.refuse(name, "must be a status of Task, such as accepted or in-progress");
  }
}

void read_results(Keys keys, Settings& settings) {
  for (const std::string& name : keys.names()) {
    Keys row = keys.object(name);
    ResultMapping mapping;
    mapping.status = row.word("status", {"completed", "rejected", "failed", "cancelled"}, "completed");
    mapping.outcome = row.text("outcome", "");
    mapping.closes_need = row.flag("closes_need", mapping.status == "completed");
    (void)row.finish();
    settings.result[name] = std::move(mapping);
  }
}

}  // namespace

Settings settings_from(Keys& keys) {
  Settings settings;
  settings.organization = keys.text("organization");
  if (!settings.organization.empty() && !settings.organization.starts_with("Organization/"))
    keys.refuse("organization", "must be a reference such as Organization/7");
  settings.zaken_url = keys.url("zaken_url");
  settings.catalogi_url = keys.url("catalogi_url");
  settings.notificaties_url = keys.optional_url("notificaties_url");
  settings.client_id = keys.text("client_id");
  settings.secret = keys.secret("secret");
  settings.rsin = keys.text("rsin");
  if (!settings.rsin.empty() &&
      (settings.rsin.size() != 9 || settings.rsin.find_first_not_of("0123456789") != settings.rsin.npos))
    keys.refuse("rsin", "must have nine digits");
  read_needs(keys.object("needs"), settings);
  read_status(keys.object("status"), settings);
  read_results(keys.object("result"), settings);
  settings.cancel_result = keys.text("cancel_result", "");
  settings.webhook_token = keys.optional_secret("webhook_token");
  settings.interval_s = keys.number("interval_s", 1, 86'400, 300);
  return settings;
}

}  // namespace adapters::zgw
