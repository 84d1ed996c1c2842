// search on a type, on the system and in a compartment, by GET and by POST. Source: FHIR R4 RESTful API 3.1.0.9, 3.1.1.
#include "fhir/rest/interactions.hpp"
#include "fhir/rest/searchset.hpp"

namespace fhir::rest {
namespace {

Answer search(Exchange& exchange, const std::string& type, const std::string& path,
              std::vector<core::store::Criterion> narrow = {}) {
  if (exchange.wishes.respond_async && exchange.engine.services.later && !exchange.in_bundle) return start_async(exchange);
  std::optional<Response> refused;
  auto parameters = search_parameters(exchange, refused);
  if (refused) return *refused;
  if (!parameters) return parameters.error();
  return run_search(exchange, type, path, *parameters, std::move(narrow));
}

}  // namespace

Answer search_type(Exchange& exchange) { return search(exchange, exchange.target.type, '/' + exchange.target.type); }

Answer search_system(Exchange& exchange) { return search(exchange, {}, {}); }

Answer search_compartment(Exchange& exchange) {
  const Target& target = exchange.target;
  const search::Index& index = exchange.engine.index();
  const std::string path = '/' + target.type + '/' + target.id + '/' + target.member;
  if (target.member != "*") {
    auto inside = search::compartment(index, target.type, target.id, target.member);
    if (!inside) return inside.error();
    return search(exchange, target.member, path, {std::move(*inside)});
  }
  auto inside = search::compartment(index, target.type, target.id);
  if (!inside) return inside.error();
  return search(exchange, {}, path, {std::move(*inside)});
}

}  // namespace fhir::rest
