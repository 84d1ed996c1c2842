#include "fhir/rest/dispatch.hpp"

#include <algorithm>
#include <new>

#include "fhir/model/xml_form.hpp"
#include "fhir/rest/binary.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/rest/routes.hpp"
#include "fhir/rest/search_condition.hpp"

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

// The body as the client wishes to read it: what interactions write is compact JSON.
void render(const Exchange& exchange, Response& response) {
  const Wishes& wishes = exchange.wishes;
  if (exchange.in_bundle || (wishes.format == Format::json && !wishes.pretty)) return;
  const json::Style style = wishes.pretty ? json::Style::pretty : json::Style::compact;
  auto document = json::parse(*response.body);
  if (document && wishes.format == Format::json)
    response.body = std::make_shared<const std::string>(json::write(document->root(), style));
  if (wishes.format == Format::json) return;
  auto xml = document ? model::to_xml(exchange.engine.definitions(), document->root(), style)
                      : core::Result<std::string>(document.error());
  if (xml) {
    response.body = std::make_shared<const std::string>(std::move(*xml));
    return;
  }
  response = refusal(core::fault("The answer cannot be written as XML (" + xml.error().where + "); as JSON it can."));
  auto outcome = json::parse(*response.body);
  if (auto words = model::to_xml(exchange.engine.definitions(), outcome->root()))
    response.body = std::make_shared<const std::string>(std::move(*words));
}

// An operation that gives a table as text/csv may be asked for just that.
bool wants_csv(const Exchange& exchange) {
  if (!exchange.target.operation.ends_with("-csv")) return false;
  const std::string_view format = exchange.parameter("_format");
  return (format.empty() ? exchange.header("Accept") : format).find("csv") != std::string_view::npos;
}

bool is_typed(const Response& response) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [](const Header& header) { return header.name == "Content-Type"; });
}

// What every answer gets, whichever interaction made it.
void complete(const Exchange& exchange, Response& response) {
  if (!response.body || is_typed(response)) return;
  render(exchange, response);
  response.headers.push_back({"Content-Type", std::string(exchange.wishes.content_type)});
}

void keep(Exchange& exchange, const Response& response) {
  std::string key = KeptAnswers::key(exchange.request);
  if (!key.empty()) exchange.engine.answers.keep(std::move(key), response, std::move(*exchange.basis), exchange.generation);
}

Response run(Exchange& exchange, const Route& route, const std::optional<Response>& refused) {
  if (refused && !wants_raw(exchange) && !wants_csv(exchange)) return *refused;
  if (auto fits = check_target(exchange); !fits) return refusal(fits.error());
  Answer answer = route.call(exchange);
  if (answer) return std::move(*answer);
  return refusal(answer.error(), exchange.issues);
}

Response find_and_run(Exchange& exchange) {
  const Request& request = exchange.request;
  auto parameters = search::parameters_from(request.query);
  if (!parameters) return refusal(parameters.error());
  exchange.parameters = std::move(*parameters);
  const auto refused = read_wishes(request, exchange.parameters, exchange.wishes);
  const auto path = plain_path(request.path);
  if (!path) return refusal(core::invalid("The path has an escape that cannot stand in it.", "path"));
  Routed routed = route(request.method, *path);
  if (routed.route == nullptr) return no_route(request, routed.allow);
  exchange.target = std::move(routed.target);
  Response response = run(exchange, *routed.route, refused);
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
  engine.added.follow(engine);
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
  engine.added.follow(engine);  // a search parameter that this request brought is known to the next
  if (exchange.basis && response.status == 200 && !in_bundle) {
    tag_search(*exchange.basis, response);
    keep(exchange, response);
  }
  return response;
}

}  // namespace fhir::rest
