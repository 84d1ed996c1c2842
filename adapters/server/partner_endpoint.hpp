// Each partner as an Endpoint of the FHIR API: where it is, and whether it is in use, paused or in trouble.
// Never: writes what has not changed. Threads: safe from all. Source: FHIR R4 Endpoint.
#pragma once
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/store/store.hpp"
#include "fhir/search/search.hpp"

namespace adapters::server {

struct PartnerEndpoint {
  std::string id, kind, address;
  std::string_view status;  // active, suspended, error
};

core::Result<core::Done> publish(const PartnerEndpoint& endpoint, core::store::Store& store,
                                 const fhir::search::Index& index);

}  // namespace adapters::server
