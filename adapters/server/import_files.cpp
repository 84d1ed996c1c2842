#include "adapters/server/import_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "adapters/http/gzip.hpp"

namespace adapters::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 2UL << 30;  // of one file, unpacked

std::optional<ImportFile> import_file(const std::string& path) {
  std::string_view name = path;
  if (name.ends_with(".gz")) name.remove_suffix(3);
  if (name.ends_with(".json")) return ImportFile{path, false};
  if (name.ends_with(".ndjson")) return ImportFile{path, true};
  return std::nullopt;
}

}  // namespace

core::Result<std::vector<ImportFile>> import_files(const std::vector<std::string>& paths) {
  std::vector<ImportFile> files;
  for (const std::string& path : paths) {
    std::error_code code;
    const fs::file_status status = fs::status(path, code);
    if (fs::is_directory(status)) {
      std::vector<ImportFile> found;
      for (fs::recursive_directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code)) {
        if (!entry->is_regular_file(code)) continue;
        if (auto file = import_file(entry->path().string())) found.push_back(*std::move(file));
      }
      if (code) return core::fault("cannot read the folder " + path + ": " + code.message(), path);
      std::sort(found.begin(), found.end(), [](const ImportFile& a, const ImportFile& b) { return a.path < b.path; });
      files.insert(files.end(), found.begin(), found.end());
    } else if (fs::is_regular_file(status)) {
      auto file = import_file(path);
      if (!file) return core::invalid("not a .json or .ndjson file (each also .gz): " + path, path);
      files.push_back(*std::move(file));
    } else {
      return core::invalid("there is no such file or folder: " + path, path);
    }
  }
  return files;
}

core::Result<std::string> import_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  if (size < 0) return core::fault("cannot be read", path);
  std::string text(static_cast<std::size_t>(size), '\0');
  if (!file.seekg(0) || (size > 0 && !file.read(text.data(), size))) return core::fault("cannot be read", path);
  if (!http::is_gzip(text)) return text;
  auto plain = http::unzipped(text, most_bytes);
  if (!plain) return core::Error{plain.error().kind, plain.error().message, path};
  return plain;
}

}  // namespace adapters::server
