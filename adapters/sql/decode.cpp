#include "adapters/sql/decode.hpp"

#include <algorithm>

#include "adapters/sql/key.hpp"

namespace adapters::sql {

using namespace core::store;

bool may_match(const Criterion& criterion, std::string_view key) {
  const Tag tag = static_cast<Tag>(static_cast<unsigned char>(key[2]));
  Row row;
  row.kind = criterion.kind;
  std::size_t at = head_bytes;
  if (tag >= Tag::date) {
    row.from = integer_at(key, at), row.to = integer_at(key, at + 8);
  } else if (tag == Tag::canonical) {
    row.note = text_at(key, at);
    row.canonical = double_at(key, at);
  } else if (tag == Tag::number || tag == Tag::quantity) {
    row.low = row.high = double_at(key, at);
  } else if (tag == Tag::string) {
    row.value = text_at(key, at);
    if (row.value.size() >= longest_string) return true;  // cut
  } else {
    return true;
  }
  return std::any_of(criterion.any.begin(), criterion.any.end(), [&](const Term& term) {
    if (term.compare == Compare::exactly) return true;  // case and accents are not in the key
    if (criterion.kind != RowKind::quantity) return matches(term, row);
    if (term.canonical && term.note.empty()) return true;  // such rows have no key under canonical
    if (term.canonical != (tag == Tag::canonical)) return false;
    if (term.canonical) return matches(term, row);
    Term bare;  // the unit is not in the key
    bare.compare = term.compare, bare.low = term.low, bare.high = term.high, bare.any_value = true;
    return matches(bare, row);
  });
}

}  // namespace adapters::sql
