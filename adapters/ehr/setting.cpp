#include "adapters/ehr/setting.hpp"

#include <algorithm>
#include <array>

namespace adapters::ehr {
namespace {

using fhir::partner::Keys;

// What is referred to comes before what refers to it, so that most references lead somewhere when they arrive.
constexpr std::array<std::string_view, 14> first_types = {
    "Organization", "Location",         "Practitioner", "PractitionerRole", "HealthcareService", "CareTeam", "Patient",
    "RelatedPerson", "Medication",      "Questionnaire", "EpisodeOfCare",   "Encounter",         "Condition", "ServiceRequest"};

// What the panel core reads, and who is named in it.
constexpr std::array<std::string_view, 23> default_types = {
    "Organization", "Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Medication", "Encounter", "Condition",
    "ServiceRequest", "AllergyIntolerance", "CarePlan", "Communication", "DiagnosticReport", "Immunization",
    "MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement", "Observation", "Procedure",
    "QuestionnaireResponse", "RiskAssessment", "Location"};

std::size_t rank_of(std::string_view type) {
  return static_cast<std::size_t>(std::find(first_types.begin(), first_types.end(), type) - first_types.begin());
}

bool is_type_name(std::string_view text) {
  return !text.empty() && text.front() >= 'A' && text.front() <= 'Z' &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

bool is_query(std::string_view text) {
  return !text.empty() && text.front() != '?' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '#' && c != '"'; });
}

Auth auth_from(Keys keys) {
  Auth auth;
  const std::string type = keys.word("type", {"none", "basic", "bearer", "smart"}, "none");
  if (type == "basic") {
    auth.way = Auth::Way::basic;
    auth.user = keys.text("user");
    auth.secret = keys.secret("password");
  } else if (type == "bearer") {
    auth.way = Auth::Way::bearer;
    auth.secret = keys.secret("token");
  } else if (type == "smart") {
    auth.way = Auth::Way::smart;
    auth.user = keys.text("client_id");
    auth.secret = keys.secret("key");
    auth.key_id = keys.text("key_id", "");
    auth.algorithm = keys.word("algorithm", {"RS384", "ES384"}, "RS384");
    auth.scopes = keys.text("scopes", "system/*.read");
    auth.token_url = keys.optional_url("token_url");
  }
  (void)keys.finish();  // its mistakes are its parent's
  return auth;
}

std::vector<std::string> queries_from(Keys& keys, const std::string& type) {
  const fhir::json::Value* value = keys.value(type);
  if (value == nullptr) return {};
  std::vector<std::string> queries;
  if (value->is_array()) queries = keys.texts(type);
  else queries.push_back(keys.text(type));
  for (const std::string& query : queries)
    if (!is_query(query)) keys.refuse(type, "must be a search as it stands after '?', percent-encoded, or a list of them");
  return queries;
}

std::vector<Wanted> types_from(Keys& keys) {
  std::vector<std::string> names = keys.texts("types");
  if (names.empty()) names.assign(default_types.begin(), default_types.end());
  for (const std::string& name : names) {
    if (!is_type_name(name)) keys.refuse("types", "names what is no resource type: " + name);
    if (std::count(names.begin(), names.end(), name) > 1) keys.refuse("types", "names a type twice: " + name);
  }
  std::stable_sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return rank_of(a) < rank_of(b); });
  Keys queries = keys.object("queries");
  for (const std::string& name : queries.names())
    if (std::find(names.begin(), names.end(), name) == names.end()) queries.refuse(name, "is not among the types pulled");
  std::vector<Wanted> wanted;
  for (std::string& name : names) {
    auto searches = queries_from(queries, name);
    wanted.push_back({std::move(name), std::move(searches)});
  }
  return wanted;
}

}  // namespace

Setting setting_from(const std::string& id, Keys& keys) {
  Setting setting;
  setting.id = id;
  setting.path = keys.path();
  setting.base_url = keys.url("base_url");
  setting.auth = auth_from(keys.object("auth"));
  setting.types = types_from(keys);
  constexpr std::int64_t week = 7 * 86'400;
  setting.interval_s = keys.number("interval_s", 1, week, 300);
  setting.reconcile_s = keys.number("reconcile_s", 1, 13 * week, 20 * setting.interval_s);
  setting.overlap_s = keys.number("overlap_s", 0, 86'400, 60);
  setting.page_size = keys.number("page_size", 1, 10'000, 250);
  setting.history = keys.flag("history", true);
  setting.bulk = keys.flag("bulk", true);
  return setting;
}

}  // namespace adapters::ehr
