// Whose a resource is, and what it is called here. Our id is derived from partner, type and the source's id, so no map
// is kept and two sources never collide; where it came from stands in meta.source, an identifier and a tag.
// Never: guesses: what does not carry the tag is not pulled. Threads: pure functions.
// Source: FHIR R4 id (2.24.0.1), Resource.meta.source, Identifier; FIPS 180-4 (SHA-256).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/store/store.hpp"
#include "fhir/json/json.hpp"

namespace adapters::ehr {

inline constexpr std::string_view source_system = "https://w3id.org/panelbridge/fhir/source";             // identifier
inline constexpr std::string_view source_tag = "https://w3id.org/panelbridge/fhir/CodeSystem/source";      // meta.tag
inline constexpr std::string_view origin_tag = "https://w3id.org/panelbridge/fhir/CodeSystem/origin";      // our own
inline constexpr std::string_view source_reference =
    "https://w3id.org/panelbridge/fhir/StructureDefinition/source-reference";  // extension: the reference as it came

std::array<std::uint8_t, 32> sha256(std::string_view text);

// "hospital-" and 128 bits: legal, stable, and readable enough to tell whose it is.
std::string local_id(std::string_view partner, std::string_view type, std::string_view source_id);

// The partner that a stored body was pulled from; empty: from none. Looks at meta.tag.
std::string partner_of(std::string_view body);
bool is_pulled(std::string_view body);  // the same, without the name: cheap when it is not

// The source's own id of a pulled resource, from meta.source.
std::string source_id_of(const fhir::json::Value& resource);

}  // namespace adapters::ehr
