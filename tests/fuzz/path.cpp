// Any bytes as an expression: parse without harm; what parses is evaluated over a small resource, and its result is
// JSON.
#include <cstdlib>

#include "fhir/path/path.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto definitions = fhir::model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  static const auto document = fhir::json::parse(
      R"({"resourceType":"Patient","id":"a","name":[{"family":"x","given":["y",null],"_given":[null,{"id":"z"}]}],"birthDate":"1980-02-29",
      "deceasedBoolean":false,"contained":[{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50,"code":"mg"}}]})");
  if (!definitions || !document) std::abort();
  const auto expression = fhir::path::Expression::parse({reinterpret_cast<const char*>(data), size});
  if (!expression) {
    if (expression.error().message.empty()) std::abort();
    return 0;
  }
  fhir::path::Environment environment;
  environment.definitions = definitions->get();
  environment.budget = 200'000;
  for (const bool strict : {false, true}) {
    environment.strict = strict;
    const auto result = expression->evaluate(document->root(), environment);
    if (!result) continue;
    std::string text;
    fhir::path::write(*result, text);
    if (!fhir::json::parse(text)) std::abort();
  }
  return 0;
}
