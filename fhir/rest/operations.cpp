#include "fhir/rest/operations.hpp"

#include <array>

namespace fhir::rest {
namespace {

constexpr std::string_view r4 = "http://hl7.org/fhir/OperationDefinition/";
constexpr std::string_view house = "https://w3id.org/panelbridge/fhir/OperationDefinition/";

struct Row {
  std::string_view name, type;
  bool instance, type_level, system, affects_state;
  std::string_view base, definition;
  Answer (*serve)(Exchange&);
};

constexpr std::array<Row, 12> table = {{
    {"everything", "Patient", true, false, false, false, r4, "Patient-everything", everything_of_patient},
    {"everything", "Group", true, false, false, false, r4, "Group-everything", everything_of_group},
    {"everything", "Encounter", true, false, false, false, r4, "Encounter-everything", everything_of_encounter},
    {"lastn", "Observation", false, true, false, false, r4, "Observation-lastn", last_n},
    {"meta", "", true, false, false, false, r4, "Resource-meta", meta_of},
    {"meta", "", false, true, true, false, r4, "Resource-meta", meta_in_use},
    {"meta-add", "", true, false, false, true, r4, "Resource-meta-add", meta_add},
    {"meta-delete", "", true, false, false, true, r4, "Resource-meta-delete", meta_delete},
    {"validate", "", true, true, false, false, r4, "Resource-validate", validate_resource},
    {"erase", "", true, false, false, true, house, "erase", erase},
    {"reindex", "", true, true, true, true, house, "reindex", reindex},
    {"reindex-status", "", false, false, true, false, house, "reindex-status", reindex_status},
}};

}  // namespace

std::vector<Operation> own_operations() {
  std::vector<Operation> out;
  for (const Row& row : table) {
    Operation operation;
    operation.name = row.name;
    operation.type = row.type;
    operation.instance = row.instance;
    operation.type_level = row.type_level;
    operation.system = row.system;
    operation.affects_state = row.affects_state;
    operation.definition = std::string(row.base) + std::string(row.definition);
    operation.serve = row.serve;
    out.push_back(std::move(operation));
  }
  return out;
}

core::Result<search::Parameters> operation_input(Exchange& exchange) {
  search::Parameters input = exchange.parameters;
  if (exchange.request.method != "POST" || (exchange.request.body.empty() && exchange.resource == nullptr))
    return input;
  auto body = body_of(exchange);
  if (!body) return body.error();
  if ((*body)->text("resourceType") != "Parameters")
    return core::invalid("The input of an operation is a Parameters resource.", "body");
  for (const json::Value& parameter : (**body)["parameter"].elements())
    for (const json::Member& member : parameter.members()) {
      if (!member.name.starts_with("value")) continue;
      const json::Value& value = member.value;
      const std::string text = value.is_boolean()  ? (value.boolean() ? "true" : "false")
                               : value.is_object() ? std::string(value.text("reference"))
                                                   : std::string(value.text());
      input.emplace_back(parameter.text("name"), text);
    }
  return input;
}

}  // namespace fhir::rest
