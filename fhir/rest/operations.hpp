// Operations that belong to the RESTful API itself: $everything, $lastn, the $meta family, $erase. Others are added
// from outside. Never: knows panels. Threads: as Api. Source: FHIR R4 operations (3.2), Patient-, Group- and
// Observation-operations, Resource-operations.
#pragma once
#include <vector>

#include "fhir/rest/engine.hpp"

namespace fhir::rest {

std::vector<Operation> own_operations(Engine& engine);

}  // namespace fhir::rest
