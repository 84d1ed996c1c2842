// Full-text criteria: few versions become rows that lead, many are a list that the others are looked up in.
#include <algorithm>

#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core::store;

namespace {

constexpr std::size_t most_led = 20'000;

std::string name_of(const Criterion& criterion) {
  std::string name = criterion.param;
  for (const Term& term : criterion.any) {
    name += '\n';
    for (const Term& part : term.parts) name += part.value + (part.compare == Compare::begins ? "*\t" : "\t");
  }
  return name;
}

}  // namespace

const std::vector<Sequence>& Search::with_words(const Criterion& criterion) {
  const auto [found, fresh] = worded_.try_emplace(name_of(criterion));
  if (!fresh) return found->second;
  auto sequences = words_ == nullptr
                       ? core::Result<std::vector<Sequence>>(
                             core::unsupported("full text cannot be searched here", criterion.param))
                       : words_->find(criterion, connection_, names_, upto_);
  if (sequences) found->second = std::move(*sequences);
  else connection_.fail(sequences.error());
  return found->second;
}

std::optional<Access> Search::worded(const std::string& type, const Criterion& criterion) {
  const auto& sequences = with_words(criterion);
  const auto slot = names_.find_slot(type, "");
  if (sequences.size() > most_led || !slot) return std::nullopt;
  Access access;
  access.listed = true;
  for (const Sequence sequence : sequences) {
    std::int64_t row = 0;
    {
      Use change(connection_[Sql::change], sequence);
      if (!change.next() || change.integer(3) != *slot) continue;
      row = change.integer(1);
    }
    Use listed(connection_[Sql::listed], *slot, row);
    if (listed.next() && listed.integer(0) == sequence) access.rows.push_back(row);
  }
  std::sort(access.rows.begin(), access.rows.end());
  return access;
}

bool Search::words(const Criterion& criterion, const Subject& subject) {
  const auto& sequences = with_words(criterion);
  return std::binary_search(sequences.begin(), sequences.end(), subject.sequence);
}

}  // namespace adapters::sql
