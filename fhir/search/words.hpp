// Full text: what a resource says, as words, and what a search for words asks. Never: stores or finds them (the store
// does). Threads: pure functions. Source: FHIR R4 search 3.1.1.5.2 (_text, _content).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/store/query.hpp"
#include "core/store/store.hpp"

namespace fhir::search {

// Letters and digits without case and accents, one space between words.
std::string words_of(std::string_view text);

// What can be read of a stored resource (JSON): its narrative without markup, and all other texts but base64.
core::store::Texts texts_of(std::string_view type, std::string_view body);

// `bone and (liver OR "small intestine") metasta*`: words, phrases in quotes, beginnings with *, AND (or nothing)
// between them, OR, parentheses. The alternatives, each with all its parts. `name` is what an error names.
core::Result<std::vector<core::store::Term>> words_asked(std::string_view name, std::string_view value);

}  // namespace fhir::search
