// Bundles of requests: their entries as requests, their answers as entries. batch.cpp answers each alone,
// transaction.cpp all or nothing. Never: decides what an entry does. Threads: one at a time. Source: FHIR R4 RESTful
// API 3.1.0.11; Bundle.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/rest/bundle_text.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::rest {

struct Entry {
  std::size_t index = 0;
  std::string full_url;
  Request request;  // method, path, query and If-... headers of the entry; caller and Prefer of the Bundle
  json::Value* resource = nullptr;  // null: it has none
  std::optional<core::Error> fault;  // why it cannot be carried out; what else is known of it is not to be used
  std::string place() const { return "Bundle.entry[" + std::to_string(index) + ']'; }
  int rank() const;  // of its method in the order of processing: DELETE, POST, PUT and PATCH, GET and HEAD
};

// A few bytes of an entry may read millions: what one Bundle is answered with is bounded.
inline constexpr std::size_t most_answer_bytes = 128UL << 20;
inline core::Error too_much(const Entry& entry) {
  return {core::Kind::too_large, entry.place() + ": the answer to this Bundle would be too large; ask in several.", entry.place()};
}

// The entries in the order of the Bundle.
core::Result<std::vector<Entry>> entries_of(Exchange& exchange);

// Carries one out by itself. A HEAD answers without the resource.
Response entry_response(const Exchange& exchange, const Entry& entry);

// One entry of the answer.
void answer_entry(const Response& response, BundleText& text);
// As above, for a write of which the version is at hand.
void answer_entry(const Response& response, core::Instant updated, BundleText& text);

Answer transaction(Exchange& exchange);
Answer batch(Exchange& exchange);

}  // namespace fhir::rest
