// Regular expressions that cannot be used to attack: simulated as an automaton, time is text times pattern, no
// recursion on the text, and both are bounded. Knows groups (also named and non-capturing), classes, \p{...}, anchors,
// counted and lazy repetition, lookahead. Back-references and lookbehind are refused. Never: backtracks. Threads: a
// compiled Regex is immutable. Source: PCRE syntax as FHIRPath N1 5.6 uses it (dot matches all).
#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace fhir::path {

class Regex {
 public:
  struct Options {
    bool ignore_case = false;
    bool multiline = false;  // ^ and $ also match at line ends
  };
  static core::Result<Regex> compile(std::u32string_view pattern, Options options);

  using Groups =
      std::vector<std::size_t>;  // begin and end of each group, the whole match first; npos: did not take part
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  // The leftmost match at or after `from`. Kind::too_large when the work exceeds its bound; `work` is increased by what
  // it took.
  core::Result<std::optional<Groups>> find(std::u32string_view text, std::size_t from = 0,
                                           std::size_t* work = nullptr) const;
  // Is there a match at all? Cheaper than find: stops at the first sign of one.
  core::Result<bool> matches(std::u32string_view text) const;
  std::optional<std::size_t> group(std::u32string_view name) const;

  struct Program;

 private:
  std::shared_ptr<const Program> program_;
};

}  // namespace fhir::path
