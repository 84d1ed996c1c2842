// The one door to the XML library (libxml2): a document as a tree of elements, and the escapes for writing one. Strict:
// UTF-8, well-formed, namespaces resolved, no document type, no entities but XML's five, nothing fetched, depth and size
// bounded. XHTML comes as the text it was. Never: knows FHIR's elements (fhir/model/xml_form.hpp does). Threads: pure
// functions, safe from all. Source: XML 1.0, Namespaces in XML 1.0; FHIR R4 XML representation (2.6.1).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace fhir::xml {

constexpr std::string_view fhir_space = "http://hl7.org/fhir";
constexpr std::string_view xhtml_space = "http://www.w3.org/1999/xhtml";

struct Attribute {
  std::string name, value;
};

struct Node {
  std::string name;  // without prefix
  bool xhtml = false;  // in the namespace of XHTML; else in FHIR's
  std::vector<Attribute> attributes;  // without namespace declarations and xsi:schemaLocation
  std::vector<Node> children;  // elements; of xhtml: none
  std::string text;  // xhtml: the whole element with its own declaration of the namespace, as it was written
  std::uint32_t line = 0;
};

struct Limits {
  std::size_t depth = 200;     // nested elements
  std::size_t attributes = 64;  // of one element, namespace declarations among them
  std::size_t bytes = 512UL * 1024 * 1024;
};

// Errors: Kind::invalid with line and column in `where`; Kind::too_large for depth and bytes. Elements of a namespace
// other than FHIR's and XHTML's, and text between elements, are errors too.
core::Result<Node> parse(std::string_view text, Limits limits = {});

// A narrative's <div> as it may stand in an XML document: the same text where it is one, with the entities of HTML
// spelt out; text that is no well-formed div is shown as text within one.
std::string embedded_div(std::string_view text);

void escape_attribute(std::string_view text, std::string& out);  // between double quotes; white space is kept
void escape_text(std::string_view text, std::string& out);

}  // namespace fhir::xml
