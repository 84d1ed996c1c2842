// Is a text a legal Narrative.div? One well-formed XHTML div of the elements and attributes that FHIR allows.
// Never: builds a tree, resolves entities beyond the named ones. Threads: pure function.
// Source: FHIR R4 Narrative (2.4), invariants txt-1 and txt-2; HTML 4.0 chapters 7-11 and 15.
#pragma once
#include <string_view>

namespace fhir::validate {

bool is_narrative(std::string_view text);           // txt-1
bool narrative_has_content(std::string_view text);  // txt-2: text or an image; of a legal one

}  // namespace fhir::validate
