// FHIR -> the core: what one resource says about a person, as a Digest. The first half of the mapping; programme.hpp, task.hpp
// and panel.hpp are the rest. Evaluated once, when the resource arrives; the bytes are kept beside it in the store.
// Never: looks at another resource (a medicationReference stays a link), decides whether a fact is enough. Threads: pure.
// Source: FHIR R4 resource pages; status rules: profiles/README.md.
#pragma once
#include <string>
#include <string_view>

#include "core/population/fact.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

inline constexpr std::string_view house = "https://w3id.org/panelbridge/fhir";

core::population::Digest digest_from(const json::Value& resource);

// The digest as the bytes that the store keeps; empty when the resource says nothing about a person.
std::string digest_bytes(const json::Value& resource);

// "Type/id" of a Reference element: relative, or absolute with that tail; "urn:identifier:system|value" for a logical one;
// empty when it has neither.
std::string link_from(const json::Value& reference);
// The way back: a Reference to "Type/id"; a logical one becomes an identifier again.
json::Value reference_from(json::Document& doc, std::string_view link);

// True when the resource carries the tag origin|panelbridge: the core itself wrote it.
bool is_own(const json::Value& resource);
// The value of identifier system H/gap, or empty: what makes a Task a gap Task.
std::string_view gap_identifier(const json::Value& task);

}  // namespace fhir::care
