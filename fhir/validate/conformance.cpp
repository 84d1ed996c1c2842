// Rules of resources that describe other things: a SearchParameter derived from another, the parameters a server
// states.
#include <algorithm>

#include "fhir/validate/deep.hpp"

namespace fhir::validate {
namespace {

using json::Value;

// type and bases of a search parameter that is known, from R4 or from what was loaded.
struct Parameter {
  std::string type;
  std::vector<std::string> bases;
};

std::optional<Parameter> parameter(const Run& run, std::string_view url) {
  if (const model::SearchParameter* known = run.definitions.search_parameter_by_url(url))
    return Parameter{known->type, known->bases};
  const Value* loaded = run.known.find("SearchParameter", url);
  if (!loaded) return std::nullopt;
  Parameter out{std::string(loaded->text("type")), {}};
  for (const Value& base : (*loaded)["base"].elements()) out.bases.emplace_back(base.text());
  return out;
}

}  // namespace

void check_search_parameter(Run& run, const Spot& spot) {
  const Value& value = *spot.value;
  const std::string_view url = value.text("derivedFrom");
  const auto origin = url.empty() ? std::nullopt : parameter(run, url);
  if (!origin) return;
  if (value.text("type") != origin->type)
    run.error("business-rule", spot.place.text(),
              "the type is " + std::string(value.text("type")) +
                  ", and the search parameter it derives from is of type " + origin->type);
  for (const Value& base : value["base"].elements())
    if (std::none_of(origin->bases.begin(), origin->bases.end(),
                     [&](const std::string& b) { return run.definitions.derives(base.text(), b); }))
      run.error("business-rule", spot.place.text(),
                "the search parameter it derives from is not for " + std::string(base.text()));
}

void check_capabilities(Run& run, const Spot& spot) {
  const auto rests = (*spot.value)["rest"].elements();
  for (std::size_t r = 0; r < rests.size(); ++r) {
    const Place rest{&spot.place, "rest", {}, static_cast<int>(r)};
    const auto resources = rests[r]["resource"].elements();
    for (std::size_t i = 0; i < resources.size(); ++i) {
      const Place resource{&rest, "resource", {}, static_cast<int>(i)};
      const auto stated = resources[i]["searchParam"].elements();
      for (std::size_t p = 0; p < stated.size(); ++p) {
        const auto known = parameter(run, stated[p].text("definition"));
        if (known && known->type != stated[p].text("type"))
          run.error("invalid", Place{&resource, "searchParam", {}, static_cast<int>(p)}.text(),
                    "the type is " + std::string(stated[p].text("type")) + ", and the definition says " + known->type);
      }
    }
  }
}

}  // namespace fhir::validate
