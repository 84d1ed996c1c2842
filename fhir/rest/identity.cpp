#include "fhir/rest/identity.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

namespace fhir::rest {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

void append_hex(std::uint64_t value, int count, std::string& out) {
  for (int shift = (count - 1) * 4; shift >= 0; shift -= 4) out += digits[(value >> shift) & 15];
}

// Ids must not collide; they need not be secret, so a seeded generator for each thread does.
std::uint64_t random_bits() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return generator();
}

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

}  // namespace

std::string new_id(core::Instant now) {
  const auto ms = static_cast<std::uint64_t>(now.ms);
  const std::uint64_t a = random_bits(), b = random_bits();
  std::string out;
  out.reserve(36);
  append_hex(ms >> 16, 8, out);
  out += '-';
  append_hex(ms & 0xffff, 4, out);
  out += "-7";
  append_hex(a & 0xfff, 3, out);
  out += '-';
  append_hex(8 | ((a >> 12) & 3), 1, out);
  append_hex((a >> 16) & 0xfff, 3, out);
  out += '-';
  append_hex(b & 0xffffffffffff, 12, out);
  return out;
}

std::string new_token() {
  thread_local std::random_device device;
  std::string out;
  for (int i = 0; i < 4; ++i) append_hex(device(), 8, out);
  return out;
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_id_character);
}

}  // namespace fhir::rest
