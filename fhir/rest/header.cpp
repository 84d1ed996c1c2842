#include "fhir/rest/header.hpp"

#include <array>
#include <charconv>

namespace fhir::rest {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays = {"Thu", "Fri", "Sat", "Sun",
                                                      "Mon", "Tue", "Wed"};  // day 0 was a Thursday

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; }

void append_two(int value, std::string& out) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(at);
    const std::string_view part = trimmed(text.substr(0, end));
    if (!part.empty()) parts.push_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

std::string etag(std::int64_t version) { return "W/\"" + std::to_string(version) + '"'; }

std::optional<std::int64_t> version_from_etag(std::string_view tag) {
  tag = trimmed(tag);
  if (tag.starts_with("W/") || tag.starts_with("w/")) tag.remove_prefix(2);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
  if (error != std::errc() || end != tag.data() + tag.size() || version < 1) return std::nullopt;
  return version;
}

bool names_version(std::string_view list, std::int64_t version) {
  for (const std::string_view tag : split(list, ','))
    if (tag == "*" || version_from_etag(tag) == version) return true;
  return false;
}

std::string http_date(core::Instant instant) {
  const core::Day day = core::day_of(instant);
  const core::Civil date = core::civil_from(day);
  const int seconds = static_cast<int>((instant.ms - core::start_of(day).ms) / 1000);
  std::string out(weekdays[static_cast<std::size_t>(((day % 7) + 7) % 7)]);
  out += ", ";
  append_two(date.day, out);
  out += ' ';
  out += months[static_cast<std::size_t>(date.month - 1)];
  out += ' ';
  append_two(date.year / 100, out);
  append_two(date.year % 100, out);
  out += ' ';
  append_two(seconds / 3600, out);
  out += ':';
  append_two(seconds / 60 % 60, out);
  out += ':';
  append_two(seconds % 60, out);
  out += " GMT";
  return out;
}

std::optional<core::Instant> instant_from_http_date(std::string_view text) {
  text = trimmed(text);  // Tue, 24 Nov 2026 06:00:10 GMT; the two obsolete forms are not read
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  int month = 0;
  while (month < 12 && months[static_cast<std::size_t>(month)] != text.substr(8, 3)) ++month;
  const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4)), hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2)), second = number(text.substr(23, 2));
  if (month == 12 || !day || !year || !hour || !minute || !second) return std::nullopt;
  const core::Civil date{*year, month + 1, *day};
  if (!core::exists(date) || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return core::Instant{core::start_of(core::day_from(date)).ms + ((*hour * 60 + *minute) * 60 + *second) * 1000LL};
}

}  // namespace fhir::rest
