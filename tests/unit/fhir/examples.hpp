// The official R4 examples, one after the other, where their package lies beside the checkout.
#pragma once
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "fhir/json/json.hpp"

namespace fhir::test {

// Calls `each` for every resource of the package; false when it is not there.
inline bool each_official_example(const std::function<void(const json::Value& resource)>& each) {
  const std::string package = PANELBRIDGE_SHARED "/fhir-packages/hl7.fhir.r4.examples-4.0.1.tgz";
  const std::string command = "tar xzOf '" + package + "' --wildcards 'package/*.json' 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::string all, block(1 << 20, '\0');
  for (std::size_t n = 0; (n = fread(block.data(), 1, block.size(), pipe.get())) > 0;) all.append(block, 0, n);
  // The archive's files follow each other without a mark: each is one JSON object.
  for (std::size_t from = all.find('{'); from != std::string::npos;) {
    std::size_t at = from;
    int depth = 0;
    for (bool quoted = false; at < all.size(); ++at) {
      const char c = all[at];
      if (quoted && c == '\\') ++at;
      else if (c == '"') quoted = !quoted;
      else if (!quoted && c == '{') ++depth;
      else if (!quoted && c == '}' && --depth == 0) break;
    }
    const auto document = json::parse(std::string_view(all).substr(from, at - from + 1));
    from = all.find('{', at + 1);
    if (document && document->root().find("resourceType") != nullptr) each(document->root());
  }
  return !all.empty();
}

}  // namespace fhir::test
