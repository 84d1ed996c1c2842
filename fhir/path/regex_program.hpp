// What a regular expression is compiled to. Internal to regex.cpp (matching) and regex_parser.cpp (compiling).
// Never: used elsewhere. Threads: immutable once compiled. Source: K. Thompson, R. Pike (virtual machine approach).
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fhir/path/regex.hpp"

namespace fhir::path {

enum class CharClass : std::uint8_t { digit, word, space, letter, upper, lower, number, punctuation, any };

struct CharSet {
  struct Range {
    char32_t first, last;
  };
  struct Member {
    CharClass kind;
    bool negated;
  };
  std::vector<Range> ranges;
  std::vector<Member> classes;
  bool negated = false;
  bool holds(char32_t code, bool ignore_case) const;
};

struct Instruction {
  enum class Op : std::uint8_t {
    character,
    any,
    set,
    split,
    jump,
    save,
    line_start,
    line_end,
    boundary,
    no_boundary,
    look,
    match
  };
  Op op = Op::match;
  bool negated = false;  // look: (?!
  char32_t code = 0;     // character
  std::uint32_t x = 0;   // split: preferred; jump: target; save: slot; set: index; look: first instruction inside
  std::uint32_t y = 0;   // split: other; look: where to go on
};

struct Regex::Program {
  std::vector<Instruction> code;
  std::vector<CharSet> sets;
  std::vector<std::pair<std::u32string, std::size_t>> names;
  std::size_t groups = 1;
  Options options;
};

core::Result<Regex::Program> compile_regex(std::u32string_view pattern, Regex::Options options);

}  // namespace fhir::path
