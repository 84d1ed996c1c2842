// Where notifications may go: URL prefixes of the configuration, each with the kind of recipient behind it. Nothing is
// allowed that is not named. Never: resolves a name (adapters/egress checks the address). Threads: const.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/partner/disclosure.hpp"

namespace fhir::subscription {

struct Target {
  std::string url;  // http or https; what follows it must begin a path segment, a query, or be nothing
  std::optional<partner::Recipient> recipient;  // nothing: the operator's own system, which gets whole resources
};

const Target* target_of(const std::vector<Target>& targets, std::string_view endpoint);  // the longest; nullptr: none

}  // namespace fhir::subscription
