#include "fhir/partner/outgoing.hpp"

#include <algorithm>

namespace fhir::partner {

std::string_view Answer::header(std::string_view name) const {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 32 : a) == (b >= 'A' && b <= 'Z' ? b | 32 : b); };
  for (const rest::Header& each : headers)
    if (std::equal(each.name.begin(), each.name.end(), name.begin(), name.end(), same)) return each.value;
  return {};
}

}  // namespace fhir::partner
