// The keys of the index: one ordered table of bytes answers every kind of criterion.
//   [slot: type and parameter, 2][tag, 1][value, ordered as its kind orders][row, 6]
// Keys with the same value lie together in order of row. Several tags hold the same row in different orders.
// Never: decides what matches; a key is a way to find rows, and may find too many (Names::hashed, cut texts,
// Tag::other). Threads: pure functions over Names.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sql/encode.hpp"
#include "adapters/sql/names.hpp"
#include "core/store/row.hpp"

namespace adapters::sql {

enum class Tag : std::uint8_t {
  token = 1,       // system (name, 4), code
  of_type = 2,     // note, value
  string = 3,      // folded text
  reference = 4,   // id or address, type (name, 4)
  identifier = 5,  // value part, system part
  number = 6,      // value
  quantity = 7,    // value in its unit
  canonical = 8,   // unit, value
  uri = 9,         // address
  composite = 10,  // of the first two components: kind, value as under the tag of the kind
  other = 11,      // no order: what no other tag can hold; every search of the slot looks here too
  date = 16        // and following, by length of the span: start, end
};

// Dates of the same length class lie together: a search that looks for ends reaches back only as far as the class is
// long.
struct SpanClass {
  std::int64_t longest;  // milliseconds; the last class has no bound
};
constexpr std::int64_t day_ms = 86'400'000;
constexpr SpanClass span_classes[] = {{1'000}, {day_ms}, {32 * day_ms}, {366 * day_ms}, {INT64_MAX}};
constexpr unsigned span_class_count = 5;
unsigned span_class(std::int64_t from, std::int64_t to);

constexpr std::size_t row_bytes = 6;
constexpr std::size_t head_bytes = 3;       // slot and tag
constexpr std::size_t longest_string = 64;  // bytes of a folded string in a key
constexpr std::size_t longest_text = 255;   // bytes of a code, id or address in a key

inline std::string head(Slot slot, Tag tag) {
  std::string key;
  put_unsigned<2>(key, slot);
  put_u8(key, static_cast<unsigned>(tag));
  return key;
}
inline void put_row_number(std::string& key, std::int64_t row) {
  put_unsigned<row_bytes>(key, static_cast<std::uint64_t>(row));
}
inline std::int64_t row_of(std::string_view key) {
  return static_cast<std::int64_t>(unsigned_at<row_bytes>(key, key.size() - row_bytes));
}

// A component of a composite under its own order; the kind first.
bool put_component(std::string& key, const core::store::Row& part, const Names& names);

// All keys of one resource without the row number, sorted, each once. A parameter without slot: an error in `slots`
// before.
std::vector<std::string> keys_of(const std::string& type, const core::store::Rows& rows, const Names& names);

}  // namespace adapters::sql
