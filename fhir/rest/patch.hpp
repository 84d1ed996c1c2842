// PATCH in its three forms: JSON Patch, FHIRPath Patch (a Parameters resource), and merge patch. The form is told by
// the Content-Type, in a Bundle by the resource (Binary or Parameters). Never: checks the result. Threads: pure
// functions. Source: FHIR R4 RESTful API 3.1.0.8 (patch), FHIRPath Patch 3.1.4; RFC 6902, RFC 7386, RFC 6901.
#pragma once
#include "core/store/store.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

// The resource as the patch of this exchange makes it. Its id must stay.
core::Result<json::Document> patched(Exchange& exchange, const core::store::Record& before);

core::Result<core::Done> apply_json_patch(json::Document& document, const json::Value& patch);
void apply_merge_patch(json::Document& document, const json::Value& patch);
core::Result<core::Done> apply_fhirpath_patch(const model::Definitions& definitions, json::Document& document,
                                              const json::Value& parameters);

}  // namespace fhir::rest
