// A FHIR package (.tgz) as its files: what lies in its folder "package", in memory.
// Never: writes a file, follows a link, unpacks more than a stated size. Threads: pure functions.
// Source: FHIR NPM package specification; POSIX ustar and pax headers; RFC 1952.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace adapters::server {

// Calls `file` with the name (without folder) and the text of each JSON file of the package that is a resource by its
// name. Errors: Kind::invalid when it is not gzip, not tar, cut short, or holds no folder "package".
core::Result<core::Done> read_package(std::string_view tgz,
                                      const std::function<void(std::string_view name, std::string_view text)>& file);

}  // namespace adapters::server
