// A search that is asked again and again, as a work list is: 304 while nothing that it depends on has changed, and a
// continuation that gives what changed since, by sequence number instead of instants that may be equal.
// Never: evaluates a search. Threads: pure but for the pages kept. Source: RFC 9110 section 13.1.2; FHIR R4 search 3.1.1.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fhir/rest/engine.hpp"
#include "fhir/rest/message.hpp"

namespace fhir::rest {

// The weak entity tag of a search: good for as long as its basis holds (and the pages that its links name are kept).
struct SearchTag {
  core::store::Sequence newest = 0;  // change of any type that it depends on
  std::uint32_t made_by = 0;         // Engine::print(): an index made anew finds other things
  std::string page_token;
  static SearchTag of(const Basis& basis);
  static std::optional<SearchTag> from(std::string_view tag);  // W/"q17-5eed", W/"q17-5eed.TOKEN"
  std::string text() const;
};

// 304, when If-None-Match names the answer that this basis still gives. GET and HEAD only.
std::optional<Response> unchanged_search(Engine& engine, const Request& request, const Basis& basis);
void tag_search(const Basis& basis, Response& response);

// The parameter `_continue=s17` of a self link, taken out of `parameters`: only what was changed after it is wanted.
core::Result<std::optional<core::store::Sequence>> take_continuation(search::Parameters& parameters);
// What the self link of a search by _lastUpdated (gt, ge, sa) adds: "s17"; empty for other searches.
std::string continuation_of(const search::Parameters& used, core::store::Sequence seen);

}  // namespace fhir::rest
