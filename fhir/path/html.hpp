// A narrative of a resource: one <div> of well-formed XHTML with the elements and attributes FHIR allows, something to
// read in it, and nothing that acts (scripts, handlers, forms). Reads from front to back, without building a tree.
// Never: changes or shows the text. Threads: pure function. Source: FHIR R4 2.4.0 (Narrative), invariants txt-1 and
// txt-2.
#pragma once
#include <string_view>
#include <vector>

namespace fhir::path {

struct Narrative {
  bool formed = false;                    // one well-formed div, only allowed elements, nothing that acts
  bool attributes = true;                 // only the attributes that FHIR allows
  bool entities = true;                   // only those that XML knows; HTML's own are refused by strict XML readers
  bool content = false;                   // text or an image
  std::vector<std::string_view> links;    // local ones: what follows '#' in href
  std::vector<std::string_view> anchors;  // ids and names
};

Narrative read_narrative(std::string_view text);
bool is_narrative(std::string_view text);  // txt-1 and txt-2 in full

}  // namespace fhir::path
