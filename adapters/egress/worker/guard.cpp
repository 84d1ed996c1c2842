#include "adapters/egress/worker/guard.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "adapters/egress/address.hpp"

namespace adapters::egress::worker {
namespace {

std::atomic<bool> private_allowed{false}, refused{false};

template <std::size_t N>
bool is_public_in(const void* bytes) {
  std::array<std::uint8_t, N> address{};
  std::memcpy(address.data(), bytes, N);
  return egress::is_public(address);
}

bool allowed(const sockaddr* address, socklen_t length) {
  if (private_allowed || address == nullptr) return true;
  if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in))
    return is_public_in<4>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr);
  if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6))
    return is_public_in<16>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
  return false;  // nothing else is a partner
}

}  // namespace

void allow_private_addresses(bool allowed) { private_allowed = allowed; }

bool take_refused() { return refused.exchange(false); }

int guarded_connect(int socket, const sockaddr* address, socklen_t length) {
  if (allowed(address, length)) return static_cast<int>(::syscall(SYS_connect, socket, address, length));
  refused = true;
  errno = EACCES;
  return -1;
}

}  // namespace adapters::egress::worker

// The C library resolves names without this one: its own calls are bound within it.
extern "C" int connect(int socket, const sockaddr* address, socklen_t length) {
  return adapters::egress::worker::guarded_connect(socket, address, length);
}
