#include "fhir/path/families.hpp"
#include "fhir/path/regex.hpp"
#include "fhir/path/unicode.hpp"

namespace fhir::path::functions {
namespace {

// Flags: i (case does not matter) and m (^ and $ at every line). The dot always matches a line end too.
std::shared_ptr<const Regex> compiled(const Call& call, std::size_t flags_at, bool whole) {
  if (call.node.regex) return call.node.regex;
  const auto pattern = call.text(0);
  Regex::Options options;
  if (pattern && call.count() > flags_at) {
    const auto flags = call.text(flags_at);
    for (const char flag : flags.value_or("")) {
      if (flag != 'i' && flag != 'm')
        return call.fail("unknown flag '" + std::string(1, flag) + "' of a regular expression"), nullptr;
      (flag == 'i' ? options.ignore_case : options.multiline) = true;
    }
  }
  if (!pattern || call.failed()) return nullptr;
  auto regex = Regex::compile(code_points(whole ? "^(?:" + *pattern + ")$" : *pattern), options);
  if (regex) return std::make_shared<const Regex>(std::move(*regex));
  call.on.fail(call.node, regex.error().message, regex.error().kind);
  return nullptr;
}

std::optional<Regex::Groups> found(const Call& call, const Regex& regex, std::u32string_view text, std::size_t from) {
  std::size_t work = 0;
  auto result = regex.find(text, from, &work);
  if (!call.on.spend(call.node, work / 16)) return std::nullopt;
  if (result) return std::move(*result);
  call.on.fail(call.node, result.error().message, result.error().kind);
  return std::nullopt;
}

void search(const Call& call, bool whole, Collection& out) {
  const auto text = call.input_text();
  const auto regex = text ? compiled(call, 1, whole) : nullptr;
  if (!regex) return;
  const auto match = regex->matches(code_points(*text));
  if (!match) return call.on.fail(call.node, match.error().message, match.error().kind);
  out.push_back(boolean_item(*match));
}

// $1, ${1} and ${name} stand for groups, $$ for a dollar.
void expand(const Regex& regex, std::u32string_view by, std::u32string_view text, const Regex::Groups& groups,
            std::u32string& out) {
  for (std::size_t at = 0; at < by.size(); ++at) {
    if (by[at] != U'$' || at + 1 == by.size()) {
      out += by[at];
      continue;
    }
    std::size_t end = at + 1;
    std::optional<std::size_t> group;
    if (by[end] == U'{') {
      const auto close = by.find(U'}', end);
      if (close != std::u32string_view::npos) {
        const auto name = by.substr(end + 1, close - end - 1);
        group = name.size() == 1 && name[0] >= U'0' && name[0] <= U'9' ? std::optional<std::size_t>(name[0] - U'0')
                                                                       : regex.group(name);
        end = close + 1;
      }
    } else if (by[end] >= U'0' && by[end] <= U'9') {
      group = by[end++] - U'0';
    }
    if (group && *group * 2 + 1 < groups.size()) {
      const std::size_t first = groups[*group * 2], last = groups[*group * 2 + 1];
      if (first != Regex::npos && last != Regex::npos) out += text.substr(first, last - first);
      at = end - 1;
    } else {
      out += U'$';
      if (by[at + 1] == U'$') ++at;
    }
  }
}

}  // namespace

// A pattern that is written in the expression is compiled once, when the expression is parsed.
void matches(const Call& call, Collection& out) { search(call, false, out); }
void matches_full(const Call& call, Collection& out) { search(call, true, out); }

void replace_matches(const Call& call, Collection& out) {
  constexpr std::size_t longest_text = 4 * 1024 * 1024;
  const auto input = call.input_text();
  const auto regex = input ? compiled(call, 2, false) : nullptr;
  const auto substitution = regex ? call.text(1) : std::nullopt;
  if (!substitution) return;
  const std::u32string text = code_points(*input), by = code_points(*substitution);
  if (call.node.children[0]->form == Node::Form::string && call.node.children[0]->text.empty()) {
    out.push_back(string_item(*input));  // an empty expression replaces nothing
    return;
  }
  std::u32string result;
  std::size_t from = 0;
  while (from <= text.size()) {
    const auto groups = found(call, *regex, text, from);
    if (call.failed() || !groups) break;
    const std::size_t first = (*groups)[0], last = (*groups)[1];
    result.append(text, from, first - from);
    expand(*regex, by, text, *groups, result);
    from = last;
    if (first == last) {  // an empty match: step on by one
      if (from < text.size()) result += text[from];
      ++from;
    }
    if (result.size() > longest_text) return call.on.fail(call.node, "the text grows too long", core::Kind::too_large);
    if (call.failed()) return;
  }
  if (from < text.size()) result.append(text, from);
  out.push_back(string_item(utf8(result)));
}

}  // namespace fhir::path::functions

namespace fhir::path {

void prepare_pattern(Node& call) {
  const bool flags = call.children.size() > (call.text == "replaceMatches" ? 2U : 1U);
  const bool matching = call.text == "matches" || call.text == "matchesFull" || call.text == "replaceMatches";
  if (!matching || flags || call.children.empty() || call.children[0]->form != Node::Form::string) return;
  const std::string& pattern = call.children[0]->text;
  auto regex = Regex::compile(code_points(call.text == "matchesFull" ? "^(?:" + pattern + ")$" : pattern), {});
  if (regex) call.regex = std::make_shared<const Regex>(std::move(*regex));
}

}  // namespace fhir::path
