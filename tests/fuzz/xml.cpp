// Any bytes: parse without harm; what is a resource is written as XML again and read back equal.
#include <cstdint>
#include <cstdlib>

#include "fhir/model/xml_form.hpp"
#include "fhir/xml/xml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto definitions = fhir::model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  if (!definitions) std::abort();
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::string quoted;
  fhir::json::write_string(text, quoted);
  if (fhir::json::parse(quoted))  // UTF-8: whatever a narrative holds, the document around it stands
    if (!fhir::xml::parse(fhir::xml::embedded_div(text))) std::abort();
  const auto document = fhir::model::from_xml(**definitions, text);
  if (!document) return 0;
  for (const auto style : {fhir::json::Style::compact, fhir::json::Style::pretty}) {
    const auto xml = fhir::model::to_xml(**definitions, document->root(), style);
    if (!xml) std::abort();
    const auto again = fhir::model::from_xml(**definitions, *xml);
    if (!again || !fhir::json::equal(document->root(), again->root())) std::abort();
  }
  return 0;
}
