// Any text as the query of a search, over a few types: it is read or refused; what is read can be matched against rows;
// what is encoded decodes to itself.
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/store/query.hpp"
#include "fhir/search/search.hpp"

namespace {

using namespace fhir;

// Answers nothing about other resources.
class Alone : public core::store::Resolver {
  bool chain(const core::store::Criterion&, const core::store::Row&) override { return false; }
  bool has(const core::store::Criterion&, const core::store::Subject&) override { return false; }
};

const search::Index& index() {
  static const search::Index built(*model::Definitions::load(PANELBRIDGE_SOURCE "/profiles"),
                                   {"http://here/fhir", 0, false});
  return built;
}

constexpr std::string_view resource =
    R"({"resourceType":"Observation","id":"a","code":{"coding":[{"system":"s","code":"c","display":"d"}],"text":"t"},)"
    R"("subject":{"reference":"Patient/1"},"effectivePeriod":{"start":"2012"},"valueQuantity":{"value":1,"code":"mg",)"
    R"("system":"http://unitsofmeasure.org"},"component":[{"code":{"text":"x"},"valueString":"é"}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto document = json::parse(resource);
  static const core::store::Rows rows = index().rows(document->root());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (search::decode(search::encode(text)) != text) std::abort();
  const auto parameters = search::parameters_from(text);
  if (!parameters) return 0;
  for (const std::string_view type : {"Observation", "Patient", "", "MolecularSequence"}) {
    const auto found = search::parse(index(), type, *parameters, {});
    if (!found) continue;
    Alone alone;
    const std::string name(type), id = "a";
    core::store::matches(found->query.all, {name, id, 0, rows}, alone);
    if (search::criteria(index(), type, text, {}).ok() && found->query.all.empty()) std::abort();  // "matches all"
  }
  return 0;
}
