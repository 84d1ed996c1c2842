// May this text be the narrative of a resource? One <div> of well-formed XHTML: only the elements and attributes FHIR allows,
// something to read in it, and nothing that acts (scripts, handlers, forms).
// Never: changes or shows the text. Threads: pure function. Source: FHIR R4 2.4.0 (Narrative), invariants txt-1 and txt-2.
#pragma once
#include <string_view>

namespace fhir::path {

bool is_narrative(std::string_view text);

}  // namespace fhir::path
