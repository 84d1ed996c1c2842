#include "fhir/path/regex.hpp"

#include <algorithm>

#include "fhir/path/regex_program.hpp"
#include "fhir/path/unicode.hpp"

namespace fhir::path {
namespace {

using Op = Instruction::Op;
using Groups = Regex::Groups;
constexpr std::size_t most_work = 30'000'000;
constexpr int deepest_look = 10;

bool is_word(char32_t code) { return code == U'_' || is_letter(code) || is_number(code); }

bool in_class(CharClass kind, char32_t code) {
  switch (kind) {
    case CharClass::digit: return code >= U'0' && code <= U'9';
    case CharClass::word: return code < 0x80 && is_word(code);
    case CharClass::space: return is_space(code);
    case CharClass::letter: return is_letter(code);
    case CharClass::upper: return is_upper(code);
    case CharClass::lower: return is_lower(code);
    case CharClass::number: return is_number(code);
    case CharClass::punctuation:
      return code < 0x80 ? std::u32string_view(U"!\"#%&'()*,-./:;?@[\\]_{}").find(code) != std::u32string_view::npos
                         : (code >= 0x2010 && code <= 0x2027) || (code >= 0x3001 && code <= 0x3003);
    case CharClass::any: break;
  }
  return true;
}

// One run of the automaton: threads in order of preference, each with the groups it has seen.
class Machine {
 public:
  // Without `capture` no groups are kept, and the first match of any length ends the run.
  Machine(const Regex::Program& program, std::u32string_view text, std::size_t& work, bool capture)
      : program_(program), text_(text), work_(work), capture_(capture) {}

  bool exhausted() const { return work_ > most_work; }

  std::optional<Groups> run(std::size_t entry, std::size_t from, bool anchored, int depth) {
    depth_ = depth;
    std::optional<Groups> best;
    List now, next;
    now.seen.assign(program_.code.size(), 0), next.seen.assign(program_.code.size(), 0);
    for (std::size_t at = from; at <= text_.size() && !exhausted(); ++at) {
      if (!best && (at == from || !anchored))
        add(now, entry, at, Groups(capture_ ? program_.groups * 2 : 0, Regex::npos));
      if (now.threads.empty() && (best || anchored)) break;
      next.clear();
      for (Thread& thread : now.threads) {
        const Instruction& one = program_.code[thread.at];
        if (one.op == Op::match) {
          best = std::move(thread.groups);
          if (!capture_) return best;
          break;  // what comes after has less preference
        }
        if (at < text_.size() && accepts(one, text_[at])) add(next, thread.at + 1, at + 1, std::move(thread.groups));
      }
      std::swap(now, next);
    }
    return best;
  }

 private:
  struct Thread {
    std::size_t at;
    Groups groups;
  };
  struct List {
    std::vector<Thread> threads;
    std::vector<std::uint32_t> seen;  // generation in which an instruction was entered
    std::uint32_t generation = 1;
    void clear() {
      threads.clear();
      ++generation;
    }
  };

  bool accepts(const Instruction& one, char32_t code) const {
    const bool fold = program_.options.ignore_case;
    if (one.op == Op::any) return true;
    if (one.op == Op::character) return (fold ? lower(code) : code) == one.code;
    return one.op == Op::set && program_.sets[one.x].holds(code, fold);
  }

  // Follows what consumes no character, without recursion.
  void add(List& list, std::size_t entry, std::size_t position, Groups groups) {
    std::vector<Thread>& pending = pending_;
    pending.push_back({entry, std::move(groups)});
    while (!pending.empty()) {
      Thread thread = std::move(pending.back());
      pending.pop_back();
      work_ += 1 + thread.groups.size() / 8;
      if (list.seen[thread.at] == list.generation) continue;
      list.seen[thread.at] = list.generation;
      const Instruction& one = program_.code[thread.at];
      switch (one.op) {
        case Op::jump: pending.push_back({one.x, std::move(thread.groups)}); break;
        case Op::split:
          pending.push_back({one.y, thread.groups});
          pending.push_back({one.x, std::move(thread.groups)});
          break;
        case Op::save:
          if (capture_) thread.groups[one.x] = position;
          pending.push_back({thread.at + 1, std::move(thread.groups)});
          break;
        case Op::look:
          if (looks(one, position)) pending.push_back({one.y, std::move(thread.groups)});
          break;
        case Op::line_start:
        case Op::line_end:
        case Op::boundary:
        case Op::no_boundary:
          if (stands(one.op, position)) pending.push_back({thread.at + 1, std::move(thread.groups)});
          break;
        default: list.threads.push_back(std::move(thread));
      }
    }
  }

  bool looks(const Instruction& one, std::size_t position) {
    if (depth_ >= deepest_look) return work_ = most_work + 1, false;
    Machine inner(program_, text_, work_, false);
    return inner.run(one.x, position, true, depth_ + 1).has_value() != one.negated;
  }

  bool stands(Op op, std::size_t position) const {
    const bool lines = program_.options.multiline;
    if (op == Op::line_start) return position == 0 || (lines && text_[position - 1] == U'\n');
    if (op == Op::line_end) return position == text_.size() || (lines && text_[position] == U'\n');
    const bool before = position > 0 && is_word(text_[position - 1]),
               after = position < text_.size() && is_word(text_[position]);
    return (before != after) == (op == Op::boundary);
  }

  const Regex::Program& program_;
  std::u32string_view text_;
  std::size_t& work_;
  bool capture_;
  int depth_ = 0;
  std::vector<Thread> pending_;
};

}  // namespace

bool CharSet::holds(char32_t code, bool ignore_case) const {
  const auto one = [&](char32_t c) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const Range& range) { return c >= range.first && c <= range.last; }) ||
           std::any_of(classes.begin(), classes.end(),
                       [&](const Member& member) { return in_class(member.kind, c) != member.negated; });
  };
  const bool found = one(code) || (ignore_case && (one(lower(code)) || one(upper(code))));
  return found != negated;
}

core::Result<Regex> Regex::compile(std::u32string_view pattern, Options options) {
  auto program = compile_regex(pattern, options);
  if (!program) return std::move(program.error());
  Regex regex;
  regex.program_ = std::make_shared<const Program>(std::move(*program));
  return regex;
}

core::Result<std::optional<Regex::Groups>> Regex::find(std::u32string_view text, std::size_t from,
                                                       std::size_t* total) const {
  std::size_t work = program_->code.size();
  Machine machine(*program_, text, work, true);
  auto found = machine.run(0, from, false, 0);
  if (total) *total += work;
  if (machine.exhausted())
    return core::Error{core::Kind::too_large, "the regular expression takes too many steps on this text", {}};
  return found;
}

core::Result<bool> Regex::matches(std::u32string_view text) const {
  std::size_t work = 0;
  Machine machine(*program_, text, work, false);
  const bool found = machine.run(0, 0, false, 0).has_value();
  if (machine.exhausted())
    return core::Error{core::Kind::too_large, "the regular expression takes too many steps on this text", {}};
  return found;
}

std::optional<std::size_t> Regex::group(std::u32string_view name) const {
  for (const auto& [known, number] : program_->names)
    if (known == name) return number;
  return std::nullopt;
}

}  // namespace fhir::path
