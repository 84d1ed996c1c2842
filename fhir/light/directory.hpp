// A directory of services as HSDS tables -> Organization, Location, HealthcareService, with ids that stay the same from
// import to import; what a later import no longer has is made inactive, never removed: others may refer to it.
// Never: reads a file, stores. Threads: pure functions.
// Source: Human Services Data Specification 3.0 (tabular); FHIR R4 HealthcareService.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/store/store.hpp"
#include "fhir/light/csv.hpp"

namespace fhir::light {

// By HSDS name: organizations, services, locations, service_at_location, phones, addresses. Those without are empty.
using DirectoryTables = std::map<std::string, Table, std::less<>>;
std::vector<std::string> directory_table_names();

struct DirectoryResource {
  core::store::Key key;
  std::string body;  // JSON; referenced ones come before those that refer to them
};

// `source`: a URI that stands for the directory; it is the system of the identifiers. Errors name table and line.
core::Result<std::vector<DirectoryResource>> directory_from(const DirectoryTables& tables, const std::string& source);

// What `view` has from an earlier import of this source and `kept` no longer names, as no longer active; of the tables
// that are there only. What is not active already is left as it is.
core::Result<std::vector<DirectoryResource>> directory_gone(core::store::Snapshot& view, const DirectoryTables& tables,
                                                            const std::vector<DirectoryResource>& kept,
                                                            const std::string& source);

}  // namespace fhir::light
