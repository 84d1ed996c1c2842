// A resource in its two forms: XML to JSON and back, by the definitions. Digits, the order of lists, ids and extensions
// of primitive values, contained resources and narratives are kept. It stands here and not in fhir/xml because only the
// definitions tell a list from a single value and a number from a text. Never: judges values beyond what the form needs.
// Threads: pure functions. Source: FHIR R4 XML (2.6.1) and JSON (2.6.2) representations.
#pragma once
#include <string>
#include <string_view>

#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"

namespace fhir::model {

// Errors: Kind::invalid, `where` is the line; the message names the element. Elements and attributes that the
// definitions do not know, a wrong order and a second occurrence of a single element are refused, never dropped.
core::Result<json::Document> from_xml(const Definitions& definitions, std::string_view text);

// Errors: a member that the definitions do not know (`where` names it). What is stored was checked and has none.
core::Result<std::string> to_xml(const Definitions& definitions, const json::Value& resource,
                                 json::Style style = json::Style::compact);

}  // namespace fhir::model
