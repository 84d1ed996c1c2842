// Calls an operation ($name) of the table. Source: FHIR R4 operations 3.2.0.
#include "fhir/rest/interactions.hpp"
#include "fhir/rest/outcome.hpp"

namespace fhir::rest {

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
  Answer answer =
      operation->serve ? operation->serve(exchange) : Answer(operation->call(exchange.request, target.type, target.id));
  if (answer) answer->interaction = '$' + operation->name;
  return answer;
}

}  // namespace fhir::rest
