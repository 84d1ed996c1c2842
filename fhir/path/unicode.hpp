// The little of Unicode that strings in expressions need: UTF-8 to and from code points, case, letters, white space.
// Never: depends on the machine's locale. Case covers Latin, Greek, Cyrillic and Armenian letters that map one to one.
// Threads: pure functions. Source: RFC 3629; Unicode 15 (UnicodeData).
#pragma once
#include <string>
#include <string_view>

namespace fhir::path {

bool valid_utf8(std::string_view text);
std::u32string code_points(std::string_view text);  // a malformed byte becomes U+FFFD
std::string utf8(std::u32string_view text);
void append_utf8(std::string& out, char32_t code);
std::size_t length_of(std::string_view text);  // code points
char32_t upper(char32_t code);
char32_t lower(char32_t code);
bool is_upper(char32_t code);
bool is_lower(char32_t code);
bool is_letter(char32_t code);
bool is_number(char32_t code);
bool is_space(char32_t code);
std::string upper(std::string_view text);
std::string lower(std::string_view text);

}  // namespace fhir::path
