#include "adapters/egress/address.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>

namespace adapters::egress {
namespace {

template <std::size_t N>
bool within(const std::array<std::uint8_t, N>& address, std::initializer_list<std::uint8_t> network, int bits) {
  for (int i = 0; i < bits; ++i) {
    const auto byte = static_cast<std::size_t>(i / 8);
    const auto wanted = byte < network.size() ? *(network.begin() + byte) : std::uint8_t{0};
    if (((address[byte] ^ wanted) >> (7 - i % 8)) & 1) return false;
  }
  return true;
}

struct Network4 {
  std::array<std::uint8_t, 4> start;
  int bits;
};

constexpr Network4 special4[] = {{{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10},
                                 {{127, 0, 0, 0}, 8},    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},
                                 {{192, 0, 0, 0}, 24},   {{192, 0, 2, 0}, 24},   {{192, 88, 99, 0}, 24},
                                 {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15},  {{198, 51, 100, 0}, 24},
                                 {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4}};

}  // namespace

bool is_public(std::array<std::uint8_t, 4> address) {
  return std::none_of(std::begin(special4), std::end(special4), [&](const Network4& each) {
    return within(address, {each.start[0], each.start[1], each.start[2], each.start[3]}, each.bits);
  });
}

bool is_public(const std::array<std::uint8_t, 16>& a) {
  const auto inner = [&](std::size_t at) {
    return std::array<std::uint8_t, 4>{a[at], a[at + 1], a[at + 2], a[at + 3]};
  };
  if (within(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96)) return is_public(inner(12));  // mapped
  if (within(a, {0x00, 0x64, 0xff, 0x9b}, 96)) return is_public(inner(12));                    // NAT64
  if (within(a, {0x20, 0x02}, 16)) return is_public(inner(2));                                 // 6to4
  if (!within(a, {0x20}, 3)) return false;                    // 2000::/3 is all that is given out as global unicast
  if (within(a, {0x20, 0x01, 0x00, 0x00}, 23)) return false;  // protocol assignments, Teredo among them
  return !within(a, {0x20, 0x01, 0x0d, 0xb8}, 32) && !within(a, {0x3f, 0xff}, 20);  // documentation
}

}  // namespace adapters::egress
