#include "adapters/server/package.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "adapters/http/gzip.hpp"

namespace adapters::server {
namespace {

constexpr std::size_t block = 512, largest = std::size_t{2} << 30;

std::string_view field(std::string_view header, std::size_t at, std::size_t size) {
  const std::string_view text = header.substr(at, size);
  return text.substr(0, text.find('\0'));
}

std::optional<std::size_t> octal(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

// The value of "path" in a pax header: records "LENGTH KEY=VALUE\n".
std::string pax_path(std::string_view records) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    if (error != std::errc() || length == 0 || length > records.size()) break;
    const auto used = static_cast<std::size_t>(end - records.data());
    if (used + 2 < length) {
      const std::string_view record = records.substr(used + 1, length - used - 2);
      if (record.starts_with("path=")) return std::string(record.substr(5));
    }
    records.remove_prefix(length);
  }
  return {};
}

bool is_resource(std::string_view path) {
  constexpr std::string_view folder = "package/";
  if (path.starts_with("./")) path.remove_prefix(2);
  if (!path.starts_with(folder) || !path.ends_with(".json")) return false;
  path.remove_prefix(folder.size());
  return path.find('/') == path.npos && path != "package.json" && !path.starts_with('.');
}

}  // namespace

core::Result<core::Done> read_package(std::string_view tgz,
                                      const std::function<void(std::string_view, std::string_view)>& file) {
  const auto unpacked = http::unzipped(tgz, largest);
  if (!unpacked) return unpacked.error();
  std::string_view rest = *unpacked;
  std::string long_name;
  bool found = false;
  while (rest.size() >= block) {
    const std::string_view header = rest.substr(0, block);
    if (std::all_of(header.begin(), header.end(), [](char c) { return c == '\0'; })) break;
    const auto size = octal(field(header, 124, 12));
    if (!size || header.substr(257, 5) != "ustar") return core::invalid("not a tar archive");
    rest.remove_prefix(block);
    if (rest.size() < *size) return core::invalid("the archive is cut short");
    const std::string_view body = rest.substr(0, *size);
    rest.remove_prefix(std::min(rest.size(), (*size + block - 1) / block * block));
    const char kind = header[156];
    if (kind == 'x') {
      long_name = pax_path(body);
      continue;
    }
    if (kind == 'L') {
      long_name = body.substr(0, body.find('\0'));
      continue;
    }
    std::string path(field(header, 0, 100));
    if (const std::string_view prefix = field(header, 345, 155); !prefix.empty())
      path = std::string(prefix) + '/' + path;
    if (!long_name.empty()) path = std::move(long_name);
    long_name.clear();
    if ((kind != '0' && kind != '\0') || !is_resource(path)) continue;
    found = true;
    file(std::string_view(path).substr(path.rfind('/') + 1), body);
  }
  if (!found) return core::invalid("the archive has no resources in a folder named package");
  return core::Done{};
}

}  // namespace adapters::server
