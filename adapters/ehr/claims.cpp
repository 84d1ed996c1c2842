#include "adapters/ehr/claims.hpp"

namespace adapters::ehr {
namespace {

using fhir::json::Value;

Claims::Type type_from(const Value& resource, bool last_updated) {
  Claims::Type type;
  type.last_updated = last_updated;
  for (const Value& interaction : resource["interaction"].elements()) {
    const std::string_view code = interaction.text("code");
    if (code == "search-type") type.search = true;
    if (code == "history-type") type.history = true;
    if (code == "read") type.read = true;
  }
  for (const Value& parameter : resource["searchParam"].elements())
    if (parameter.text("name") == "_lastUpdated") type.last_updated = true;
  return type;
}

bool is_export(const Value& operation) {
  return operation.text("name") == "export" || operation.text("name") == "$export" ||
         operation.text("definition").find("/OperationDefinition/export") != std::string_view::npos;
}

void take_operations(const Value& list, bool& system, bool& patient) {
  for (const Value& operation : list.elements()) {
    const std::string_view definition = operation.text("definition");
    if (definition.find("patient-export") != std::string_view::npos || operation.text("name") == "patient-export") patient = true;
    else if (is_export(operation)) system = true;
  }
}

}  // namespace

core::Result<Claims> claims_from(const Value& statement) {
  if (statement.text("resourceType") != "CapabilityStatement")
    return core::fault("the answer to /metadata is no CapabilityStatement");
  Claims claims;
  claims.known = true;
  claims.version = std::string(statement.text("fhirVersion").substr(0, 20));
  claims.software = std::string(statement["software"].text("name").substr(0, 60));
  claims.home = std::string(statement["implementation"].text("url"));
  while (claims.home.ends_with('/')) claims.home.pop_back();
  if (!claims.version.starts_with("4."))
    return core::unsupported("the server speaks FHIR " + (claims.version.empty() ? "of no stated version" : claims.version) +
                             ", not R4");
  for (const Value& rest : statement["rest"].elements()) {
    if (rest.text("mode") == "client") continue;
    bool last_updated = false;
    for (const Value& parameter : rest["searchParam"].elements())
      if (parameter.text("name") == "_lastUpdated") last_updated = true;
    take_operations(rest["operation"], claims.system_export, claims.patient_export);
    for (const Value& resource : rest["resource"].elements()) {
      const std::string name(resource.text("type"));
      claims.types[name] = type_from(resource, last_updated);
      if (name == "Patient") take_operations(resource["operation"], claims.patient_export, claims.patient_export);
    }
  }
  return claims;
}

}  // namespace adapters::ehr
