#include "fhir/validate/primitive.hpp"

#include <algorithm>
#include <array>

#include "core/base/time.hpp"
#include "fhir/path/html.hpp"

namespace fhir::validate {
namespace {

using json::Kind;

constexpr std::size_t longest_string = 1024 * 1024;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
constexpr bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

bool no_control_characters(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
}

bool is_short_enough(std::string_view text) {  // the limit is of characters, not bytes
  const auto starts_character = [](char c) { return (c & 0xC0) != 0x80; };
  return text.size() <= longest_string ||
         std::count_if(text.begin(), text.end(), starts_character) <= static_cast<std::ptrdiff_t>(longest_string);
}

bool is_string(std::string_view text) {
  return is_short_enough(text) && no_control_characters(text) && !std::all_of(text.begin(), text.end(), is_space);
}

bool is_markdown(std::string_view text) {
  return !text.empty() && is_short_enough(text) && no_control_characters(text);
}

bool is_uri(std::string_view text) {
  return !text.empty() &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20; });
}

bool is_code(std::string_view text) {
  if (text.empty() || is_space(text.front()) || is_space(text.back()) || !no_control_characters(text)) return false;
  for (std::size_t i = 1; i < text.size(); ++i)
    if (is_space(text[i]) && is_space(text[i - 1])) return false;
  return true;
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == '-' || c == '.';
  });
}

bool is_oid(std::string_view text) {
  if (!text.starts_with("urn:oid:")) return false;
  text.remove_prefix(8);
  if (text.size() < 3 || text[0] < '0' || text[0] > '2') return false;
  for (std::size_t at = 1; at < text.size();) {
    if (text[at++] != '.' || at == text.size() || !is_digit(text[at])) return false;
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (text[start] == '0' && at - start > 1) return false;
  }
  return true;
}

bool is_uuid(std::string_view text) {
  if (!text.starts_with("urn:uuid:")) return false;
  text.remove_prefix(9);
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_lower_hex(text[i])) return false;
  }
  return true;
}

bool is_base64(std::string_view text) {
  std::size_t count = 0, padding = 0;
  for (const char c : text) {
    if (is_space(c)) continue;
    if (c == '=') ++padding;
    else if (padding || !(is_digit(c) || is_letter(c) || c == '+' || c == '/')) return false;
    ++count;
  }
  return count && count % 4 == 0 && padding <= 2;
}

bool is_integer(std::string_view text, std::string_view largest) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit) || (text[0] == '0' && text.size() > 1))
    return false;
  return text.size() < largest.size() || (text.size() == largest.size() && text <= largest);
}

bool is_int32(std::string_view text) { return is_integer(text, text.starts_with('-') ? "2147483648" : "2147483647"); }
bool is_unsigned(std::string_view text) { return !text.starts_with('-') && is_integer(text, "2147483647"); }
bool is_positive(std::string_view text) { return text != "0" && is_unsigned(text); }
bool is_anything(std::string_view) { return true; }
bool is_narrative(std::string_view text) { return path::read_narrative(text).formed; }

// Takes `count` digits from the front as a number up to `most`, or says -1.
int digits(std::string_view& text, std::size_t count, int most) {
  if (text.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value <= most ? value : -1;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

enum class DatePart { invalid, year, month, day };

DatePart take_date(std::string_view& text) {
  core::Civil civil;
  civil.year = digits(text, 4, 9999);
  if (civil.year < 1) return DatePart::invalid;
  if (!take(text, '-')) return DatePart::year;
  civil.month = digits(text, 2, 12);
  if (civil.month < 1) return DatePart::invalid;
  if (!take(text, '-')) return DatePart::month;
  civil.day = digits(text, 2, 31);
  return core::exists(civil) ? DatePart::day : DatePart::invalid;
}

bool take_time(std::string_view& text) {
  if (digits(text, 2, 23) < 0 || !take(text, ':') || digits(text, 2, 59) < 0 || !take(text, ':') ||
      digits(text, 2, 60) < 0)
    return false;
  if (!take(text, '.')) return true;
  const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(count);
  return count > 0;
}

bool is_zone(std::string_view text) {
  if (text == "Z" || text == "+14:00" || text == "-14:00") return true;
  if (!take(text, '+') && !take(text, '-')) return false;
  return digits(text, 2, 13) >= 0 && take(text, ':') && digits(text, 2, 59) >= 0 && text.empty();
}

bool is_date(std::string_view text) { return take_date(text) != DatePart::invalid && text.empty(); }

bool is_date_time(std::string_view text) {
  const DatePart part = take_date(text);
  if (part == DatePart::invalid || text.empty()) return part != DatePart::invalid;
  return part == DatePart::day && take(text, 'T') && take_time(text) && is_zone(text);
}

bool is_instant(std::string_view text) {
  return take_date(text) == DatePart::day && take(text, 'T') && take_time(text) && is_zone(text);
}

bool is_time(std::string_view text) { return take_time(text) && text.empty(); }

// In the order of model::Primitive.
constexpr std::array<PrimitiveRule, 21> rules{{
    {Kind::null, is_anything, "nothing"},
    {Kind::string, is_base64, "base64 text in groups of four characters"},
    {Kind::boolean, is_anything, "true or false"},
    {Kind::string, is_uri, "a canonical URL without spaces"},
    {Kind::string, is_code, "a code: not empty, no space at either end, single spaces within"},
    {Kind::string, is_date, "a date YYYY, YYYY-MM or YYYY-MM-DD that exists"},
    {Kind::string, is_date_time,
     "a dateTime YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone, of a day that exists"},
    {Kind::number, is_anything, "a decimal number"},
    {Kind::string, is_id, "an id of 1 to 64 letters, digits, '-' and '.'"},
    {Kind::string, is_instant, "an instant YYYY-MM-DDThh:mm:ss with a time zone, of a day that exists"},
    {Kind::number, is_int32, "a whole number from -2147483648 to 2147483647"},
    {Kind::string, is_markdown, "text of 1 character to 1 MB without control characters"},
    {Kind::string, is_oid, "an OID such as urn:oid:1.2.3"},
    {Kind::number, is_positive, "a whole number from 1 to 2147483647"},
    {Kind::string, is_string, "text that is not only white space, up to 1 MB, without control characters"},
    {Kind::string, is_time, "a time hh:mm:ss"},
    {Kind::number, is_unsigned, "a whole number from 0 to 2147483647"},
    {Kind::string, is_uri, "a URI without spaces"},
    {Kind::string, is_uri, "a URL without spaces"},
    {Kind::string, is_uuid, "a UUID such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
    {Kind::string, is_narrative, "XHTML: one well-formed div with basic formatting and no active content"},
}};

}  // namespace

const PrimitiveRule& rule_of(model::Primitive primitive) { return rules[static_cast<std::size_t>(primitive)]; }

}  // namespace fhir::validate
