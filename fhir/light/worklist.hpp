// The work list as a file, for those without a FHIR client: GET $worklist-csv?owner=... gives it, POST takes it back.
// Every cell comes from what the table of disclosure leaves of the resource. A row is taken back only at the version
// that was given out; one row that cannot be taken refuses the file.
// Never: another rule for a change than FHIR's own road has (it goes through a transaction). Threads: as Api.
#pragma once
#include <optional>
#include <vector>

#include "fhir/partner/disclosure.hpp"
#include "fhir/rest/api.hpp"
#include "fhir/rest/exchange.hpp"

namespace fhir::light {

// `disclosure` must outlive them.
std::vector<rest::Operation> light_operations(const partner::Disclosure& disclosure);

rest::Answer worklist_out(rest::Exchange& exchange, const partner::Disclosure& disclosure);
rest::Answer worklist_in(rest::Exchange& exchange);  // ?dryRun=true: says what would be done

}  // namespace fhir::light
