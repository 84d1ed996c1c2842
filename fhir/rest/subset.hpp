// Parts of a resource: _summary (true, text, data) and _elements. The part says so with the tag SUBSETTED.
// Never: touches what a resource must have (id, meta, mandatory elements). Threads: pure functions.
// Source: FHIR R4 search 3.1.1.5.8 and 3.1.1.5.9.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"
#include "fhir/search/search.hpp"

namespace fhir::rest {

// Says of a part of `whole` that it is one; of what says as much, nothing.
void mark_part(json::Document& part, const json::Value& whole);

// `body` is a stored resource; the answer is compact JSON. Summary::count and Summary::no leave it whole.
std::string subset(const model::Definitions& definitions, std::string_view body, search::Summary summary,
                   const std::vector<std::string>& elements);

}  // namespace fhir::rest
