// Text to syntax tree. Never: deeper than a fixed limit, however the text is built. Threads: pure function.
// Source: FHIRPath N1 appendix B (grammar), section 6.9 (precedence).
#pragma once
#include <memory>
#include <string_view>

#include "core/base/error.hpp"
#include "fhir/path/syntax.hpp"

namespace fhir::path {

core::Result<std::unique_ptr<Node>> parse(std::string_view text);

}  // namespace fhir::path
