// One page of a searchset or history as its server wrote it, read with patience: what is no resource is set aside and
// named. Never: follows a link, believes a total. Threads: plain values. Source: FHIR R4 Bundle (2.36), search result
// modes, history.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/store/store.hpp"
#include "fhir/json/json.hpp"
#include "fhir/model/definitions.hpp"

namespace adapters::ehr {

struct PageEntry {
  const fhir::json::Value* resource = nullptr;  // null: deleted
  core::store::Key source;                      // id empty: it has none
  std::optional<core::Instant> updated;         // by the server's clock
  std::size_t number = 0;                       // its place in Bundle.entry
};

struct Page {
  fhir::json::Document document;
  std::vector<PageEntry> entries;   // resources and deletions, in the page's order
  std::string next;                 // as written; empty: the last page
  std::string home;                 // the base that the server's own fullUrls have, when they agree with what they carry
  std::optional<core::Instant> at;  // Bundle.meta.lastUpdated
  std::size_t unreadable = 0;       // entries that are neither
  std::size_t remarks = 0;          // OperationOutcomes among the results
  std::string remark;               // the severity and code of the first that is a warning or worse
};

// Errors: not JSON, not a Bundle, a Bundle of another kind; what the server said instead, as far as codes go.
core::Result<Page> page_from(const fhir::model::Definitions& definitions, std::string_view body);

// "error: not-supported" of an OperationOutcome: codes only, its text may speak of people.
std::string remark_of(const fhir::json::Value& outcome);

}  // namespace adapters::ehr
