#include "fhir/validate/validator.hpp"

#include <algorithm>

#include "fhir/validate/conform.hpp"
#include "fhir/validate/deep.hpp"
#include "fhir/validate/run.hpp"
#include "fhir/validate/structure.hpp"

namespace fhir::validate {

Issues validate(const Known& known, const json::Value& resource, const Request& request) {
  Issues issues = check(known.definitions(), resource);
  const std::string_view name = resource.text("resourceType");
  const model::Type* type = known.definitions().type(name);
  if (!type || type->family != model::Family::resource) return issues;
  Run run(known, request.now);
  const Spot spot{&resource, nullptr, type, nullptr, Place{nullptr, name}};
  const Context context{&resource, &resource, nullptr};
  Deep(run).resource(spot, context);
  for (const std::string& url : request.profiles)
    if (const Profile* profile = run.profiles.find(url)) Conform(run).check(*profile, spot, context);
  for (Issue& issue : run.take()) issues.push_back(std::move(issue));
  return issues;
}

}  // namespace fhir::validate
