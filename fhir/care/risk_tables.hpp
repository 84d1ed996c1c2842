// Loads the tables of the risk algorithms: profiles/house/risk/*.json, and the eFI code list (CSV) that an operator adds.
// Never: computes. Errors name the file and the member. Threads: load once, then the tables are const.
// Source: the files say where their numbers come from.
#pragma once
#include <filesystem>
#include <string_view>

#include "core/base/error.hpp"
#include "core/panel/risk_tables.hpp"

namespace fhir::care {

core::Result<core::panel::RiskTables> load_risk_tables(const std::filesystem::path& folder);

// Rows "deficit,system,code,...,use,..." with a heading line; only SNOMED CT rows without use=no are taken. Returns how many.
// `known_deficits`: a row of a deficit that the tables do not have is an error.
core::Result<std::size_t> add_efi_codes(std::string_view csv, core::panel::EfiTables& tables, bool known_deficits = true);
core::Result<std::size_t> load_efi_codes(const std::filesystem::path& file, core::panel::EfiTables& tables);

}  // namespace fhir::care
