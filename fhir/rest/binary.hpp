// Binary resources as the bytes they carry: sent raw when the client asks for another format than FHIR, taken raw when
// it sends one. Threads: pure functions. Source: FHIR R4 Binary (2.44.1, 2.44.4).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/store/store.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

bool wants_raw(const Exchange& exchange);  // a read of Binary with an Accept that names no FHIR format
Response raw_binary(const Exchange& exchange, const core::store::Record& record);
bool is_raw(const Exchange& exchange);  // a write of Binary with a Content-Type that names no FHIR format
// `security_context`: the header X-Security-Context; empty: none.
json::Document binary_from(std::string_view content_type, std::string_view bytes, std::string_view security_context);

std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);  // white space is skipped; nothing when it is not base64

}  // namespace fhir::rest
