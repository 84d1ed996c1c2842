#include <algorithm>
#include <map>

#include "fhir/validate/deep.hpp"

namespace fhir::validate {
namespace {

using json::Value;

// A fullUrl of RESTful form ends with the type and id of its resource.
void check_full_url(Run& run, const Value& entry, const Place& place) {
  const std::string_view full = entry.text("fullUrl");
  const Value& resource = entry["resource"];
  const std::string_view id = resource.text("id");
  if (full.empty() || id.empty() || full.starts_with("urn:")) return;
  const std::string tail = '/' + std::string(resource.text("resourceType")) + '/' + std::string(id);
  if (!full.ends_with(tail)) run.error("invalid", place.text(), "the fullUrl does not end with the type and id of its resource, " + tail);
}

}  // namespace

void check_bundle(Run& run, const Spot& bundle) {
  const auto entries = (*bundle.value)["entry"].elements();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Place place{&bundle.place, "entry", {}, static_cast<int>(i)};
    check_full_url(run, entries[i], place);
  }
}

}  // namespace fhir::validate
