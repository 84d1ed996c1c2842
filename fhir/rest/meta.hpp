// How a resource is stored: resourceType, id and meta first, and a place in meta where the store's writer stamps
// versionId and lastUpdated, so that a read is a copy of stored bytes. The client's own meta is kept, its versionId and
// lastUpdated are not. Never: changes anything else of the resource. Threads: pure functions. Source: FHIR R4
// Resource.meta (2.26.3.0).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "fhir/json/json.hpp"

namespace fhir::rest {

struct Stored {
  std::string body;
  std::size_t stamp_at = 0;
};
Stored stored_form(const json::Value& resource, std::string_view id);

// The store's Finish: inserts versionId and lastUpdated. Neither blocks nor throws (but for memory).
std::string stamp(const std::string& body, std::size_t stamp_at, std::int64_t version, core::Instant updated);

}  // namespace fhir::rest
