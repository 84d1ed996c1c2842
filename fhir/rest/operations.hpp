// Operations that belong to the RESTful API itself: $everything, $lastn, the $meta family, $validate, $erase; one file
// each. Others are added from outside. Never: knows panels. Threads: as Api. Source: FHIR R4 operations (3.2);
// Patient-, Group-, Observation- and Resource-operations.
#pragma once
#include <vector>

#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

std::vector<Operation> own_operations();

// The input of a call: the query's parameters and, for POST, those of the Parameters in the body (primitive values as
// text).
core::Result<search::Parameters> operation_input(Exchange& exchange);

Answer everything_of_patient(Exchange& exchange);
Answer everything_of_group(Exchange& exchange);
Answer everything_of_encounter(Exchange& exchange);
Answer last_n(Exchange& exchange);
Answer meta_of(Exchange& exchange);
Answer meta_in_use(Exchange& exchange);
Answer meta_add(Exchange& exchange);
Answer meta_delete(Exchange& exchange);
Answer validate_resource(Exchange& exchange);
Answer erase(Exchange& exchange);
Answer reindex(Exchange& exchange);
Answer reindex_status(Exchange& exchange);

}  // namespace fhir::rest
