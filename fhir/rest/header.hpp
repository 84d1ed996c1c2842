// Values of HTTP headers that FHIR gives a meaning: entity tags, HTTP dates, Prefer. Threads: pure functions.
// Source: RFC 9110 sections 5.6.7, 8.8 and 13.1; RFC 7240; FHIR R4 RESTful API 3.1.0.5.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"

namespace fhir::rest {

std::string etag(std::int64_t version);  // W/"3"
std::optional<std::int64_t> version_from_etag(
    std::string_view tag);  // W/"3" or "3" or 3; nothing when it names no version of ours
bool names_version(std::string_view list, std::int64_t version);  // a list of entity tags, or *

std::string http_date(core::Instant instant);  // Tue, 24 Nov 2026 06:00:10 GMT
std::optional<core::Instant> instant_from_http_date(std::string_view text);

std::string_view trimmed(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char at);  // parts, trimmed; empty ones are left out
bool same_word(std::string_view a, std::string_view b);               // ASCII, case aside

}  // namespace fhir::rest
