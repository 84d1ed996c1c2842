// Any bytes: parse without harm; what parses is written, parsed again to an equal document, and survives a whole
// validation against itself (it counts as known too: profiles, Questionnaires, value sets and code systems refer to
// each other).
#include <cstdlib>

#include "fhir/json/json.hpp"
#include "fhir/validate/validator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto definitions = fhir::model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  if (!definitions) std::abort();
  const auto document = fhir::json::parse({reinterpret_cast<const char*>(data), size});
  if (!document) {
    if (document.error().where.empty() && document.error().kind == core::Kind::invalid) std::abort();
    return 0;
  }
  for (const auto style : {fhir::json::Style::compact, fhir::json::Style::pretty}) {
    const auto again = fhir::json::parse(fhir::json::write(document->root(), style));
    if (!again || !fhir::json::equal(document->root(), again->root())) std::abort();
  }
  fhir::json::Document copy;
  copy.root() = copy.copy(document->root());
  if (!fhir::json::equal(document->root(), copy.root())) std::abort();
  fhir::validate::Known known(**definitions);
  known.add(std::move(copy));
  std::vector<std::string> profiles{std::string(document->root().text("url"))};
  fhir::validate::validate(known, document->root(), {std::move(profiles), core::Instant{1'700'000'000'000}});
  return 0;
}
