#include "adapters/ehr/manifest.hpp"

#include <charconv>

namespace adapters::ehr {
namespace {

using fhir::json::Value;

constexpr std::size_t most_files = 100'000;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

core::Result<Manifest> manifest_from(const Value& body) {
  if (!body.is_object()) return core::fault("the list of the export's files is no object");
  if (!body["output"].is_array()) return core::fault("the list of the export's files has no output");
  Manifest manifest;
  if (const auto moment = core::moment_from(body.text("transactionTime"))) manifest.at = moment->low;
  manifest.needs_token = body["requiresAccessToken"].is_boolean() && body["requiresAccessToken"].boolean();
  manifest.errors = body["error"].size();
  for (const char* list : {"output", "deleted"})
    for (const Value& file : body[list].elements()) {
      const bool deletions = list[0] == 'd';
      ExportFile read{deletions ? std::string() : std::string(file.text("type")), std::string(file.text("url"))};
      if (read.url.empty()) return core::fault("the export lists a file without an address");
      if (!deletions && read.type.empty()) return core::fault("the export lists a file without a type");
      if (manifest.files.size() == most_files) return core::fault("the export lists too many files");
      manifest.files.push_back(std::move(read));
    }
  return manifest;
}

std::optional<Range> content_range(std::string_view header) {
  constexpr std::string_view unit = "bytes ";
  const std::size_t dash = header.find('-'), slash = header.find('/');
  if (!header.starts_with(unit) || dash == header.npos || slash == header.npos || slash < dash) return std::nullopt;
  const auto from = number(header.substr(unit.size(), dash - unit.size())),
             to = number(header.substr(dash + 1, slash - dash - 1));
  if (!from || !to || *to < *from) return std::nullopt;
  const auto whole = number(header.substr(slash + 1));
  if (!whole && header.substr(slash + 1) != "*") return std::nullopt;
  if (whole && *to >= *whole) return std::nullopt;
  return Range{*from, *to, whole};
}

}  // namespace adapters::ehr
