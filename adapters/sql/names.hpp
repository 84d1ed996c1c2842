// The dictionary of what index rows repeat: systems, units, types and parameter codes get small numbers, so that keys
// and packed rows stay short. A name once given keeps its number; past a bound no name is added, and texts are stored
// as they are. Owns: numbers in memory; the writer stores new ones in the transaction that first uses them. Threads:
// safe from every thread; reading a text by number takes no lock.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/error.hpp"

namespace adapters::sql {

using NameId = std::uint32_t;
using Slot = std::uint16_t;  // number of a pair (type, parameter); (type, "") is the type itself

class Connection;

class Names {
 public:
  static constexpr NameId empty = 0;             // the text ""
  static constexpr NameId hashed = 0x8000'0000;  // set in key_of() of a text without a number
  static constexpr std::size_t longest = 255;    // longer texts get no number

  void load(Connection& connection);   // everything stored so far
  bool store(Connection& connection);  // what is new, inside the writer's transaction; true: there was something
  void stored();                       // the transaction is committed

  std::optional<NameId> intern(std::string_view text);  // gives a number when there is room
  std::optional<NameId> find(std::string_view text) const;
  const std::string& text(NameId id) const;    // of a number that was given
  NameId key_of(std::string_view text) const;  // the number, or a hash with the bit `hashed`
  std::size_t size() const { return size_.load(std::memory_order_acquire); }
  bool full() const { return size() >= capacity; }

  core::Result<Slot> slot(std::string_view type, std::string_view param);  // gives a number
  std::optional<Slot> find_slot(std::string_view type, std::string_view param) const;
  std::string type_of(Slot slot) const;
  std::vector<std::string> types() const;  // every type that was ever stored

 private:
  static constexpr std::size_t chunk = 1024, chunks = 64, capacity = chunk * chunks;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Map = std::unordered_map<std::string, NameId, Hash, std::equal_to<>>;

  NameId append(std::string_view text);
  Slot append_slot(std::string_view type, std::string_view param);

  mutable std::shared_mutex mutex_;
  std::array<std::unique_ptr<std::string[]>, chunks> texts_;
  std::atomic<std::size_t> size_{0};
  Map ids_;
  std::vector<std::pair<std::string, std::string>> slots_;
  std::unordered_map<std::string, std::unordered_map<std::string, Slot, Hash, std::equal_to<>>, Hash, std::equal_to<>>
      slot_ids_;
  std::size_t stored_names_ = 1, stored_slots_ = 0;    // committed
  std::size_t written_names_ = 1, written_slots_ = 0;  // in the open transaction
};

}  // namespace adapters::sql
