#include "fhir/rest/dispatch.hpp"

#include <new>

#include "fhir/rest/binary.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/routes.hpp"

namespace fhir::rest {
namespace {

core::Result<core::Done> check_target(const Exchange& exchange) {
  const Target& target = exchange.target;
  const model::Definitions& definitions = exchange.engine.definitions();
  if (!target.type.empty() && !definitions.is_resource(target.type))
    return core::not_found("There is no resource type '" + target.type + "' in FHIR R4 (names are case-sensitive).",
                           "type");
  if (!target.id.empty() && !is_id(target.id))
    return core::invalid("'" + target.id.substr(0, 80) + "' is not an id: 1 to 64 of A-Z, a-z, 0-9, '-' and '.'.",
                         "id");
  if (!target.member.empty() && target.member != "*" && !definitions.is_resource(target.member))
    return core::not_found("There is no resource type '" + target.member + "' in FHIR R4 (names are case-sensitive).",
                           "type");
  return core::Done{};
}

Response no_route(const Request& request, const std::string& allow) {
  if (allow.empty())
    return refusal(core::not_found("There is nothing at " + request.path.substr(0, 200) + ".", "path"));
  Response response;
  if (request.method == "OPTIONS") {
    response.status = 204;
  } else {
    response = refusal(
        {core::Kind::method_not_allowed, request.method + " is not possible here; " + allow + " are.", "method"});
  }
  response.headers.push_back({"Allow", allow + ", OPTIONS"});
  return response;
}

void pretty(Response& response) {
  auto document = json::parse(*response.body);
  if (document) response.body = std::make_shared<const std::string>(json::write(document->root(), json::Style::pretty));
}

// What every answer gets, whichever interaction made it.
void complete(const Exchange& exchange, Response& response) {
  if (!response.body) return;
  bool typed = false;
  for (const Header& header : response.headers) typed = typed || header.name == "Content-Type";
  if (!typed) {
    response.headers.push_back({"Content-Type", std::string(exchange.wishes.content_type)});
    if (exchange.wishes.pretty && !exchange.in_bundle) pretty(response);
  }
}

void keep(Exchange& exchange, const Response& response) {
  std::string key = KeptAnswers::key(exchange.request);
  if (!key.empty()) exchange.engine.answers.keep(std::move(key), response, std::move(*exchange.basis));
}

Response run(Exchange& exchange, const Route& route) {
  auto parameters = search::parameters_from(exchange.request.query);
  if (!parameters) return refusal(parameters.error());
  exchange.parameters = std::move(*parameters);
  auto refused = read_wishes(exchange.request, exchange.parameters, exchange.wishes);
  if (refused && !wants_raw(exchange)) return *refused;
  if (auto fits = check_target(exchange); !fits) return refusal(fits.error());
  Answer answer = route.call(exchange);
  if (answer) return std::move(*answer);
  return refusal(answer.error(), exchange.issues);
}

Response find_and_run(Exchange& exchange) {
  const Request& request = exchange.request;
  const auto path = plain_path(request.path);
  if (!path) return refusal(core::invalid("The path has an escape that cannot stand in it.", "path"));
  Routed routed = route(request.method, *path);
  if (routed.route == nullptr) return no_route(request, routed.allow);
  exchange.target = std::move(routed.target);
  Response response = run(exchange, *routed.route);
  if (response.interaction.empty()) response.interaction = routed.route->interaction;
  return response;
}

}  // namespace

std::optional<std::string> plain_path(std::string_view path) {
  if (path.find('%') == std::string_view::npos) return std::string(path);
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    const std::string one = search::decode(path.substr(i, 3), false);
    if (one.size() != 1 || one == "/" || static_cast<unsigned char>(one[0]) < 0x20) return std::nullopt;
    out += one;
    i += 2;
  }
  return out;
}

Response dispatch(Engine& engine, const Request& request, json::Document* document, json::Value* resource,
                  bool in_bundle) {
  Exchange exchange(engine, request);
  exchange.document = document;
  exchange.resource = resource;
  exchange.in_bundle = in_bundle;
  exchange.waits = !in_bundle;
  Response response;
  try {
    response = find_and_run(exchange);
  } catch (const std::bad_alloc&) {
    response = refusal({core::Kind::busy, "There is not enough memory to answer this now.", {}});
  } catch (...) {
    response = refusal(core::fault("An unexpected failure; nothing was changed that was not confirmed."));
  }
  if (response.type.empty())
    response.type = exchange.target.member.empty() ? exchange.target.type : exchange.target.member;
  complete(exchange, response);
  if (exchange.basis && response.status == 200 && !in_bundle) keep(exchange, response);
  return response;
}

}  // namespace fhir::rest
