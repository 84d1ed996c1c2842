// Where an element stands in a document, found again by its address: what FHIRPath yields is read-only, a patch writes.
// Never: evaluates. Threads: one at a time. Source: FHIR R4 JSON (2.1.4): an element's value and its "_name" twin.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "fhir/json/json.hpp"

namespace fhir::rest {

// In an object under a name and, when that member is an array, at an index.
struct Place {
  json::Value* object = nullptr;
  std::string name;
  std::optional<std::size_t> index;
};

std::optional<Place> place_of(json::Document& document, const json::Value* wanted, json::Value& object);
json::Value* element_at(json::Document& document, const Place& place);
void remove_element(json::Document& document, const Place& place);  // its twin too
void drop_empty(json::Document& document, json::Value& object);     // FHIR has no empty objects and arrays
void shift(json::Document& document, json::Value& array, std::size_t source, std::size_t destination);

}  // namespace fhir::rest
