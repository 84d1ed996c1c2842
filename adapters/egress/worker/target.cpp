#include "adapters/egress/worker/target.hpp"

#include <algorithm>

namespace adapters::egress::worker {

using core::Result;

namespace {

core::Error refused() { return core::invalid("the address of a call must be an http or https URL with a host", "url"); }

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool is_authority(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  return is_host(text.substr(0, colon)) && (colon == text.npos || is_port(text.substr(colon + 1)));
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
  for (const char c : url)
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '\\') return refused();
  const std::string_view scheme = url.starts_with("https://") ? "https://" : "http://";
  if (!url.starts_with(scheme)) return refused();
  url = url.substr(0, url.find('#')).substr(scheme.size());
  const auto end = std::min(url.find_first_of("/?"), url.size());
  const auto authority = url.substr(0, end);
  if (authority.find('@') != authority.npos) return core::invalid("credentials do not belong into a URL", "url");
  if (authority.starts_with('['))
    return core::invalid("an IPv6 address in a URL is not supported: write a host's name", "url");
  if (!is_authority(authority)) return refused();
  std::string path = encoded(url.substr(end));
  if (!path.starts_with('/')) path.insert(0, 1, '/');
  return Target{std::string(scheme) + std::string(authority), std::move(path)};
}

}  // namespace adapters::egress::worker
