// $validate: the findings on a resource, without storing it. Source: FHIR R4 Resource-validate.
#include "fhir/rest/operations.hpp"
#include "fhir/rest/outcome.hpp"
#include "fhir/validate/structure.hpp"

namespace fhir::rest {

Answer validate_resource(Exchange& exchange) {
  auto body = body_of(exchange);
  if (!body) return body.error();
  const json::Value* resource = *body;
  if (resource->text("resourceType") == "Parameters" && exchange.target.type != "Parameters") {
    resource = nullptr;
    for (const json::Value& parameter : (**body)["parameter"].elements()) {
      if (parameter.text("name") == "resource") resource = parameter.find("resource");
      if (parameter.text("name") == "profile")
        return core::unsupported("Validation against a profile is not offered here yet; the base definitions are.",
                                 "profile");
    }
    if (resource == nullptr) return core::invalid("The input has no resource to validate.", "resource");
  }
  Response response;
  response.body =
      std::make_shared<const std::string>(outcome_text(validate::check(exchange.engine.definitions(), *resource)));
  return response;
}

}  // namespace fhir::rest
