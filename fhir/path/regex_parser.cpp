#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "fhir/path/regex_program.hpp"
#include "fhir/path/unicode.hpp"

namespace fhir::path {
namespace {

using Op = Instruction::Op;
using Code = std::vector<Instruction>;  // jumps are relative to the fragment until it is placed

constexpr std::size_t longest_pattern = 10'000, longest_program = 50'000;
constexpr int most_repeats = 1000, deepest_groups = 100;

struct ClassName {
  std::string_view name;
  CharClass kind;
};
constexpr std::array<ClassName, 12> properties{{{"L", CharClass::letter},
                                                {"Letter", CharClass::letter},
                                                {"Lu", CharClass::upper},
                                                {"Ll", CharClass::lower},
                                                {"N", CharClass::number},
                                                {"Nd", CharClass::number},
                                                {"Z", CharClass::space},
                                                {"Zs", CharClass::space},
                                                {"P", CharClass::punctuation},
                                                {"Alpha", CharClass::letter},
                                                {"Any", CharClass::any},
                                                {"Uppercase", CharClass::upper}}};

class Compiler {
 public:
  Compiler(std::u32string_view pattern, Regex::Program& program) : pattern_(pattern), program_(program) {}

  std::optional<std::string> run() {
    Code body = alternatives();
    if (!problem_ && at_ < pattern_.size()) fail("unmatched )");
    if (problem_) return problem_;
    program_.code.push_back({Op::save, false, 0, 0, 0});
    place(body, program_.code);
    program_.code.push_back({Op::save, false, 0, 1, 0});
    program_.code.push_back({Op::match, false, 0, 0, 0});
    return std::nullopt;
  }

 private:
  bool more() const { return at_ < pattern_.size() && !problem_; }
  char32_t peek(std::size_t ahead = 0) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : U'\0'; }
  bool take(char32_t code) { return more() && peek() == code ? ++at_, true : false; }
  void fail(std::string message) {
    if (!problem_)
      problem_ = std::move(message) + " at character " + std::to_string(at_ + 1) + " of the regular expression";
  }

  static Instruction plain(Op op, std::uint32_t x = 0, std::uint32_t y = 0) { return {op, false, 0, x, y}; }

  // Appends a fragment; its targets count from its own start.
  void place(const Code& fragment, Code& into) {
    if (into.size() + fragment.size() > longest_program) return fail("the regular expression is too large");
    const auto base = static_cast<std::uint32_t>(into.size());
    for (Instruction one : fragment) {
      if (one.op == Op::split || one.op == Op::look) one.y += base;
      if (one.op == Op::split || one.op == Op::look || one.op == Op::jump) one.x += base;
      into.push_back(one);
    }
  }

  Code alternatives() {
    Code left = sequence();
    while (take(U'|')) {
      const Code right = sequence();
      Code both;
      both.push_back(plain(Op::split, 1, static_cast<std::uint32_t>(left.size()) + 2));
      place(left, both);
      both.push_back(plain(Op::jump, static_cast<std::uint32_t>(left.size() + right.size()) + 2));
      place(right, both);
      left = std::move(both);
    }
    return left;
  }

  Code sequence() {
    Code all;
    while (more() && peek() != U'|' && peek() != U')') {
      Code one = atom();
      place(repeated(std::move(one)), all);
    }
    return all;
  }

  Code repeated(Code one) {
    int least = 1, most = 1;
    if (take(U'*')) {
      least = 0, most = -1;
    } else if (take(U'+')) {
      most = -1;
    } else if (take(U'?')) {
      least = 0;
    } else if (!counted(least, most)) {
      return one;
    }
    const bool lazy = take(U'?');
    take(U'+');  // possessive: the automaton has nothing to give back
    if (peek() == U'*' || peek() == U'?' || peek() == U'+') fail("nothing to repeat");
    Code all;
    for (int i = 0; i < least && !problem_; ++i) place(one, all);
    const auto size = static_cast<std::uint32_t>(one.size());
    const auto choice = [&](std::uint32_t in, std::uint32_t past) {
      return lazy ? plain(Op::split, past, in) : plain(Op::split, in, past);
    };
    if (most < 0) {
      Code loop{choice(1, size + 2)};
      place(one, loop);
      loop.push_back(plain(Op::jump, 0));
      place(loop, all);
    }
    for (int i = least; i < most && !problem_; ++i) {
      Code optional{choice(1, size + 1)};
      place(one, optional);
      place(optional, all);
    }
    return all;
  }

  bool counted(int& least, int& most) {  // {n}, {n,}, {n,m}; anything else is the character {
    if (peek() != U'{') return false;
    std::size_t at = at_ + 1;
    const auto number = [&](int& value) {
      const std::size_t first = at;
      for (value = 0; at < pattern_.size() && pattern_[at] >= U'0' && pattern_[at] <= U'9'; ++at)
        value = std::min(value * 10 + static_cast<int>(pattern_[at] - U'0'), most_repeats + 1);
      return at > first;
    };
    if (!number(least)) return false;
    most = least;
    if (at < pattern_.size() && pattern_[at] == U',') {
      ++at;
      if (!number(most)) most = -1;
    }
    if (at >= pattern_.size() || pattern_[at] != U'}') return false;
    if (least > most_repeats || most > most_repeats || (most >= 0 && most < least))
      fail("a repetition is out of range");
    at_ = at + 1;
    return true;
  }

  Code atom() {
    const char32_t code = peek();
    if (code == U'(') return group();
    if (code == U'*' || code == U'+' || code == U'?') return fail("nothing to repeat"), Code();
    ++at_;
    switch (code) {
      case U'.': return {plain(Op::any)};
      case U'^': return {plain(Op::line_start)};
      case U'$': return {plain(Op::line_end)};
      case U'[': return bracket();
      case U'\\': return escaped();
      default: return character(code);
    }
  }

  Code character(char32_t code) const {
    Instruction one = plain(Op::character);
    one.code = program_.options.ignore_case ? lower(code) : code;
    return {one};
  }

  Code group() {
    ++at_;
    if (++depth_ > deepest_groups) return fail("groups are nested too deeply"), Code();
    bool capture = true;
    std::optional<bool> look;  // true: (?!
    std::u32string name;
    if (take(U'?')) {
      capture = false;
      if (take(U'=')) {
        look = false;
      } else if (take(U'!')) {
        look = true;
      } else if (peek() == U'<' && peek(1) != U'=' && peek(1) != U'!') {
        capture = true;
        for (++at_; more() && peek() != U'>'; ++at_) name += peek();
        take(U'>');
      } else if (!take(U':')) {
        return fail("this kind of group is not supported"), Code();
      }
    }
    const std::size_t number = capture ? program_.groups++ : 0;
    if (!name.empty()) program_.names.emplace_back(name, number);
    const Code inner = alternatives();
    if (!take(U')')) return fail("a group is not closed"), Code();
    --depth_;
    Code all;
    if (look) {
      Instruction one = plain(Op::look, 1, static_cast<std::uint32_t>(inner.size()) + 2);
      one.negated = *look;
      all.push_back(one);
      place(inner, all);
      all.push_back(plain(Op::match));
      return all;
    }
    if (capture) all.push_back(plain(Op::save, static_cast<std::uint32_t>(number * 2)));
    place(inner, all);
    if (capture) all.push_back(plain(Op::save, static_cast<std::uint32_t>(number * 2 + 1)));
    return all;
  }

  Code set(CharSet chars) {
    program_.sets.push_back(std::move(chars));
    return {plain(Op::set, static_cast<std::uint32_t>(program_.sets.size() - 1))};
  }

  Code escaped() {
    if (!more()) return fail("the regular expression ends in a backslash"), Code();
    if (take(U'b')) return {plain(Op::boundary)};
    if (take(U'B')) return {plain(Op::no_boundary)};
    if (take(U'A')) return {plain(Op::line_start)};
    if (peek() >= U'1' && peek() <= U'9') return fail("back-references are not supported"), Code();
    CharSet chars;
    if (member(chars)) return set(std::move(chars));
    return character(single());
  }

  // \d \w \s \p{..} and their opposites.
  bool member(CharSet& chars) {
    constexpr std::u32string_view letters = U"dwsDWS";
    const auto which = letters.find(peek());
    if (which != std::u32string_view::npos) {
      constexpr std::array<CharClass, 3> kinds{CharClass::digit, CharClass::word, CharClass::space};
      chars.classes.push_back({kinds[which % 3], which >= 3});
      ++at_;
      return true;
    }
    if ((peek() != U'p' && peek() != U'P') || peek(1) != U'{') return false;
    const bool negated = peek() == U'P';
    std::string name;
    for (at_ += 2; more() && peek() != U'}'; ++at_) append_utf8(name, peek());
    take(U'}');
    const auto found =
        std::find_if(properties.begin(), properties.end(), [&](const ClassName& row) { return row.name == name; });
    if (found == properties.end()) return fail("unknown property \\p{" + name + "}"), true;
    chars.classes.push_back({found->kind, negated});
    return true;
  }

  char32_t single() {  // the character an escape stands for
    const char32_t code = peek();
    ++at_;
    constexpr std::u32string_view from = U"ntrfv0e", to = U"\n\t\r\f\v\0\x1B";
    const auto known = from.find(code);
    if (known != std::u32string_view::npos) return to[known];
    const std::size_t digits = code == U'x' ? 2 : code == U'u' ? 4 : 0;
    char32_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char32_t c = lower(peek(i));
      const bool decimal = c >= U'0' && c <= U'9';
      if (!decimal && (c < U'a' || c > U'f')) return code;
      value = value * 16 + (decimal ? c - U'0' : c - U'a' + 10);
    }
    at_ += digits;
    return digits > 0 ? value : code;
  }

  Code bracket() {
    CharSet chars;
    chars.negated = take(U'^');
    for (bool first = true; more() && (first || peek() != U']'); first = false) {
      std::optional<char32_t> low = one_of(chars);
      if (!low) continue;
      char32_t high = *low;
      if (peek() == U'-' && peek(1) != U']' && peek(1) != U'\0') {
        ++at_;
        const auto end = one_of(chars);
        if (!end || *end < *low) return fail("a range in [ ] is reversed"), Code();
        high = *end;
      }
      chars.ranges.push_back({*low, high});
    }
    if (!take(U']')) return fail("a [ is not closed"), Code();
    return set(std::move(chars));
  }

  std::optional<char32_t> one_of(CharSet& chars) {  // nullopt: it was a class, and is in `chars`
    const char32_t code = peek();
    ++at_;
    if (code != U'\\') return code;
    if (member(chars)) return std::nullopt;
    if (take(U'b')) return U'\b';
    return single();
  }

  std::u32string_view pattern_;
  Regex::Program& program_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<std::string> problem_;
};

}  // namespace

core::Result<Regex::Program> compile_regex(std::u32string_view pattern, Regex::Options options) {
  if (pattern.size() > longest_pattern)
    return core::Error{core::Kind::too_large, "the regular expression is too long", {}};
  Regex::Program program;
  program.options = options;
  if (auto problem = Compiler(pattern, program).run()) return core::invalid(std::move(*problem));
  return program;
}

}  // namespace fhir::path
