// One request through the table of routes: address, wishes, interaction, refusal. What Api::handle does for a request
// from outside and what a batch does for each of its entries. Never: throws. Threads: safe from every thread.
#pragma once
#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

// `document` and `resource`: the body of a Bundle's entry, already parsed; null for a request with a body of its own.
Response dispatch(Engine& engine, const Request& request, json::Document* document = nullptr,
                  json::Value* resource = nullptr, bool in_bundle = false);

// "/Patient/1" with percent-escapes decoded, or nothing when they are broken or hide a separator.
std::optional<std::string> plain_path(std::string_view path);

}  // namespace fhir::rest
