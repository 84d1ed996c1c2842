// Files as an operator relies on them: a file appears under its name only when it is whole and on the disk.
// Threads: pure functions over the file system.
#pragma once
#include <functional>
#include <string>

#include "core/base/error.hpp"

namespace adapters::sqlite {

core::Result<core::Done> on_disk(const std::string& path);  // a file or a directory: waits until the disk has it

// `make` writes to the path that it is given; what it made takes the name `path`. A file of that name must not be
// there.
core::Result<core::Done> put_in_place(const std::string& path,
                                      const std::function<core::Result<core::Done>(const std::string&)>& make);

}  // namespace adapters::sqlite
