// From the hash of a key to the records that may hold it: 4 bytes a key, most of them the record's number, the rest of the word a
// few bits of the hash. It keeps no keys: who looks up verifies at the record, and when it grows its owner names every hash again.
// Never: answers for certain. Threads: one writer, or many readers.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace core::population {

class KeyIndex {
 public:
  // Calls each(record) for every entry that may be of this hash until it returns true; true when one did.
  template <class Each>
  bool find(std::uint64_t hash, Each&& each) const {
    if (words_.empty()) return false;
    for (auto at = home(hash);; at = at + 1 == words_.size() ? 0 : at + 1) {
      const auto word = words_[at];
      if (word == vacant) return false;
      if (word != removed && word >> record_bits_ == mark(hash) && each(word & record_mask())) return true;
    }
  }

  // False when it is full (or the record's number needs more bits): rebuild() and insert again.
  [[nodiscard]] bool insert(std::uint64_t hash, std::uint32_t record) {
    if ((used_ + 1) * 10 > words_.size() * 9 || record > record_mask()) return false;
    auto at = home(hash);
    while (words_[at] != vacant && words_[at] != removed) at = at + 1 == words_.size() ? 0 : at + 1;
    if (words_[at] == vacant) ++used_;
    ++live_;
    words_[at] = mark(hash) << record_bits_ | record;
    return true;
  }

  void erase(std::uint64_t hash, std::uint32_t record) {
    if (words_.empty()) return;
    const auto wanted = mark(hash) << record_bits_ | record;
    for (auto at = home(hash); words_[at] != vacant; at = at + 1 == words_.size() ? 0 : at + 1)
      if (words_[at] == wanted) {
        words_[at] = removed;
        --live_;
        return;
      }
  }

  // Empties it, with room for more (or for `expected` keys); name_all(insert) then calls insert(hash, record) for every key there is.
  template <class NameAll>
  void rebuild(std::size_t records, NameAll&& name_all, std::size_t expected = 0) {
    const auto room = std::max({std::size_t{1024}, live_ + live_ / 3 + live_ / 8, expected + expected / 6});
    words_ = {};
    words_.assign(room, vacant);
    record_bits_ = std::min(31, std::max(16, static_cast<int>(std::bit_width(records + records / 2))));
    used_ = live_ = 0;
    name_all([this](std::uint64_t hash, std::uint32_t record) { (void)insert(hash, record); });
  }

  std::size_t bytes() const { return words_.capacity() * sizeof(std::uint32_t); }

 private:
  static constexpr std::uint32_t vacant = 0xffffffff, removed = 0xfffffffe;
  std::uint32_t record_mask() const { return record_bits_ == 0 ? 0 : (1u << record_bits_) - 1; }
  // The marks with all bits set are left out, so that no entry looks vacant or removed.
  std::uint32_t mark(std::uint64_t hash) const {
    const auto most = (1u << (32 - record_bits_)) - 1;
    return static_cast<std::uint32_t>(hash) % most;
  }
  std::size_t home(std::uint64_t hash) const {
    return static_cast<std::size_t>(((hash >> 32) * words_.size()) >> 32);  // so at most 2^32 words
  }

  std::vector<std::uint32_t> words_;
  std::size_t used_ = 0, live_ = 0;
  int record_bits_ = 0;
};

}  // namespace core::population
