// A whole validation: base structure first, then everything that is known beyond it, and the profiles that are asked
// for. Never: changes what is known. Threads: one call, one thread; Known may be shared. Source: FHIR R4 validation
// (2.10); interfaces: panelbridge validate.
#pragma once
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "fhir/json/json.hpp"
#include "fhir/validate/issue.hpp"
#include "fhir/validate/known.hpp"

namespace fhir::validate {

struct Request {
  std::vector<std::string> profiles;  // beyond those of meta.profile; all must be known
  core::Instant now;
};

Issues validate(const Known& known, const json::Value& resource, const Request& request);

}  // namespace fhir::validate
