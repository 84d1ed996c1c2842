// A resource as its source wrote it -> as it is kept here: our id, where it came from, references that lead to where
// their targets are here. A reference whose target is not here (yet) becomes a logical one that remembers what it was,
// and heal() makes it a literal one again.
// Never: changes what is said about the person. Threads: one at a time. Source: FHIR R4 Reference (2.3.0).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"

namespace adapters::ehr {

struct Origin {
  std::string partner, base_url;
  const fhir::model::Definitions* definitions = nullptr;
};

// A reference's text as type and id at the source; nothing when it leads elsewhere (contained, urn, another server).
// `home`: a further base that the server calls its own, or empty.
std::optional<core::store::Key> source_key(const Origin& origin, std::string_view reference, std::string_view home);

core::store::Key local_key(const Origin& origin, const core::store::Key& source);

using Exists = std::function<bool(const core::store::Key& local)>;

// The local form. `waits` gets the keys (here) of targets that are not here.
fhir::json::Document localised(const Origin& origin, const fhir::json::Value& resource, std::string_view home,
                               const Exists& exists, std::vector<core::store::Key>& waits);

// Literal references for logical ones whose target is here by now; false: there was none.
bool heal(const Origin& origin, fhir::json::Document& resource, const Exists& exists);

}  // namespace adapters::ehr
