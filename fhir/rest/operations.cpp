#include "fhir/rest/operations.hpp"

namespace fhir::rest {

std::vector<Operation> own_operations(Engine&) { return {}; }

}  // namespace fhir::rest
