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

// A few operations can double a resource again and again, or nest it without end: what a patch makes is bounded.
inline constexpr std::size_t most_operations = 10'000, most_path_operations = 2'000;
inline constexpr std::size_t most_patched_bytes = 256UL << 20;
// `value` is not nested deeper than `depth`, and takes no more than `bytes`, which become fewer by it.
bool fits(const json::Value& value, std::size_t depth, std::size_t& bytes);
core::Error outgrown();

core::Result<core::Done> apply_json_patch(json::Document& document, const json::Value& patch);
void apply_merge_patch(json::Document& document, const json::Value& patch);
core::Result<core::Done> apply_fhirpath_patch(const model::Definitions& definitions, json::Document& document,
                                              const json::Value& parameters);

}  // namespace fhir::rest
