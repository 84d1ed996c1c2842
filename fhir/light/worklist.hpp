// The work list as a file, for those without a FHIR client: GET $worklist-csv?owner=... gives it, POST takes it back.
// Every cell comes from what the table of disclosure leaves of the resource, for the kind of recipient that the owner
// of the list is. A row is taken back only at the version that was given out; one row that cannot be taken refuses the
// file. Never: another rule for a change than FHIR's own road has (it goes through a transaction). Threads: as Api.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fhir/partner/disclosure.hpp"
#include "fhir/rest/api.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::light {

struct ListGround {
  const partner::Disclosure* disclosure = nullptr;  // must outlive the operations
  std::vector<std::string> municipalities = {};     // "Organization/1": of the case systems that are partners
  // The kind of recipient that a caller is ("practice"); empty: of none, so that it may name one. Null: nobody is.
  std::function<std::string(const core::access::Caller& caller)> kind_of = nullptr;
  char separator = ',';  // between cells, unless a call says so with `separator`
};
std::vector<rest::Operation> light_operations(ListGround ground);

rest::Answer worklist_out(rest::Exchange& exchange, const ListGround& ground);
rest::Answer worklist_in(rest::Exchange& exchange);  // ?dryRun=true: says what would be done

}  // namespace fhir::light
