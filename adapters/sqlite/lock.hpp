// Who may write into a data directory: one process at a time. The lock is the operating system's, so that it ends with
// its holder however that ends; the file says who it is. Threads: a plain object; released with its last owner.
#pragma once
#include <memory>
#include <string>

#include "core/base/error.hpp"

namespace adapters::sqlite {

// Kind::busy names the holder.
core::Result<std::shared_ptr<void>> lock_directory(const std::string& directory);

}  // namespace adapters::sqlite
