#include "fhir/care/contact.hpp"

#include <vector>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"

namespace fhir::care {

bool contact_prohibited(const json::Value& resource) {
  if (const json::Value* flag = extension(resource, std::string(house) + "/StructureDefinition/contact-prohibited"))
    if ((*flag)["valueBoolean"].is_boolean() && (*flag)["valueBoolean"].boolean()) return true;
  return resource.text("resourceType") == "ServiceRequest" && has_coding(resource["orderDetail"], "", "contacting-subject-prohibited");
}

core::Result<std::optional<std::string>> contact_prohibited_by(core::store::Snapshot& snapshot, const json::Value& task) {
  if (contact_prohibited(task)) return std::optional("Task/" + std::string(task.text("id")));
  std::vector<std::string> others;
  for (const char* name : {"for", "focus", "basedOn"}) add_links(task[name], others);
  for (const std::string& link : others) {
    const std::size_t slash = link.find('/');
    if (slash == std::string::npos) continue;
    const core::store::Key key{link.substr(0, slash), link.substr(slash + 1)};
    if (key.type != "Patient" && key.type != "ServiceRequest") continue;
    const auto record = snapshot.read(key);
    if (!record) return record.error();
    if (!*record || (*record)->deleted()) continue;
    const auto parsed = json::parse((*record)->body);
    if (!parsed) return parsed.error();
    if (contact_prohibited(parsed->root())) return std::optional(link);
  }
  return std::optional<std::string>{};
}

}  // namespace fhir::care
