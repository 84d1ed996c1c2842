#include "adapters/sqlite/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace adapters::sqlite {

using namespace core;
namespace fs = std::filesystem;

Result<Done> on_disk(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && fsync(file) == 0;
  const int reason = errno;
  if (file >= 0) ::close(file);
  if (!synced) return fault(path + " could not be written: " + std::strerror(reason), path);
  return Done{};
}

Result<Done> put_in_place(const std::string& path, const std::function<Result<Done>(const std::string&)>& make) {
  std::error_code failed;
  if (fs::exists(path, failed)) return Error{Kind::conflict, path + " is there already", path};
  const std::string part = path + ".part";
  fs::remove(part, failed);
  auto made = make(part);
  if (made) made = on_disk(part);
  if (made) {
    fs::rename(part, path, failed);
    if (failed) made = fault(path + " could not be put in place: " + failed.message(), path);
  }
  if (!made) {
    fs::remove(part, failed);
    return made;
  }
  const std::string folder = fs::path(path).parent_path().string();
  return on_disk(folder.empty() ? "." : folder);
}

}  // namespace adapters::sqlite
