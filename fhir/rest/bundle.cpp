// batch and transaction: which one, then its own file. Source: FHIR R4 RESTful API 3.1.0.11.
#include "fhir/rest/bundle.hpp"

#include "fhir/rest/interactions.hpp"

namespace fhir::rest {

Answer bundle(Exchange& exchange) {
  if (auto refused = refuse_body(exchange.request)) return *refused;
  auto body = body_of(exchange);
  if (!body) return body.error();
  if ((*body)->text("resourceType") != "Bundle")
    return core::invalid("What is posted to the base is a Bundle of type batch or transaction.", "body");
  const std::string_view type = (*body)->text("type");
  if (type == "transaction") return transaction(exchange);
  if (type == "batch") return batch(exchange);
  return core::invalid(
      "A Bundle that is posted has type batch or transaction, not '" + std::string(type.substr(0, 40)) + "'.",
      "Bundle.type");
}

}  // namespace fhir::rest
