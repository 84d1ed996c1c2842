// The text of a reference taken apart: relative, absolute, versioned, canonical. Never: follows it. Threads: pure
// functions. Source: FHIR R4 references 2.3.0.1 (literal references), 2.3.0.6 (canonical).
#pragma once
#include <string_view>

#include "fhir/model/definitions.hpp"

namespace fhir::search {

struct Link {
  std::string_view type;     // of a resource here; empty: absolute, canonical, contained or not understood
  std::string_view id;       // its id; without type: the URL as it stands, without version
  std::string_view version;  // of `/_history/version` or `|version`
};

Link link_from(std::string_view text, std::string_view base_url, const model::Definitions& definitions);
bool is_id(std::string_view text);  // 1 to 64 of letters, digits, - and .

}  // namespace fhir::search
