// Searches that look into what resources contain: _contained=true|both. The index tells which resources contain one of a
// type; whether it matches is read from their bodies, so such a search costs what there is of them. Never: follows what
// refers to a contained resource (nothing outside can). Threads: one at a time, on the view handed in.
// Source: FHIR R4 search 3.1.1.5.8.
#pragma once
#include <string>
#include <vector>

#include "fhir/rest/engine.hpp"
#include "fhir/rest/page.hpp"

namespace fhir::rest {

constexpr std::size_t most_containers = 100'000;  // are looked into by one search

// Fills matches, contained, total and complete; hits.search is what was asked for.
core::Result<core::Done> find_contained(const Engine& engine, core::store::Snapshot& view, Hits& hits);

// A page of hits as loaded: where a contained resource is meant, the record becomes it, with the key of its container in
// `full_name`.
core::Result<core::Done> take_out(const Hits& hits, std::size_t from, std::size_t size, std::vector<core::store::Record>& page);
std::string full_name(const core::store::Record& record);  // "Patient/1", "MedicationRequest/1#med"

}  // namespace fhir::rest
