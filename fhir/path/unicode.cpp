#include "fhir/path/unicode.hpp"

#include <array>

namespace fhir::path {
namespace {

// Reads one code point at `at`; returns its length in bytes, 0 when malformed.
std::size_t decode(std::string_view text, std::size_t at, char32_t& code) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return code = first, 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  code = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
    code = (code << 6) | (byte(at + i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
  return length;
}

// Capital letters [first, last] whose small letter is `shift` away; step 2: capital and small letters alternate.
struct CaseRange {
  char32_t first, last;
  int shift, step;
};
constexpr std::array<CaseRange, 24> cases{{
    {0x41, 0x5A, 32, 1},   {0xC0, 0xD6, 32, 1},   {0xD8, 0xDE, 32, 1},   {0x100, 0x12E, 1, 2},
    {0x132, 0x136, 1, 2},  {0x139, 0x147, 1, 2},  {0x14A, 0x176, 1, 2},  {0x178, 0x178, -121, 1},
    {0x179, 0x17D, 1, 2},  {0x1CD, 0x1DB, 1, 2},  {0x1DE, 0x1EE, 1, 2},  {0x1F8, 0x21E, 1, 2},
    {0x222, 0x232, 1, 2},  {0x386, 0x386, 38, 1}, {0x388, 0x38A, 37, 1}, {0x391, 0x3A1, 32, 1},
    {0x3A3, 0x3AB, 32, 1}, {0x400, 0x40F, 80, 1}, {0x410, 0x42F, 32, 1}, {0x460, 0x480, 1, 2},
    {0x48A, 0x4BE, 1, 2},  {0x4D0, 0x52E, 1, 2},  {0x531, 0x556, 48, 1}, {0x1E00, 0x1E94, 1, 2},
}};
constexpr CaseRange vietnamese{0x1EA0, 0x1EFE, 1, 2};

bool capital_in(const CaseRange& range, char32_t code) {
  return code >= range.first && code <= range.last && (code - range.first) % static_cast<char32_t>(range.step) == 0;
}

bool small_in(const CaseRange& range, char32_t code) {
  return capital_in(range, static_cast<char32_t>(static_cast<int>(code) - range.shift));
}

template <class Test>
const CaseRange* range_of(char32_t code, Test test) {
  for (const auto& range : cases)
    if (test(range, code)) return &range;
  return test(vietnamese, code) ? &vietnamese : nullptr;
}

struct Span {
  char32_t first, last;
};
// Letters without case, and blocks of letters; coarse outside the scripts above.
constexpr std::array<Span, 16> letters{{{0xAA, 0xAA},
                                        {0xB5, 0xB5},
                                        {0xBA, 0xBA},
                                        {0xDF, 0xF6},
                                        {0xF8, 0x2C1},
                                        {0x370, 0x373},
                                        {0x376, 0x377},
                                        {0x37B, 0x37D},
                                        {0x386, 0x481},
                                        {0x48A, 0x587},
                                        {0x5D0, 0x5EA},
                                        {0x620, 0x64A},
                                        {0x904, 0x939},
                                        {0xE01, 0xE30},
                                        {0x10A0, 0x10FF},
                                        {0x1E00, 0x1FFC}}};
constexpr std::array<Span, 4> far_letters{{{0x3041, 0x30FA}, {0x3400, 0x9FFF}, {0xAC00, 0xD7A3}, {0x20000, 0x2FFFF}}};

template <class Spans>
bool within(const Spans& spans, char32_t code) {
  for (const auto& span : spans)
    if (code >= span.first && code <= span.last) return true;
  return false;
}

}  // namespace

bool valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    char32_t code = 0;
    const std::size_t length = decode(text, at, code);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::u32string code_points(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    char32_t code = 0;
    const std::size_t length = decode(text, at, code);
    out += length == 0 ? U'\xFFFD' : code;
    at += length == 0 ? 1 : length;
  }
  return out;
}

void append_utf8(std::string& out, char32_t code) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    tail(12), tail(6), tail(0);
  }
}

std::string utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t code : text) append_utf8(out, code);
  return out;
}

std::size_t length_of(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

bool is_upper(char32_t code) { return range_of(code, capital_in) != nullptr; }

bool is_lower(char32_t code) {
  return range_of(code, small_in) != nullptr || code == 0xDF || code == 0x131 || code == 0x138 || code == 0x149 ||
         code == 0x17F || code == 0xB5 || code == 0x390 || code == 0x3B0 || code == 0x3C2 ||
         (code >= 0x3CC && code <= 0x3CE);
}

char32_t lower(char32_t code) {
  if (code == 0x38C) return 0x3CC;
  if (code == 0x38E || code == 0x38F) return code + 63;
  const auto* range = range_of(code, capital_in);
  return range ? static_cast<char32_t>(static_cast<int>(code) + range->shift) : code;
}

char32_t upper(char32_t code) {
  if (code == 0x3CC) return 0x38C;
  if (code == 0x3CD || code == 0x3CE) return code - 63;
  if (code == 0x3C2) return 0x3A3;
  const auto* range = range_of(code, small_in);
  return range ? static_cast<char32_t>(static_cast<int>(code) - range->shift) : code;
}

bool is_letter(char32_t code) {
  return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= 0xC0 && code <= 0xD6) ||
         (code >= 0xD8 && code <= 0xDE) || within(letters, code) || within(far_letters, code);
}

bool is_number(char32_t code) {
  return (code >= '0' && code <= '9') || (code >= 0x660 && code <= 0x669) || (code >= 0x966 && code <= 0x96F) ||
         (code >= 0xFF10 && code <= 0xFF19);
}

bool is_space(char32_t code) {
  return (code >= 9 && code <= 13) || code == ' ' || code == 0x85 || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F ||
         code == 0x3000 || code == 0xFEFF;
}

std::string upper(std::string_view text) {
  std::string out;
  for (const char32_t code : code_points(text)) append_utf8(out, upper(code));
  return out;
}

std::string lower(std::string_view text) {
  std::string out;
  for (const char32_t code : code_points(text)) append_utf8(out, lower(code));
  return out;
}

}  // namespace fhir::path
