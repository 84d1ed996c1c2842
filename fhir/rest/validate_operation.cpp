// $validate: what there is to say against a resource, or against creating, updating or deleting it, without doing so.
// The base definitions with their invariants, and the profiles that are asked for or that the resource claims, as far as
// they are stored or shipped here. Source: FHIR R4 Resource-validate.
#include <algorithm>
#include <array>
#include <optional>

#include "fhir/rest/deletion.hpp"
#include "fhir/rest/operations.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/write.hpp"
#include "fhir/validate/profile.hpp"
#include "fhir/validate/validator.hpp"

namespace fhir::rest {
namespace {

constexpr std::array<std::string_view, 4> modes = {"create", "update", "delete", "profile"};

struct Asked {
  const json::Value* sent = nullptr;
  std::optional<json::Document> stored;  // what there is, where no resource was sent
  std::string mode;
  std::vector<std::string> profiles;
  const json::Value& resource() const { return stored ? stored->root() : *sent; }
};

validate::Issue fault(std::string_view code, std::string_view place, std::string text) {
  return {validate::Severity::error, std::string(code), std::string(place), std::move(text), {}};
}

void take(std::string_view name, std::string_view value, Asked& asked) {
  if (name == "mode") asked.mode = value;
  if (name == "profile" && !value.empty()) asked.profiles.emplace_back(value);
}

// The resource itself as the body, or Parameters with it; both may go without.
core::Result<core::Done> read_body(Exchange& exchange, Asked& asked) {
  if (exchange.request.body.empty() && exchange.resource == nullptr) return core::Done{};
  auto body = body_of(exchange);
  if (!body) return body.error();
  asked.sent = *body;
  if ((*body)->text("resourceType") != "Parameters" || exchange.target.type == "Parameters") return core::Done{};
  asked.sent = nullptr;
  for (const json::Value& parameter : (**body)["parameter"].elements()) {
    if (parameter.text("name") == "resource") asked.sent = parameter.find("resource");
    for (const json::Member& member : parameter.members())
      if (member.name.starts_with("value")) take(parameter.text("name"), member.value.text(), asked);
  }
  return core::Done{};
}

core::Result<Asked> read(Exchange& exchange) {
  Asked asked;
  for (const auto& [name, value] : exchange.parameters) take(name, value, asked);
  if (auto done = read_body(exchange, asked); !done) return done.error();
  if (!asked.mode.empty() && std::find(modes.begin(), modes.end(), asked.mode) == modes.end())
    return core::invalid("mode is one of create, update, delete, profile.", "mode");
  if ((asked.mode == "update" || asked.mode == "delete") && exchange.target.id.empty())
    return core::invalid("mode " + asked.mode + " is asked of a resource: [type]/[id]/$validate.", "mode");
  if (asked.sent != nullptr || asked.mode == "delete") return asked;
  if (exchange.target.id.empty() || asked.mode == "create" || asked.mode == "update")
    return core::invalid("The input has no resource to validate.", "resource");
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto record = current(**view, {exchange.target.type, exchange.target.id});
  if (!record) return record.error();
  if (!*record) return core::not_found(exchange.target.type + '/' + exchange.target.id + " is not there.", "id");
  auto document = json::parse((*record)->body);
  if (!document) return core::fault("A stored resource cannot be read.");
  asked.stored = std::move(*document);
  return asked;
}

// What stands in the way of the delete itself.
core::Result<validate::Issues> against_delete(Exchange& exchange) {
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  const core::store::Key key{exchange.target.type, exchange.target.id};
  auto record = current(**view, key);
  if (!record) return record.error();
  if (!*record) return core::not_found(key.type + '/' + key.id + " is not there.", "id");
  auto plan = deletion(exchange, **view, key, cascades(exchange));
  if (plan) return validate::Issues{};
  return validate::Issues{issue_from(plan.error())};
}

// What this server asks of a write beyond the definitions.
core::Result<core::Done> against_write(Exchange& exchange, const Asked& asked, validate::Issues& issues) {
  const std::string& type = exchange.target.type;
  const std::string_view id = asked.resource().text("id");
  std::optional<core::store::Record> before;
  if (asked.mode == "update") {
    if (id != exchange.target.id)
      issues.push_back(fault("invalid", type + ".id", "the resource has the id '" + std::string(id.substr(0, 80)) +
                                                          "', the address '" + exchange.target.id + "'"));
    auto view = exchange.engine.view(exchange.caller());
    if (!view) return view.error();
    auto record = current(**view, {type, exchange.target.id});
    if (!record) return record.error();
    before = std::move(*record);
  }
  if (!has_rules(exchange.engine, type)) return core::Done{};
  if (auto obeyed = obey_rules(exchange, before, asked.resource()); !obeyed && exchange.issues.empty())
    return obeyed.error();
  issues.insert(issues.end(), exchange.issues.begin(), exchange.issues.end());
  exchange.issues.clear();
  return core::Done{};
}

core::Result<validate::Issues> found(Exchange& exchange, Asked& asked) {
  if (asked.mode == "delete") return against_delete(exchange);
  if (asked.resource().text("resourceType").empty()) return validate::Issues{fault("structure", "", "the resource has no resourceType")};
  if (asked.resource().text("resourceType") != exchange.target.type)
    return validate::Issues{fault("invalid", "", "the resource is a " + std::string(asked.resource().text("resourceType").substr(0, 64)) +
                                                     ", the address is of " + exchange.target.type)};
  auto known = exchange.engine.stored_definitions.now(exchange.engine);
  if (!known) return known.error();
  for (const std::string& url : asked.profiles)
    if (!(*known)->profile(url) && !validate::is_base_type(exchange.engine.definitions(), url))
      return core::unsupported("The profile " + url.substr(0, 200) + " is not known here.", "profile");
  validate::Issues issues =
      validate::validate(**known, asked.resource(), {std::move(asked.profiles), exchange.engine.now()});
  if (asked.mode == "create" || asked.mode == "update")
    if (auto done = against_write(exchange, asked, issues); !done) return done.error();
  return issues;
}

}  // namespace

Answer validate_resource(Exchange& exchange) {
  auto asked = read(exchange);
  if (!asked) return asked.error();
  auto issues = found(exchange, *asked);
  if (!issues) return issues.error();
  Response response;
  response.body = std::make_shared<const std::string>(outcome_text(*issues));
  return response;
}

}  // namespace fhir::rest
