// What a Bulk Data server says of a finished export, and the ranges in which its files are read. Never: follows a URL.
// Threads: plain values. Source: FHIR Bulk Data Access 2.0 (complete status response), RFC 9110 (Content-Range).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "fhir/json/json.hpp"

namespace adapters::ehr {

struct ExportFile {
  std::string type, url;  // type empty: of deletions, Bundles of DELETE requests
};

struct Manifest {
  std::optional<core::Instant> at;  // transactionTime: everything up to here is in the files
  bool needs_token = false;
  std::vector<ExportFile> files;  // outputs, then deletions
  std::size_t errors = 0;         // files of OperationOutcomes: something is not in the files
};

// Errors: no object, a file without address, more than a sane number of files.
core::Result<Manifest> manifest_from(const fhir::json::Value& body);

struct Range {
  std::uint64_t from = 0, to = 0;      // to: the last byte
  std::optional<std::uint64_t> whole;  // the length of all of it, when it is said
};
std::optional<Range> content_range(std::string_view header);  // "bytes 0-99/1234"

}  // namespace adapters::ehr
