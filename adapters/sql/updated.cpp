// _lastUpdated, and what changed since a sequence: instants never fall from one sequence number to the next, so a span
// of time is a span of the change feed.
#include <algorithm>
#include <limits>

#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core::store;

std::optional<Search::Span> Search::span_of(const Criterion& criterion) {
  if (criterion.any.size() != 1) return std::nullopt;
  const Term& term = criterion.any.front();
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min(), highest = no_row;
  std::int64_t from = lowest, to = highest;
  switch (term.compare) {
    case Compare::equal:
    case Compare::approximately: from = term.from, to = term.to; break;
    case Compare::greater:
    case Compare::starts_after: from = term.to; break;
    case Compare::greater_or_equal: from = std::min(term.from, term.to); break;
    case Compare::less:
    case Compare::ends_before: to = term.from; break;
    case Compare::less_or_equal: to = std::max(term.from, term.to); break;
    default: return std::nullopt;
  }
  return Span{first_at({from}), first_at({to})};
}

std::optional<Access> Search::updated(const std::string& type, const Criterion& criterion, std::size_t most) {
  const auto span = span_of(criterion);
  return span ? versions_in(type, *span, most) : std::nullopt;
}

// Current versions of the type; nothing when the span is longer than `most`.
std::optional<Access> Search::versions_in(const std::string& type, Span span, std::size_t most) {
  const auto slot = names_.find_slot(type, "");
  const std::size_t whole = static_cast<std::size_t>(std::max<std::int64_t>(current(type), 0));
  if (!slot || static_cast<std::size_t>(std::max<Sequence>(span.end - span.first, 0)) > std::min(most, whole))
    return std::nullopt;
  Access access;
  access.listed = true;
  std::vector<std::pair<std::int64_t, Sequence>> versions;
  {
    Use changes(connection_[Sql::changes_up], span.first - 1);
    while (changes.next() && changes.integer(0) < span.end)
      if (changes.integer(3) == *slot) versions.emplace_back(changes.integer(1), changes.integer(0));
  }
  for (const auto& [row, sequence] : versions) {
    Use listed(connection_[Sql::listed], *slot, row);
    if (listed.next() && listed.integer(0) == sequence) access.rows.push_back(row);
  }
  std::sort(access.rows.begin(), access.rows.end());
  return access;
}

Sequence Search::first_at(core::Instant time) {
  Sequence low = 1, high = 1;
  {
    Use newest(connection_[Sql::newest_change]);
    if (newest.next()) high = newest.integer(0) + 1;
  }
  while (low < high) {
    const Sequence middle = low + (high - low) / 2;
    Use change(connection_[Sql::change], middle);
    if (!change.next()) return low;
    if (change.integer(5) < time.ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

}  // namespace adapters::sql
