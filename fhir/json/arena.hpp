// The memory behind a Document: bytes are handed out one after another and freed together. Internal to fhir/json.
// Never: frees or moves a single value; runs destructors. Threads: one at a time, as its Document.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>

#include "fhir/json/json.hpp"

namespace fhir::json {

struct Document::Arena {
  struct Block {
    Block* next;
  };
  static constexpr std::size_t first_bytes = 4096, largest_block = 1 << 20;

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    for (Block* block = blocks_; block;) {
      Block* next = block->next;
      std::free(block);
      block = next;
    }
  }

  char* bytes(std::size_t count) {  // not aligned
    if (static_cast<std::size_t>(end_ - at_) < count) grow(count);
    char* result = at_;
    at_ += count;
    return result;
  }

  std::string_view text(std::string_view source) {
    if (source.empty()) return {};
    char* copy = bytes(source.size());
    std::memcpy(copy, source.data(), source.size());
    return {copy, source.size()};
  }

  // A block of `capacity` items, the capacity itself stored in the eight bytes before the first.
  template <class T>
  T* items(std::size_t capacity) {
    static_assert(alignof(T) == 8 && std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    const std::size_t misplaced = reinterpret_cast<std::uintptr_t>(at_) & 7;
    char* head = bytes(sizeof(std::uint64_t) + capacity * sizeof(T) + (misplaced ? 8 - misplaced : 0));
    head = reinterpret_cast<char*>((reinterpret_cast<std::uintptr_t>(head) + 7) & ~std::uintptr_t{7});
    const std::uint64_t stored = capacity;
    std::memcpy(head, &stored, sizeof stored);
    return reinterpret_cast<T*>(head + sizeof stored);
  }

  static std::size_t capacity(const void* items) {
    if (!items) return 0;
    std::uint64_t stored;
    std::memcpy(&stored, static_cast<const char*>(items) - sizeof stored, sizeof stored);
    return stored;
  }

  // Makes room for `count` bytes at once, so that what follows needs no further block.
  void reserve(std::size_t count) {
    if (static_cast<std::size_t>(end_ - at_) < count) grow(count);
  }

 private:
  void grow(std::size_t count) {
    const std::size_t size = sizeof(Block) + (count > next_block_ ? count + 8 : next_block_);
    if (next_block_ < largest_block) next_block_ *= 2;
    auto* block = static_cast<Block*>(std::malloc(size));
    if (!block) throw std::bad_alloc();
    block->next = blocks_;
    blocks_ = block;
    at_ = reinterpret_cast<char*>(block + 1);
    end_ = reinterpret_cast<char*>(block) + size;
  }

  Block* blocks_ = nullptr;
  std::size_t next_block_ = 2 * first_bytes;
  alignas(8) char first_[first_bytes];
  char* at_ = first_;
  char* end_ = first_ + first_bytes;
};

}  // namespace fhir::json
