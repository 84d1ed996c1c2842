// The core -> FHIR for synthetic people: a digest of the generator as the resource that would say it.
// Never: real data. The round trip is the test: digest_from(resource_from(x)) says what x says. Threads: pure.
#pragma once
#include "core/population/synth.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

json::Document resource_from(const core::population::SynthResource& synthetic);

}  // namespace fhir::care
