// What resources contain, in the index: the types of it (for _contained), and what a chain over "#med" asks for, as rows
// of the container under names such as medication:Medication.code. Only where a reference leads to few types, or there
// would be too many names. Never: an id of a contained resource is one to the outside. Threads: pure functions.
// Source: FHIR R4 search 3.1.1.5.8.
#pragma once
#include <string>
#include <vector>

#include "core/store/query.hpp"
#include "core/store/row.hpp"
#include "fhir/json/json.hpp"
#include "fhir/search/search.hpp"

namespace fhir::search {

// Adds to the rows of `resource`, which are its own so far.
void contained_rows(const Index& index, const json::Value& resource, const json::Value& contained, core::store::Rows& rows);

// Gives a chain that leads to `targets`, here to `types`, its alternatives inside contained resources.
void look_inside(core::store::Criterion& chain, const std::vector<std::string>& targets, const std::vector<std::string>& types);

}  // namespace fhir::search
