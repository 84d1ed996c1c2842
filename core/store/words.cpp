// The meaning of full-text search: whole words that follow each other, in one text of the resource.
#include <algorithm>

#include "core/store/query.hpp"

namespace core::store {
namespace {

bool holds(const std::string& text, const Term& part) {
  const std::string& words = part.value;
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    const std::size_t end = at + words.size();
    const bool starts = at == 0 || text[at - 1] == ' ';
    if (starts && (part.compare == Compare::begins || end == text.size() || text[end] == ' ')) return true;
  }
  return false;
}

}  // namespace

bool Resolver::words(const Criterion&, const Subject&) { return false; }

bool matches(const std::vector<Term>& any, bool narrative_only, const Texts& texts) {
  return std::any_of(any.begin(), any.end(), [&](const Term& term) {
    return std::all_of(term.parts.begin(), term.parts.end(), [&](const Term& part) {
      return holds(texts.narrative, part) || (!narrative_only && holds(texts.content, part));
    });
  });
}

}  // namespace core::store
