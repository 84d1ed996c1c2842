// vread. Source: FHIR R4 RESTful API 3.1.0.3.
#include "fhir/rest/answer.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/interactions.hpp"

namespace fhir::rest {

Answer vread(Exchange& exchange) {
  if (auto fits = check_read(exchange); !fits) return fits.error();
  const core::store::Key key{exchange.target.type, exchange.target.id};
  const std::string place = key.type + '/' + key.id + "/_history/" + exchange.target.version;
  const auto version = version_from_etag(exchange.target.version);
  if (!version || std::to_string(*version) != exchange.target.version)
    return core::not_found(place + " is not known.", "vid");
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  auto found = (*view)->read(key, *version);
  if (!found) return found.error();
  if (!*found) return core::not_found(place + " is not known.", "vid");
  if ((*found)->deleted()) return core::Error{core::Kind::gone, place + " is a deletion; it has no content.", "vid"};
  if (not_modified(exchange, **found)) return not_modified_response(**found);
  return resource_response(exchange, **found);
}

}  // namespace fhir::rest
