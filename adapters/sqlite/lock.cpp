#include "adapters/sqlite/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace adapters::sqlite {

using namespace core;

namespace {

std::string holder(int file) {
  char text[32] = {};
  const ssize_t size = pread(file, text, sizeof text - 1, 0);
  std::string pid;
  for (ssize_t i = 0; i < size && text[i] >= '0' && text[i] <= '9'; ++i) pid.push_back(text[i]);
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

Result<std::shared_ptr<void>> lock_directory(const std::string& directory) {
  const std::string path = directory + "/panelbridge.lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) return fault("the data directory cannot be locked: " + std::string(std::strerror(errno)), path);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    Error error{Kind::busy, "the data directory " + directory + " is in use by " + holder(file), path};
    ::close(file);
    return error;
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  const bool told =
      ftruncate(file, 0) == 0 && pwrite(file, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
  std::shared_ptr<void> lock(nullptr, [file](void*) { ::close(file); });
  if (!told) return fault("the data directory cannot be written: " + std::string(std::strerror(errno)), path);
  return lock;
}

}  // namespace adapters::sqlite
