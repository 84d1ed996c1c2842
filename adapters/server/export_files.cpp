#include "adapters/server/export_files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace adapters::server {

using core::Done;
using core::Result;
using fhir::operation::ExportPart;

namespace {

constexpr std::size_t buffer_bytes = 64UL * 1024;

class File {
 public:
  File(const std::string& path, int flags) : handle_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (handle_ >= 0) ::close(handle_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int handle() const { return handle_; }
  explicit operator bool() const { return handle_ >= 0; }

 private:
  int handle_;
};

core::Error disk_error() { return core::fault("The export cannot be written to the disk of the server."); }

class Mapped {
 public:
  explicit Mapped(std::string_view bytes) : view(bytes) {}
  ~Mapped() {
    if (!view.empty()) ::munmap(const_cast<char*>(view.data()), view.size());
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  std::string_view view;
};

bool number_from(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

ExportFiles::ExportFiles(std::string folder, std::string base_url, std::uint64_t file_bytes, Grant grant)
    : folder_(std::move(folder)), base_url_(std::move(base_url)), file_bytes_(file_bytes), grant_(std::move(grant)) {}

void ExportFiles::open(Row& row, ExportPart part, const std::string& type) {
  constexpr std::string_view names[] = {"", "deleted.", "error."};
  row.name = std::string(names[static_cast<std::size_t>(part)]) + type + '.' + std::to_string(++row.number) + ".ndjson";
  row.bytes = 0;
  row.file = files_.size();
  files_.push_back({part, type, base_url_ + '/' + row.name, 0});
}

Result<Done> ExportFiles::line(ExportPart part, const std::string& type, std::string_view text) {
  Row& row = rows_[{part, type}];
  if (row.number == 0 || row.bytes + text.size() + 1 > file_bytes_) {
    if (auto done = flush(row); !done) return done;
    open(row, part, type);
  }
  row.buffer.append(text) += '\n';
  row.bytes += text.size() + 1;
  ++files_[row.file].count;
  return row.buffer.size() < buffer_bytes ? Result<Done>(Done{}) : flush(row);
}

Result<Done> ExportFiles::flush(Row& row) {
  if (row.buffer.empty()) return Done{};
  if (auto granted = grant_(row.buffer.size()); !granted) return granted;
  const File file(folder_ + '/' + row.name, O_WRONLY | O_CREAT | O_APPEND);
  if (!file) return disk_error();
  for (std::string_view left = row.buffer; !left.empty();) {
    const ssize_t count = ::write(file.handle(), left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return disk_error();
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  row.buffer.clear();
  return Done{};
}

Result<Done> ExportFiles::finish() {
  for (auto& [key, row] : rows_)
    if (auto done = flush(row); !done) return done;
  for (const auto& each : files_) {
    const File file(folder_ + each.url.substr(base_url_.size()), O_RDONLY);
    if (!file || ::fdatasync(file.handle()) != 0) return disk_error();
  }
  return Done{};
}

std::shared_ptr<const std::string_view> mapped_file(const std::string& path) {
  const File file(path, O_RDONLY | O_NOFOLLOW);
  struct stat facts {};
  if (!file || ::fstat(file.handle(), &facts) != 0 || !S_ISREG(facts.st_mode)) return nullptr;
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size == 0) return std::make_shared<const std::string_view>();
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.handle(), 0);
  if (bytes == MAP_FAILED) return nullptr;
  ::madvise(bytes, size, MADV_SEQUENTIAL);
  auto owner = std::make_shared<const Mapped>(std::string_view(static_cast<const char*>(bytes), size));
  return {owner, &owner->view};
}

ByteRange byte_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  ByteRange range{ByteRange::Kind::whole, 0, size};
  if (!header.starts_with(unit) || header.find(',') != header.npos) return range;  // several parts: the whole is allowed
  header.remove_prefix(unit.size());
  const std::size_t dash = header.find('-');
  if (dash == header.npos) return range;
  const std::string_view first = header.substr(0, dash), last = header.substr(dash + 1);
  std::uint64_t from = 0, to = 0;
  if (first.empty()) {
    if (!number_from(last, to)) return range;
    from = to >= size ? 0 : size - to;
    if (to == 0 || size == 0) return {ByteRange::Kind::outside, 0, 0};
    return {ByteRange::Kind::part, from, size - from};
  }
  if (!number_from(first, from) || (!last.empty() && !number_from(last, to))) return range;
  if (!last.empty() && to < from) return range;
  if (from >= size) return {ByteRange::Kind::outside, 0, 0};
  const std::uint64_t end = last.empty() ? size : std::min(to + 1 == 0 ? size : to + 1, size);
  return {ByteRange::Kind::part, from, end - from};
}

}  // namespace adapters::server
