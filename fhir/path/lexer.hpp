// Cuts the text of a FHIRPath expression into tokens, with the byte offset of each. Literals come unescaped and
// range-checked. Never: allocates beyond the tokens; reads outside the text. Threads: pure function. Source: FHIRPath
// N1 appendix B (lexical part), section 4.1 (literals).
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace fhir::path {

struct Token {
  enum class Kind : unsigned char {
    end,
    identifier,
    delimited,
    string,
    number,
    long_number,
    date,
    datetime,
    time,
    variable,
    special,
    symbol
  };
  Kind kind = Kind::end;
  std::string text;  // identifier, string: unescaped; special: "$this"; variable: the name after %; symbol: as written
  std::size_t position = 0;  // byte offset of its first character
};

core::Result<std::vector<Token>> tokens(std::string_view text);

// "at line 2, column 5" (columns count characters, from 1); only the column in a text of one line.
std::string place(std::string_view text, std::size_t position);

}  // namespace fhir::path
