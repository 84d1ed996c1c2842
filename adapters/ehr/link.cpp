#include "adapters/ehr/link.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace adapters::ehr {
namespace {

constexpr std::int64_t longest_wait_s = 3'600;

std::string normal_origin(std::string_view url) {
  std::string origin(origin_of(url));
  for (char& c : origin) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 32 : c);
  for (const std::string_view tail : {std::string_view(":80"), std::string_view(":443")}) {
    const bool usual = origin.starts_with(tail == ":80" ? "http:" : "https:");
    if (usual && origin.ends_with(tail)) origin.resize(origin.size() - tail.size());
  }
  return origin;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string_view origin_of(std::string_view url) {
  const bool http = url.starts_with("http://") || url.starts_with("HTTP://");
  const bool https = url.starts_with("https://") || url.starts_with("HTTPS://");
  if (!http && !https) return {};
  const std::size_t start = http ? 7 : 8;
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  const std::string_view host = url.substr(start, end - start);
  if (host.empty() || host.find_first_of("@\\ ") != std::string_view::npos) return {};
  return url.substr(0, end);
}

bool same_origin(std::string_view a, std::string_view b) {
  const std::string one = normal_origin(a);
  return !one.empty() && one == normal_origin(b);
}

std::optional<std::string> followed(std::string_view link, std::string_view page) {
  link = link.substr(0, link.find('#'));
  const bool clean = std::all_of(link.begin(), link.end(), [](char c) { return c > ' ' && c != '\x7f'; });
  if (link.empty() || !clean || link.find('\\') != link.npos) return std::nullopt;
  const std::string_view root = origin_of(page);
  const std::size_t colon = link.find_first_of(":/?");
  if (colon != link.npos && link[colon] == ':')
    return same_origin(link, page) ? std::optional(std::string(link)) : std::nullopt;
  if (link.starts_with("//")) return std::nullopt;
  if (link.front() == '/') return std::string(root) + std::string(link);
  const std::string_view path = page.substr(0, page.find('?'));
  if (link.front() == '?') return std::string(path) + std::string(link);
  const std::size_t slash = path.rfind('/');
  if (slash < root.size()) return std::string(root) + "/" + std::string(link);
  return std::string(path.substr(0, slash + 1)) + std::string(link);
}

std::optional<std::string> renamed(std::string_view link, std::string_view home, std::string_view base) {
  if (origin_of(home).empty() || !link.starts_with(home)) return std::nullopt;
  const std::string_view rest = link.substr(home.size());
  if (!rest.starts_with('/') && !rest.starts_with('?')) return std::nullopt;
  return followed(std::string(base) + std::string(rest), base);
}

// "Tue, 15 Nov 1994 08:12:31 GMT"
std::optional<core::Instant> http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4)), hour = number(text.substr(17, 2)),
             minute = number(text.substr(20, 2)), second = number(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const core::Civil date{*year, static_cast<int>(month - months.begin()) + 1, *day};
  if (!core::exists(date) || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  core::Instant at = core::start_of(core::day_from(date));
  at.ms += ((*hour * 60LL + *minute) * 60 + *second) * 1'000;
  return at;
}

std::optional<std::int64_t> retry_after_s(std::string_view header, std::optional<core::Instant> server_now) {
  while (header.starts_with(' ')) header.remove_prefix(1);
  while (header.ends_with(' ')) header.remove_suffix(1);
  if (const auto seconds = number(header)) return std::clamp<std::int64_t>(*seconds, 1, longest_wait_s);
  const auto at = http_date(header);
  if (!at || !server_now) return std::nullopt;
  return std::clamp<std::int64_t>((at->ms - server_now->ms) / 1'000, 1, longest_wait_s);
}

}  // namespace adapters::ehr
