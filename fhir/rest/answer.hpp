// The answers that interactions share: a stored version as a response, what a write returns. Bytes are copied, not
// rewritten, unless _summary or _elements ask for a part. Threads: pure functions. Source: FHIR R4 RESTful
// API 3.1.0.3, 3.1.0.5, 3.1.0.7.
#pragma once
#include <string>
#include <string_view>

#include "core/store/store.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

Response resource_response(const Exchange& exchange,
                           const core::store::Record& record);                   // 200 with ETag and Last-Modified
// Parameters that a read does not have: refused when that is asked for.
core::Result<core::Done> check_read(const Exchange& exchange);
bool not_modified(const Exchange& exchange, const core::store::Record& record);  // If-None-Match, If-Modified-Since
Response not_modified_response(const core::store::Record& record);

// After a write: status, Location, ETag, Last-Modified, and the body that Prefer asks for.
Response written_response(const Exchange& exchange, int status, const core::store::Record& record);

void stamp_headers(const core::store::Record& record, Response& response);

}  // namespace fhir::rest
