// Values as bytes that compare (memcmp) as the values do: the alphabet of index keys; and short numbers for packed
// rows. Never: knows what the values mean. Threads: pure functions.
#pragma once
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace adapters::sql {

inline void put_u8(std::string& out, unsigned value) { out.push_back(static_cast<char>(value)); }

template <int bytes>
void put_unsigned(std::string& out, std::uint64_t value) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

template <int bytes>
std::uint64_t unsigned_at(std::string_view in, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(in[at + i]);
  return value;
}

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

inline void put_integer(std::string& out, std::int64_t value) {
  put_unsigned<8>(out, static_cast<std::uint64_t>(value) ^ sign_bit);
}
inline std::int64_t integer_at(std::string_view in, std::size_t at) {
  return static_cast<std::int64_t>(unsigned_at<8>(in, at) ^ sign_bit);
}

inline void put_double(std::string& out, double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);  // -0 is 0
  put_unsigned<8>(out, bits & sign_bit ? ~bits : bits | sign_bit);
}
inline double double_at(std::string_view in, std::size_t at) {
  const std::uint64_t bits = unsigned_at<8>(in, at);
  return std::bit_cast<double>(bits & sign_bit ? bits ^ sign_bit : ~bits);
}

// At most `limit` bytes of the text, 00 written as 00 01; without the end mark a prefix of everything that begins so.
inline void put_prefix(std::string& out, std::string_view text, std::size_t limit) {
  for (const char c : text.substr(0, limit)) {
    out.push_back(c);
    if (c == 0) out.push_back(1);
  }
}
inline void put_end(std::string& out) { out.append(2, '\0'); }
inline void put_text(std::string& out, std::string_view text, std::size_t limit) {
  put_prefix(out, text, limit);
  put_end(out);
}
// Reads what put_text wrote and moves `at` behind it.
inline std::string text_at(std::string_view in, std::size_t& at) {
  std::string text;
  for (; at + 1 < in.size(); ++at) {
    if (in[at] != 0) {
      text.push_back(in[at]);
      continue;
    }
    if (in[++at] == 0) break;
    text.push_back('\0');
  }
  ++at;
  return text;
}

// The smallest text after everything that begins with `prefix`; empty when there is none.
inline std::string after(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

// Seven bits a byte, low ones first.
inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out.push_back(static_cast<char>(value | 128));
  out.push_back(static_cast<char>(value));
}

constexpr std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
}

}  // namespace adapters::sql
