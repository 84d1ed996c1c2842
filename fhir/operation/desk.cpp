#include "fhir/operation/desk.hpp"

#include <algorithm>

#include "fhir/rest/outcome.hpp"

namespace fhir::operation {

using core::Error;
using core::Result;

namespace {

// value[x] of a parameter, whatever its type; or the resource.
const json::Value* value_of(const json::Value& parameter) {
  for (const json::Member& member : parameter.members())
    if (member.name.starts_with("value") || member.name == "resource") return &member.value;
  return nullptr;
}

}  // namespace

Result<Call> Call::read(const rest::Request& request) {
  Call call;
  auto query = search::parameters_from(request.query);
  if (!query) return query.error();
  call.query_ = std::move(*query);
  if (request.body.empty()) return call;
  auto body = json::parse(request.body);
  if (!body) return body.error();
  *call.body_ = std::move(*body);
  return call;
}

const json::Value* Call::value(std::string_view name) const {
  for (const json::Value& parameter : body()["parameter"].elements())
    if (parameter.text("name") == name) return value_of(parameter);
  return nullptr;
}

std::string Call::text(std::string_view name) const {
  if (const json::Value* found = value(name)) {
    if (!found->is_object()) return std::string(found->text());
    if (const std::string_view reference = found->text("reference"); !reference.empty()) return std::string(reference);
    if (const std::string_view words = found->text("text"); !words.empty()) return std::string(words);
    const json::Value& codings = (*found)["coding"];
    if (codings.size() > 0) return std::string(codings[0].find("display") ? codings[0].text("display") : codings[0].text("code"));
    return std::string(found->text("code"));
  }
  for (const auto& [key, given] : query_)
    if (key == name) return given;
  return {};
}

Result<core::Day> Call::day(std::string_view name, core::Day otherwise) const {
  const std::string given = text(name);
  if (given.empty()) return otherwise;
  const auto day = core::day_from(given);
  if (!day) return core::invalid("'" + given + "' is not a date (YYYY-MM-DD)", std::string(name));
  return *day;
}

Result<std::string> Call::required(std::string_view name) const {
  std::string given = text(name);
  if (given.empty()) return core::invalid("the parameter '" + std::string(name) + "' is required", std::string(name));
  return given;
}

rest::Response answer(const json::Value& resource, int status) {
  rest::Response response;
  response.status = status;
  response.body = std::make_shared<const std::string>(json::write(resource));
  return response;
}

rest::Response answer(const Error& error) { return rest::refusal(error); }

Searchset::Searchset(std::string self) : self_(std::move(self)) {}

void Searchset::add(std::string_view full_url, std::string_view body, std::string_view mode) {
  if (!entries_.empty()) entries_ += ',';
  entries_ += "{\"fullUrl\":";
  json::write_string(full_url, entries_);
  entries_ += ",\"resource\":";
  entries_ += body;
  entries_ += ",\"search\":{\"mode\":\"";
  entries_ += mode;
  entries_ += "\"}}";
}

void Searchset::add_outcome(std::string_view text) {
  if (!entries_.empty()) entries_ += ',';
  entries_ += "{\"resource\":" + rest::outcome_text(validate::Severity::information, "informational", text) + ",\"search\":{\"mode\":\"outcome\"}}";
}

rest::Response Searchset::finish(std::size_t total) const {
  std::string body = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":" + std::to_string(total) + ",\"link\":[{\"relation\":\"self\",\"url\":";
  json::write_string(self_, body);
  if (!next_.empty()) {
    body += "},{\"relation\":\"next\",\"url\":";
    json::write_string(next_, body);
  }
  body += "}]";
  if (!entries_.empty()) body += ",\"entry\":[" + entries_ + "]";
  body += "}";
  rest::Response response;
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

Result<core::store::Record> read_current(core::store::Snapshot& snapshot, const std::string& type, const std::string& id) {
  auto record = snapshot.read({type, id});
  if (!record) return record.error();
  if (!*record) return core::not_found(type + "/" + id + " is not known here", type + "/" + id);
  if ((*record)->deleted()) return Error{core::Kind::gone, type + "/" + id + " has been deleted", type + "/" + id};
  return std::move(**record);
}

std::vector<rest::Operation> panel_operations(const Desk& desk) {
  const auto canonical = [](const char* id) { return std::string(care::house) + "/OperationDefinition/" + id; };
  using Request = rest::Request;
  const Desk* d = &desk;
  std::vector<rest::Operation> table;
  table.push_back({"gaps", "Patient", true, false, false, false, canonical("patient-gaps"),
                   [d](const Request& r, const std::string&, const std::string& id) { return gaps(*d, r, id); }});
  table.push_back({"explain", "Task", true, false, false, false, canonical("task-explain"),
                   [d](const Request& r, const std::string&, const std::string& id) { return explain(*d, r, id); }});
  table.push_back({"explain", "Patient", true, false, false, false, canonical("patient-explain"),
                   [d](const Request& r, const std::string&, const std::string& id) { return explain_item(*d, r, id); }});
  table.push_back({"decide", "Task", true, false, false, true, canonical("task-decide"),
                   [d](const Request& r, const std::string&, const std::string& id) { return decide(*d, r, id); }});
  table.push_back({"worklist", "", false, false, true, false, canonical("worklist"),
                   [d](const Request& r, const std::string&, const std::string&) { return worklist(*d, r); }});
  table.push_back({"overrule", "Patient", true, false, false, true, canonical("patient-overrule"),
                   [d](const Request& r, const std::string&, const std::string& id) { return overrule(*d, r, id); }});
  table.push_back({"include-member", "Group", true, false, false, true, canonical("group-include-member"),
                   [d](const Request& r, const std::string&, const std::string& id) { return decide_member(*d, r, id, true); }});
  table.push_back({"exclude-member", "Group", true, false, false, true, canonical("group-exclude-member"),
                   [d](const Request& r, const std::string&, const std::string& id) { return decide_member(*d, r, id, false); }});
  table.push_back({"evaluate", "Group", true, false, false, false, canonical("group-evaluate"),
                   [d](const Request& r, const std::string&, const std::string& id) { return evaluate(*d, r, id); }});
  table.push_back({"dry-run", "PlanDefinition", false, true, false, true, canonical("plandefinition-dry-run"),
                   [d](const Request& r, const std::string&, const std::string&) { return dry_run(*d, r); }});
  for (const char* type : {"PlanDefinition", "ActivityDefinition"})
    table.push_back({"apply", type, true, false, false, false, std::string("http://hl7.org/fhir/OperationDefinition/") + type + "-apply",
                     [d](const Request& r, const std::string& t, const std::string& id) { return apply(*d, r, t, id); }});
  table.push_back({"unmapped-codes", "", false, false, true, false, canonical("unmapped-codes"),
                   [d](const Request& r, const std::string&, const std::string&) { return unmapped(*d, r); }});
  table.push_back({"match", "Patient", false, true, false, false, "http://hl7.org/fhir/OperationDefinition/Patient-match",
                   [d](const Request& r, const std::string&, const std::string&) { return match(*d, r); }});
  table.push_back({"link-candidates", "", false, false, true, false, canonical("link-candidates"),
                   [d](const Request& r, const std::string&, const std::string&) { return link_candidates(*d, r); }});
  table.push_back({"decide-link", "Task", true, false, false, true, canonical("task-decide-link"),
                   [d](const Request& r, const std::string&, const std::string& id) { return decide_link(*d, r, id); }});
  return table;
}

}  // namespace fhir::operation
