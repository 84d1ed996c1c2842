// read, and read under a condition. Source: FHIR R4 RESTful API 3.1.0.2, 3.1.0.5 (conditional read).
#include "fhir/rest/answer.hpp"
#include "fhir/rest/binary.hpp"
#include "fhir/rest/header.hpp"
#include "fhir/rest/interactions.hpp"

namespace fhir::rest {

Answer read(Exchange& exchange) {
  if (auto fits = check_read(exchange); !fits) return fits.error();
  const bool plain = exchange.request.query.empty() && !exchange.in_bundle;
  Basis basis;
  if (plain) basis = basis_of(*exchange.engine.services.store, {exchange.target.type});
  auto view = exchange.engine.view(exchange.caller());
  if (!view) return view.error();
  const core::store::Key key{exchange.target.type, exchange.target.id};
  auto found = (*view)->read(key);
  if (!found) return found.error();
  if (!*found) return core::not_found(key.type + '/' + key.id + " is not known.", "id");
  const core::store::Record& record = **found;
  if (record.deleted())
    return core::Error{core::Kind::gone,
                       key.type + '/' + key.id + " was deleted at " + core::text(record.updated) + '.', "id"};
  if (not_modified(exchange, record)) return not_modified_response(record);
  if (wants_raw(exchange)) return raw_binary(exchange, record);
  if (plain && seen_by(basis, (*view)->sequence())) {
    basis.record = core::store::Record{key, record.version, record.sequence, record.updated, record.method, {}};
    exchange.basis = std::move(basis);
  }
  return resource_response(exchange, record);
}

}  // namespace fhir::rest
