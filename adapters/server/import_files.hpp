// What `import` reads: the files that paths lead to, and their text.
// Never: follows a folder's links out of it, reads a file of another kind than it was made for. Threads: pure
// functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace adapters::server {

struct ImportFile {
  std::string path;
  bool lines = false;  // NDJSON: a resource on every line
};

// Files as named, and those in folders (and theirs) that end in .json or .ndjson, each also .gz, by name.
core::Result<std::vector<ImportFile>> import_files(const std::vector<std::string>& paths);
core::Result<std::string> import_text(const std::string& path);  // unpacked when it is gzip

}  // namespace adapters::server
