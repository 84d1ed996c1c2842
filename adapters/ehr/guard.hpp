// Pulled resources belong to their source: clients here may read them, and are told where to change them. What the panel
// core adds (Tasks, panels, assessments) is not pulled and stays as writable as it was.
// Never: stands in the way of the pull itself, which does not come through the REST door. Threads: pure.
#pragma once
#include "fhir/rest/api.hpp"

namespace adapters::ehr {

void protect(fhir::rest::Services& services);

}  // namespace adapters::ehr
