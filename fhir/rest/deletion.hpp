// What a delete takes along, and when it is refused. A Patient with data goes only when everything in the Patient
// compartment may go with it, in one transaction; open Tasks for the person are cancelled. Never: commits. Threads:
// pure but for the view handed in. Source: FHIR R4 RESTful API 3.1.0.10 (delete); CompartmentDefinition patient.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

struct Deletion {
  std::vector<core::store::Op> ops;        // the resource itself is the first
  std::vector<core::store::Guard> guards;  // nothing came or went meanwhile
};

bool cascades(const Exchange& exchange);  // _cascade=delete or X-Cascade: delete

// `going`: keys that the same Bundle removes anyway; they are no reason to refuse and are not removed twice.
core::Result<Deletion> deletion(Exchange& exchange, core::store::Snapshot& view, const core::store::Key& key,
                                bool cascade, const std::set<core::store::Key>& going = {});

}  // namespace fhir::rest
