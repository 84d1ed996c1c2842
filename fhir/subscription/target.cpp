#include "fhir/subscription/target.hpp"

#include <algorithm>

namespace fhir::subscription {
namespace {

bool clean(std::string_view url) {
  const bool printable = std::all_of(url.begin(), url.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  return printable && url.find_first_of("#\\\"<>") == url.npos && url.find("/..") == url.npos &&
         url.find("/%2e") == url.npos && url.find("/%2E") == url.npos && url.find("/.%2") == url.npos;
}

bool covers(std::string_view prefix, std::string_view endpoint) {
  if (prefix.empty() || !endpoint.starts_with(prefix)) return false;
  if (prefix.back() == '/' || endpoint.size() == prefix.size()) return true;
  const char next = endpoint[prefix.size()];
  return next == '/' || next == '?';
}

}  // namespace

const Target* target_of(const std::vector<Target>& targets, std::string_view endpoint) {
  const Target* best = nullptr;
  if (!clean(endpoint)) return nullptr;
  for (const Target& target : targets)
    if (covers(target.url, endpoint) && (best == nullptr || best->url.size() < target.url.size())) best = &target;
  return best;
}

}  // namespace fhir::subscription
