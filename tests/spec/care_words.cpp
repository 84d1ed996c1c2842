#include "tests/spec/care_words.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>

#include "tests/spec/care_world.hpp"

namespace spec::care {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
  return first == std::string_view::npos ? std::string() : std::string(text.substr(first, last - first + 1));
}

std::vector<std::string> split(std::string_view text, char mark) {
  std::vector<std::string> parts;
  bool quoted = false;
  std::string part;
  for (const char c : text) {
    quoted ^= c == '"';
    if (c == mark && !quoted) parts.push_back(trimmed(std::exchange(part, {})));
    else part += c;
  }
  parts.push_back(trimmed(part));
  return parts;
}

std::string id_from(std::string_view words) {
  std::string id = lower(words);
  for (char& c : id)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '-';
  return id;
}

const Words& Words::shipped() {
  static const Words words = [] {
    Words made;
    std::ifstream in(PANELBRIDGE_SOURCE "/tests/spec/care/words.txt");
    if (!in) throw std::runtime_error("tests/spec/care/words.txt cannot be read");
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      line = trimmed(line);
      if (line.empty() || line.front() == '#') continue;
      const std::size_t mark = line.find(" = ");
      const std::string word = lower(trimmed(line.substr(0, mark)));
      const bool good = mark != std::string::npos && (line.find('|') != std::string::npos || word.starts_with("unit "));
      if (!good || !made.words_.emplace(word, trimmed(line.substr(mark + 3))).second)
        throw std::runtime_error("words.txt:" + std::to_string(number) +
                                 ": a line is 'word = system|code', each word once");
    }
    return made;
  }();
  return words;
}

Words::Word Words::read(std::string_view text) const {
  const std::string whole = lower(text);
  for (std::size_t end = whole.size();; end = whole.rfind(' ', end - 1)) {
    if (end == std::string::npos) break;
    if (const auto found = words_.find(trimmed(whole.substr(0, end))); found != words_.end()) {
      const std::size_t bar = found->second.rfind('|');
      return {found->second.substr(0, bar), found->second.substr(bar + 1), trimmed(text.substr(end))};
    }
    if (end == 0) break;
  }
  throw Failure("'" + std::string(text) + "' begins with no word of words.txt");
}

Words::Word Words::answer(std::string_view text) const {
  const Word found = read("answer " + std::string(text));
  if (!found.rest.empty()) throw Failure("'" + std::string(text) + "' is no answer of words.txt");
  return found;
}

std::string Words::unit(std::string_view text) const {
  const auto found = words_.find("unit " + lower(text));
  return found == words_.end() ? std::string(text) : found->second;
}

}  // namespace spec::care
