// Addresses as far as a pull needs them: whether a link stays with the server, and where a relative one leads.
// Never: resolves a name. Threads: pure functions. Source: RFC 3986 (5.2), RFC 6454 (origin).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace adapters::ehr {

std::string_view origin_of(std::string_view url);  // "https://host:port", as written; empty: no http or https address
bool same_origin(std::string_view a, std::string_view b);  // case and default ports aside

// `link` as found on a page of `page`: absolute, or relative to it. Nothing: another origin, or no address.
std::optional<std::string> followed(std::string_view link, std::string_view page);

// `link` below the address that a server gives itself (`home`), below the one that we know it by. Nothing: it is not.
std::optional<std::string> renamed(std::string_view link, std::string_view home, std::string_view base);

// An HTTP date in its preferred form; nothing: anything else.
std::optional<core::Instant> http_date(std::string_view text);

// Retry-After as seconds, or as a date against the server's own clock; never above an hour.
std::optional<std::int64_t> retry_after_s(std::string_view header, std::optional<core::Instant> server_now);

}  // namespace adapters::ehr
