// Versions in the order of time, newest first: of one resource along its chain, otherwise down the change feed.
#include <unordered_map>

#include "adapters/sql/snapshot.hpp"

namespace adapters::sql {

using namespace core;
using namespace core::store;

std::vector<Sequence> SqlSnapshot::chain(const Key& key) {
  std::vector<Sequence> versions;
  const auto slot = type(key);
  Sequence at = 0;
  if (slot) {
    Use entry(connection()[Sql::entry], *slot, key.id);
    if (entry.next()) at = entry.integer(2);
  }
  while (at != 0) {
    const auto version = change(at);
    if (!version) break;
    versions.push_back(at);
    at = version->previous;
  }
  return versions;
}

std::optional<Instant> SqlSnapshot::superseded(const ChangeRow& version) {
  std::optional<Instant> next;
  for (const Sequence at : chain({names().type_of(version.type), version.id})) {
    if (at <= version.sequence) break;
    if (const auto later = change(at)) next = later->updated;
  }
  return next;
}

Result<std::vector<Record>> SqlSnapshot::history(const HistoryQuery& query) {
  std::vector<Sequence> wanted;
  std::unordered_map<std::int64_t, Instant> next;  // by row: when the version above came, as far as walked
  const auto slot = query.type ? names().find_slot(*query.type, "") : std::nullopt;
  if (query.type && !slot) return std::vector<Record>();

  // True: go on. Instants never rise on the way down, so the first one before `since` ends the walk.
  const auto look = [&](const ChangeRow& version) {
    if (query.since && version.updated < *query.since) return false;
    if (version.erased() || (slot && version.type != *slot) || (query.id && version.id != *query.id)) return true;
    if (query.at) {
      const auto known = next.find(version.row);
      const auto end = known != next.end() ? std::optional(known->second) : superseded(version);
      next[version.row] = version.updated;
      if (end && *end <= *query.at) return true;
    }
    wanted.push_back(version.sequence);
    return wanted.size() < query.limit;
  };

  const Sequence before = query.before != 0 ? query.before : sequence() + 1;
  if (query.limit == 0) return std::vector<Record>();
  if (query.type && query.id) {
    for (const Sequence at : chain({*query.type, *query.id})) {
      if (at >= before) continue;
      const auto version = change(at);
      if (!version || !look(*version)) break;
    }
  } else {
    // A piece at a time: superseded() uses the database in between.
    for (Sequence from = before; from > 1;) {
      std::vector<ChangeRow> piece;
      {
        Use use(connection()[Sql::changes_down], from);
        while (piece.size() < 256 && use.next()) piece.push_back(change_row(use));
      }
      if (piece.empty()) break;
      from = piece.back().sequence;
      bool on = true;
      for (std::size_t i = 0; on && i < piece.size(); ++i) on = look(piece[i]);
      if (!on) break;
    }
  }
  std::vector<Record> records;
  for (const Sequence at : wanted)
    if (auto found = record(at)) records.push_back(std::move(*found));
  return checked(std::move(records));
}

}  // namespace adapters::sql
