#include "fhir/care/contact.hpp"

#include <algorithm>
#include <vector>

#include "core/store/criteria.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"

namespace fhir::care {

using core::Result;
using core::store::Snapshot;

namespace {

constexpr std::size_t most_records = 16;  // of one person; an identifier on more records than this identifies nobody

Result<std::optional<json::Document>> resource_of(Snapshot& snapshot, const std::string& link) {
  const std::size_t slash = link.find('/');
  if (slash == std::string::npos) return std::optional<json::Document>{};
  const auto record = snapshot.read({link.substr(0, slash), link.substr(slash + 1)});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return std::optional<json::Document>{};
  auto parsed = json::parse((*record)->body);
  if (!parsed) return parsed.error();
  return std::optional(std::move(*parsed));
}

core::Result<core::Done> add_found(Snapshot& snapshot, core::store::Criterion criterion, std::vector<std::string>& people) {
  core::store::Query query;
  query.types = {"Patient"};
  query.all.push_back(std::move(criterion));
  query.limit = most_records + 1;
  const auto records = core::store::find_all(snapshot, query);
  if (!records) return records.error();
  if (records->size() > most_records) return core::Done{};
  for (const core::store::Record& record : *records)
    if (const std::string link = "Patient/" + record.key.id; std::find(people.begin(), people.end(), link) == people.end()) people.push_back(link);
  return core::Done{};
}

// Records that may be the same person as this one, nearer than which nobody need be sure: a ban on contact holds for all of them.
core::Result<core::Done> add_same_person(Snapshot& snapshot, const std::string& patient, const json::Value& body, std::vector<std::string>& people) {
  for (const json::Value& link : body["link"].elements())
    if (const std::string other = link_from(link["other"]); other.starts_with("Patient/") && std::find(people.begin(), people.end(), other) == people.end())
      people.push_back(other);
  if (auto linked = add_found(snapshot, core::store::reference_criterion("link", {patient}), people); !linked) return linked;
  for (const json::Value& identifier : body["identifier"].elements()) {
    if (identifier.text("system").empty() || identifier.text("value").empty() || identifier.text("use") == "old") continue;
    auto criterion = core::store::token_criterion("identifier", {std::string(identifier.text("value"))}, identifier.text("system"));
    if (auto shared = add_found(snapshot, std::move(criterion), people); !shared) return shared;
  }
  return core::Done{};
}

}  // namespace

bool contact_prohibited(const json::Value& resource) {
  if (const json::Value* flag = extension(resource, std::string(house) + "/StructureDefinition/contact-prohibited"))
    if ((*flag)["valueBoolean"].is_boolean() && (*flag)["valueBoolean"].boolean()) return true;
  return resource.text("resourceType") == "ServiceRequest" && has_coding(resource["orderDetail"], "", "contacting-subject-prohibited");
}

core::Result<std::optional<std::string>> contact_prohibited_by(Snapshot& snapshot, const json::Value& task) {
  if (contact_prohibited(task)) return std::optional("Task/" + std::string(task.text("id")));
  std::vector<std::string> orders, people;
  add_links(task["for"], people);
  for (const char* name : {"focus", "basedOn"}) add_links(task[name], orders);
  for (const std::string& link : orders)
    if (link.starts_with("Patient/")) people.push_back(link);
  std::erase_if(people, [](const std::string& link) { return !link.starts_with("Patient/"); });
  for (std::size_t i = 0; i < people.size() && i < most_records; ++i) {
    const std::string patient = people[i];
    const auto body = resource_of(snapshot, patient);
    if (!body) return body.error();
    if (!*body) continue;
    if (contact_prohibited((*body)->root())) return std::optional(patient);
    if (auto added = add_same_person(snapshot, patient, (*body)->root(), people); !added) return added.error();
  }
  for (const std::string& link : orders) {
    if (!link.starts_with("ServiceRequest/")) continue;
    const auto body = resource_of(snapshot, link);
    if (!body) return body.error();
    if (*body && contact_prohibited((*body)->root())) return std::optional(link);
  }
  return std::optional<std::string>{};
}

}  // namespace fhir::care
