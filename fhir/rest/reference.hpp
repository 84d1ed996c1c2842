// References inside a resource as it arrives: found, replaced, and the conditional ones ("Practitioner?identifier=...")
// resolved against what is stored and what comes along in the same Bundle. Never: asks whether a literal reference
// leads anywhere. Threads: pure but for the view handed in. Source: FHIR R4 RESTful API 3.1.0.11.1 and 3.1.0.11.2;
// Reference (2.3.0).
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

// Calls `change` with each Reference.reference below `node`; a text that it returns takes its place.
using Change = std::function<std::optional<std::string>(std::string_view reference)>;
void each_reference(json::Document& document, json::Value& node, const Change& change);

// The same for every string of type uri, url, canonical, oid or uuid that is a URN, and for each href or src in
// narrative.
void replace_uris(const model::Definitions& definitions, json::Document& document, json::Value& resource,
                  const Change& moved);

// "Practitioner?identifier=..." with a resource type before the question mark.
bool is_conditional(const model::Definitions& definitions, std::string_view reference);

// A resource of the Bundle at hand that conditional references may mean.
struct Candidate {
  core::store::Key key;
  core::store::Rows rows;
};

// Resolves conditional references, each text once. An error is Kind::stale and names the reference.
class Conditional {
 public:
  Conditional(const Exchange& exchange, core::store::Snapshot& view) : exchange_(exchange), view_(view) {}
  void offer(Candidate candidate) { candidates_[candidate.key.type].push_back(std::move(candidate)); }
  core::Result<std::string> resolve(std::string_view reference);  // "Practitioner/1"

 private:
  const Exchange& exchange_;
  core::store::Snapshot& view_;
  std::map<std::string, std::vector<Candidate>> candidates_;
  std::map<std::string, std::string, std::less<>> known_;
};

// The keys of what the query finds, at most `limit`.
core::Result<std::vector<core::store::Record>> find_records(core::store::Snapshot& view, core::store::Query query,
                                                            std::size_t limit);

// A single write: all conditional references of the body, resolved and replaced.
core::Result<core::Done> resolve_conditional(Exchange& exchange, json::Value& resource);

}  // namespace fhir::rest
