#include "fhir/operation/desk.hpp"

#include <algorithm>

#include "fhir/rest/identity.hpp"
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

std::string text_of(const json::Value& value) {
  if (value.is_boolean()) return value.boolean() ? "true" : "false";
  if (!value.is_object()) return std::string(value.text());
  if (const std::string_view reference = value.text("reference"); !reference.empty()) return std::string(reference);
  if (const std::string_view words = value.text("text"); !words.empty()) return std::string(words);
  const json::Value& codings = value["coding"];
  if (codings.size() > 0) return std::string(codings[0].find("display") ? codings[0].text("display") : codings[0].text("code"));
  return std::string(value.text("code"));
}

std::string shortened(std::string_view text) { return text.size() <= 60 ? std::string(text) : std::string(text.substr(0, 60)) + "..."; }

// Each name once, and none that the operation does not have.
class Names {
 public:
  explicit Names(std::initializer_list<std::string_view> known) : known_(known) {}
  Result<core::Done> take(std::string_view name) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      if (name.starts_with('_')) return core::Done{};
      std::string list;
      for (const std::string_view each : known_) list += (list.empty() ? "" : ", ") + std::string(each);
      return core::invalid("there is no parameter '" + shortened(name) + "' here" + (list.empty() ? "" : "; there are: " + list), "parameter");
    }
    if (std::find(taken_.begin(), taken_.end(), name) != taken_.end())
      return core::invalid("the parameter '" + std::string(name) + "' is given twice", std::string(name));
    taken_.emplace_back(name);
    return core::Done{};
  }

 private:
  std::vector<std::string_view> known_;
  std::vector<std::string> taken_;
};

Result<core::Done> check(const json::Value& body, Names& names) {
  if (const json::Value* list = body.find("parameter"); list != nullptr && !list->is_array())
    return core::invalid("'parameter' is a list", "Parameters.parameter");
  for (const json::Value& parameter : body["parameter"].elements()) {
    const std::string name(parameter.text("name"));
    if (auto taken = names.take(name); !taken) return taken;
    const json::Value* value = value_of(parameter);
    if (value == nullptr || (value->is_object() && value->find("resourceType") == nullptr && text_of(*value).empty()))
      return core::invalid("the parameter '" + shortened(name) + "' has no value of a type that is understood here", shortened(name));
  }
  return core::Done{};
}

}  // namespace

Result<Call> Call::read(const rest::Request& request, std::initializer_list<std::string_view> names, std::string_view resource) {
  Call call;
  auto query = search::parameters_from(request.query);
  if (!query) return query.error();
  call.query_ = std::move(*query);
  Names given(names);
  for (const auto& [name, value] : call.query_)
    if (auto taken = given.take(name); !taken) return taken.error();
  if (request.body.empty()) return call;
  auto body = json::parse(request.body);
  if (!body) return body.error();
  const std::string_view type = body->root().text("resourceType");
  if (type != "Parameters" && (resource.empty() || type != resource))
    return core::invalid("a Parameters resource is expected" + (resource.empty() ? "" : ", or a " + std::string(resource)), "body");
  if (type == "Parameters")
    if (auto checked = check(body->root(), given); !checked) return checked.error();
  *call.body_ = std::move(*body);
  return call;
}

const json::Value* Call::value(std::string_view name) const {
  for (const json::Value& parameter : body()["parameter"].elements())
    if (parameter.text("name") == name) return value_of(parameter);
  return nullptr;
}

std::string Call::text(std::string_view name) const {
  if (const json::Value* found = value(name)) return text_of(*found);
  for (const auto& [key, given] : query_)
    if (key == name) return given;
  return {};
}

Result<core::Day> Call::day(std::string_view name, core::Day otherwise) const {
  const std::string given = text(name);
  if (given.empty()) return otherwise;
  const auto day = core::day_from(given);
  if (!day) return core::invalid("'" + shortened(given) + "' is not a date (YYYY-MM-DD)", std::string(name));
  return *day;
}

Result<std::string> Call::reference(std::string_view name, std::string_view base_url, std::span<const std::string_view> types) const {
  auto given = required(name);
  if (!given) return given;
  if (given->starts_with(std::string(base_url) + '/')) given->erase(0, base_url.size() + 1);
  const std::size_t slash = given->rfind('/'), before = slash == given->npos || slash == 0 ? given->npos : given->rfind('/', slash - 1);
  const std::string_view text = *given;
  const std::string_view type = slash == text.npos ? text : text.substr(before == text.npos ? 0 : before + 1, slash - (before == text.npos ? 0 : before + 1));
  const bool elsewhere = before != text.npos && (text.starts_with("http://") || text.starts_with("https://"));
  if (slash == text.npos || (before != text.npos && !elsewhere) || !rest::is_id(text.substr(slash + 1)) || std::find(types.begin(), types.end(), type) == types.end())
    return core::invalid("'" + std::string(name) + "' is a reference, as " + std::string(types.front()) + "/1", std::string(name));
  return given;
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
