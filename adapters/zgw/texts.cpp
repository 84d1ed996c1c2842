#include "adapters/zgw/texts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "fhir/care/task.hpp"

namespace adapters::zgw {
namespace {

constexpr std::string_view ellipsis = "\xE2\x80\xA6", prefix = "PB-";
constexpr std::size_t longest_number = 40;

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_plain(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; }

}  // namespace

std::string cut(std::string_view text, std::size_t characters) {
  std::size_t count = 0, end = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (continues(text[i])) continue;
    if (++count == characters) end = i;
    if (count > characters) return std::string(text.substr(0, end)).append(ellipsis);
  }
  return std::string(text);
}

std::string_view first_character(std::string_view text) {
  std::size_t end = text.empty() ? 0 : 1;
  while (end < text.size() && continues(text[end])) ++end;
  return text.substr(0, end);
}

std::string case_number(std::string_view id) {
  const bool fits = id.size() + prefix.size() <= longest_number && std::all_of(id.begin(), id.end(), is_plain);
  return std::string(prefix).append(fits ? std::string(id) : fhir::care::task_id_from(id).substr(4));
}

std::string_view need_in_dutch(std::string_view need) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> words{
      {{"housing", "huisvesting"},
       {"food", "voedsel"},
       {"money", "geld, energie of schulden"},
       {"child-care", "kinderopvang"},
       {"care-cost", "kosten van zorg"},
       {"transport", "vervoer"},
       {"isolation", "contact met anderen"},
       {"safety", "veiligheid in en om huis"},
       {"violence", "veiligheid bij de partner"},
       {"work", "werk"},
       {"education", "opleiding"},
       {"insurance", "zorgverzekering"},
       {"stress", "spanning"},
       {"justice", "detentie"},
       {"refugee", "status als vluchteling"},
       {"language", "taal"}}};
  const auto found = std::find_if(words.begin(), words.end(), [&](const auto& each) { return each.first == need; });
  return found == words.end() ? need : found->second;
}

std::string_view last_segment(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url.substr(url.rfind('/') + 1);
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 && std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
         });
}

std::string escaped(std::string_view value) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(c) || c == '.' || c == '_' || c == '~') text.push_back(c);
    else text.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return text;
}

std::optional<std::string> bsn_from(std::string_view text) {
  if (text.size() != 9 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  if (text.find_first_not_of('0') == text.npos) return std::nullopt;
  return std::string(text);
}

std::string second_text(core::Instant instant) { return core::text(instant).substr(0, 19) + "Z"; }

}  // namespace adapters::zgw
