// For the tests of this folder: definitions, known resources written as text, findings as one line.
#pragma once
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "fhir/json/json.hpp"
#include "fhir/validate/validator.hpp"

namespace shelf {

inline const fhir::model::Definitions& definitions() {
  static const auto loaded = fhir::model::Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  if (!loaded) throw std::runtime_error(loaded.error().message);
  return **loaded;
}

class Shelf {
 public:
  Shelf(std::initializer_list<std::string> texts) {
    for (const std::string& text : texts) {
      auto document = fhir::json::parse(text);
      BOOST_REQUIRE_MESSAGE(document, "not JSON: " + text);
      known_.add(std::move(*document));
    }
  }

  fhir::validate::Issues issues(const std::string& text, std::vector<std::string> profiles = {}) const {
    const auto document = fhir::json::parse(text);
    BOOST_REQUIRE_MESSAGE(document, "not JSON: " + text);
    return fhir::validate::validate(known_, document->root(), {std::move(profiles), core::Instant{1'700'000'000'000}});
  }

  // Errors as "code place" joined by "; ", "" for none.
  std::string errors(const std::string& text, std::vector<std::string> profiles = {}) const {
    return lines(issues(text, std::move(profiles)), true);
  }
  std::string warnings(const std::string& text, std::vector<std::string> profiles = {}) const {
    return lines(issues(text, std::move(profiles)), false);
  }

  const fhir::validate::Known& known() const { return known_; }

 private:
  static std::string lines(const fhir::validate::Issues& issues, bool errors) {
    std::string out;
    for (const auto& issue : issues) {
      if ((issue.severity <= fhir::validate::Severity::error) != errors || issue.id == "dom-6") continue;
      out += (out.empty() ? "" : "; ") + (issue.id.empty() ? issue.code : issue.id) + " " + issue.expression;
    }
    return out;
  }

  fhir::validate::Known known_{definitions()};
};

// A profile by its differential: url ends in /StructureDefinition/NAME.
inline std::string profile(const std::string& name, const std::string& type, const std::string& elements,
                           const std::string& base = {}) {
  return R"({"resourceType":"StructureDefinition","url":"http://x.org/StructureDefinition/)" + name + R"(","name":")" +
         name + R"(","status":"active","kind":"resource","abstract":false,"type":")" + type +
         R"(","baseDefinition":")" +
         (base.empty() ? "http://hl7.org/fhir/StructureDefinition/" + type
                       : "http://x.org/StructureDefinition/" + base) +
         R"(","derivation":"constraint","differential":{"element":[)" + elements + "]}}";
}

inline std::string url(const std::string& name) { return "http://x.org/StructureDefinition/" + name; }

}  // namespace shelf
