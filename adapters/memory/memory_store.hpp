// The store in plain containers: obviously right, slow. Every other store is compared with it, and tests of other rooms
// stand on it. Owns: all versions, in the order of their sequence. Never: forgets before it ends, writes a file.
// Threads: as promised in core/store/store.hpp; one lock guards everything.
#pragma once
#include <memory>

#include "core/store/store.hpp"

namespace adapters::memory {

// `clock` must outlive the store. Without `finish` the bytes are stored as they come.
std::unique_ptr<core::store::Store> open_memory_store(const core::Clock& clock, core::store::Finish finish);

}  // namespace adapters::memory
