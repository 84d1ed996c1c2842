// Calls an operation ($name) of the table. Source: FHIR R4 operations 3.2.0.
#include "fhir/json/json.hpp"
#include "fhir/rest/exchange.hpp"
#include "fhir/rest/interactions.hpp"
#include "fhir/rest/negotiation.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::rest {
namespace {

// Those added from outside read the JSON of a body: so they get what came as XML, or as an entry of a Bundle.
Answer called(Exchange& exchange, const Operation& operation) {
  const Target& target = exchange.target;
  const bool is_xml = format_of(exchange.header("Content-Type")) == Format::xml && !exchange.request.body.empty();
  if (exchange.resource == nullptr && !is_xml) return operation.call(exchange.request, target.type, target.id);
  auto body = body_of(exchange);
  if (!body) return body.error();
  Request request = exchange.request;
  request.body = json::write(**body);
  return operation.call(request, target.type, target.id);
}

}  // namespace

Answer operate(Exchange& exchange) {
  const Target& target = exchange.target;
  const Operation* operation = exchange.engine.operation(target.operation, target.type, !target.id.empty());
  if (operation == nullptr)
    return core::not_found("There is no operation $" + target.operation +
                               (target.type.empty() ? " on the system" : " on " + target.type) +
                               (target.id.empty() ? "." : " instances."),
                           "operation");
  if (operation->affects_state && exchange.request.method != "POST") {
    Response refused = refusal({core::Kind::method_not_allowed,
                                '$' + target.operation + " changes what is stored: call it with POST.", "method"});
    refused.headers.push_back({"Allow", "POST, OPTIONS"});
    return refused;
  }
  Answer answer = operation->serve ? operation->serve(exchange) : called(exchange, *operation);
  if (answer) answer->interaction = '$' + operation->name;
  return answer;
}

}  // namespace fhir::rest
