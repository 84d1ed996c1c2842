// _include and _revinclude: what comes along with a page of matches, once each, up to a stated bound.
// Never: shows a version newer than the snapshot of the search. Threads: one at a time, on the view handed in.
// Source: FHIR R4 search 3.1.1.5.4.
#pragma once
#include <cstddef>
#include <vector>

#include "core/store/store.hpp"
#include "fhir/rest/engine.hpp"
#include "fhir/rest/page.hpp"

namespace fhir::rest {

constexpr std::size_t most_included = 5000;  // on one page

struct Included {
  std::vector<core::store::Record> records;
  bool complete = true;  // false: the bound was met
};
core::Result<Included> included(const Engine& engine, core::store::Snapshot& view, const Hits& hits,
                                const std::vector<core::store::Record>& page);

}  // namespace fhir::rest
