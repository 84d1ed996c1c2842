// Names that the server gives: ids of resources (UUIDv7: time-ordered, so that indexes stay compact) and tokens nobody
// can guess. Never: reads the machine's clock. Threads: safe from every thread. Source: FHIR R4 id (2.24.0.1); RFC 9562
// section 5.7.
#pragma once
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace fhir::rest {

std::string new_id(core::Instant now);
std::string new_token();            // 128 random bits as 32 hexadecimal digits
bool is_id(std::string_view text);  // 1 to 64 of A-Z a-z 0-9 - .

}  // namespace fhir::rest
