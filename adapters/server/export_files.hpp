// The files of one export: a folder of NDJSON, one row of files for each type, each of a bounded size.
// Never: holds a file open between two lines; lets the folder grow beyond what is given. Threads: one at a time; a
// Mapped file may be read from all.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/operation/export.hpp"

namespace adapters::server {

class ExportFiles final : public fhir::operation::ExportSink {
 public:
  // `grant`: may so many bytes more be written?
  using Grant = std::function<core::Result<core::Done>(std::uint64_t bytes)>;
  ExportFiles(std::string folder, std::string base_url, std::uint64_t file_bytes, Grant grant);

  core::Result<core::Done> line(fhir::operation::ExportPart part, const std::string& type,
                                std::string_view text) override;
  core::Result<core::Done> finish();  // everything on the disk
  const std::vector<fhir::operation::ExportFile>& files() const { return files_; }

 private:
  struct Row {  // of files of one type
    std::string buffer, name;
    std::size_t number = 0, file = 0;  // in files_
    std::uint64_t bytes = 0;           // of the file, with what is in the buffer
  };
  core::Result<core::Done> flush(Row& row);
  void open(Row& row, fhir::operation::ExportPart part, const std::string& type);

  std::string folder_, base_url_;
  std::uint64_t file_bytes_;
  Grant grant_;
  std::map<std::pair<fhir::operation::ExportPart, std::string>, Row> rows_;
  std::vector<fhir::operation::ExportFile> files_;
};

// A whole file as bytes, mapped into memory: large answers cost no copy. Null: it cannot be read.
std::shared_ptr<const std::string_view> mapped_file(const std::string& path);

// "bytes=0-499", "bytes=500-", "bytes=-500": the one part of `size` bytes that is asked for.
struct ByteRange {
  enum class Kind : unsigned char { whole, part, outside } kind = Kind::whole;
  std::uint64_t from = 0, length = 0;
};
ByteRange byte_range(std::string_view header, std::uint64_t size);

}  // namespace adapters::server
