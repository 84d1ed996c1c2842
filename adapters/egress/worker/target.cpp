#include "adapters/egress/worker/target.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "adapters/egress/address.hpp"

namespace adapters::egress::worker {

using core::Done;
using core::Error;
using core::Kind;
using core::Result;

namespace {

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_public(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, bytes.size());
    return egress::is_public(bytes);
  }
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, bytes.size());
  return egress::is_public(bytes);
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address->sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
                          : &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  inet_ntop(address->sa_family, bytes, text.data(), text.size());
  return address->sa_family == AF_INET6 ? "[" + std::string(text.data()) + "]" : std::string(text.data());
}

// What RFC 3986 does not allow in a path or query and many servers write all the same ('|' above all) is encoded.
std::string encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF", strange = "\"<>[]^`{|}";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && strange.find(c) == std::string_view::npos) out.push_back(c);
    else out.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
  }
  return out;
}

}  // namespace

Result<Target> target_from(std::string_view url) {
  Target target;
  const auto refused = [] {
    return core::invalid("the address of a call must be an http or https URL with a host", "url");
  };
  for (const char c : url)
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '\\') return refused();
  if (url.starts_with("https://")) target.secure = true, url.remove_prefix(8);
  else if (url.starts_with("http://")) url.remove_prefix(7);
  else return refused();
  url = url.substr(0, url.find('#'));
  const auto end = url.find_first_of("/?");
  const auto authority = url.substr(0, end);
  target.path = end == std::string_view::npos ? "/" : encoded(url.substr(end));
  if (target.path.front() == '?') target.path.insert(0, 1, '/');
  if (authority.find('@') != std::string_view::npos)
    return core::invalid("credentials do not belong into a URL", "url");
  auto colon = authority.rfind(':');
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return refused();
    target.host = authority.substr(1, close - 1);
    colon = close + 1 < authority.size() ? close + 1 : std::string_view::npos;
    if (colon != std::string_view::npos && authority[colon] != ':') return refused();
  } else {
    target.host = authority.substr(0, colon);
  }
  target.port = target.secure ? "443" : "80";
  const auto usual = target.port;
  if (colon != std::string_view::npos) target.port = authority.substr(colon + 1);
  if (target.host.empty() || !is_port(target.port)) return refused();
  target.authority = authority.starts_with('[') ? "[" + target.host + "]" : target.host;
  if (target.port != usual) target.authority += ":" + target.port;
  return target;
}

Result<Done> resolve(Target& target, const Policy& policy) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &list) != 0 || list == nullptr)
    return Error{Kind::busy, "the host's name is not found", ""};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
  const addrinfo* chosen = nullptr;
  for (const int family : {AF_INET, AF_INET6})
    for (const addrinfo* each = list; each != nullptr && chosen == nullptr; each = each->ai_next)
      if (each->ai_family == family && (policy.allow_private_address || is_public(each->ai_addr))) chosen = each;
  if (chosen == nullptr)
    return core::invalid("the host's address is not public, and private addresses are not allowed for this partner",
                         "url");
  target.base = std::string(target.secure ? "https://" : "http://") + text_of(chosen->ai_addr) + ":" + target.port;
  return Done{};
}

}  // namespace adapters::egress::worker
