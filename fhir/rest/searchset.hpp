// A page of a searchset: matches, what is included, links, and what there is to say about the search. Bodies are
// copied. Threads: one at a time, on the view handed in. Source: FHIR R4 search 3.1.1.3, 3.1.1.5.6 (_total).
#pragma once
#include <memory>
#include <string>

#include "fhir/rest/exchange.hpp"
#include "fhir/rest/page.hpp"

namespace fhir::rest {

// Shows the page of `hits` that begins at `from`; keeps the hits when there are more pages and `token` is empty.
Answer show_page(Exchange& exchange, core::store::Snapshot& view, const std::shared_ptr<const Hits>& hits,
                 std::size_t from, std::string token);

// The total alone: _summary=count, _count=0.
Answer show_total(Exchange& exchange, const Hits& hits);

// A page named by a link of an earlier one ("TOKEN.40"), of hits that were found under the same path.
Answer later_page(Exchange& exchange, const std::string& path, std::string_view name);

// A search with parameters as given; `narrow` is added to its criteria (compartments).
Answer run_search(Exchange& exchange, const std::string& type, const std::string& path,
                  const search::Parameters& parameters, std::vector<core::store::Criterion> narrow = {});

// The parameters of a search request: the query's and, for POST _search, the body's.
core::Result<search::Parameters> search_parameters(Exchange& exchange, std::optional<Response>& refused);

}  // namespace fhir::rest
