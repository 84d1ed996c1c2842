// Parameters that shape the answer and filter nothing: _sort, _count, _include, _summary and their kin.
// Threads: pure functions. Source: FHIR R4 search 3.1.1.5 (managing returned resources).
#pragma once
#include <string_view>

#include "fhir/search/criterion.hpp"
#include "fhir/search/search.hpp"

namespace fhir::search {

// Reads one of them into `search`. False: `name` is none of them. An error names it.
core::Result<bool> read_result(const Scope& scope, std::string_view name, std::string_view value, Search& search);
core::Result<core::Done> read_include(const Scope& scope, std::string_view name, std::string_view value,
                                      Search& search);

validate::Issue ignored_issue(std::string_view name, std::string text);

}  // namespace fhir::search
