// The two criteria that most questions to the store are made of, and the question itself with its records.
// Never: parses a search (fhir/search does). Threads: pure but for find_all(), which belongs to its snapshot's thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/store/store.hpp"

namespace core::store {

// A reference of `param` leads to one of the targets: "Type/id", or an id of any type.
Criterion reference_criterion(std::string_view param, const std::vector<std::string>& targets);
// A token of `param` has one of the codes; system "": of any system.
Criterion token_criterion(std::string_view param, const std::vector<std::string>& codes, std::string_view system = {});
// Every hit has one of the values asked for in `param`: no `:not`, no `:missing`, no chain to what lies behind it.
bool names(const std::vector<Criterion>& all, std::string_view param);
Result<std::vector<Record>> find_all(Snapshot& snapshot, const Query& query);

}  // namespace core::store
