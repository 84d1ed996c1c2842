#include "adapters/sql/snapshot.hpp"

#include <algorithm>

#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core;
using namespace core::store;

Result<std::optional<Record>> SqlSnapshot::read(const Key& key) {
  std::optional<Record> found;
  if (const auto slot = type(key)) {
    Use entry(connection()[Sql::newest_record], *slot, key.id);
    if (entry.next() && !(entry.integer(2) & erased_bit))
      found = Record{
          key,          entry.integer(0), entry.integer(1), {entry.integer(3)}, static_cast<Method>(entry.integer(2)),
          entry.text(4)};
  }
  return checked(std::move(found));
}

Result<std::optional<Record>> SqlSnapshot::read(const Key& key, std::int64_t version) {
  std::optional<Record> found;
  const auto slot = type(key);
  Sequence at = 0;
  if (slot && version > 0) {
    Use entry(connection()[Sql::entry], *slot, key.id);
    if (entry.next() && version <= entry.integer(1)) at = entry.integer(2);
  }
  while (at != 0) {
    const auto change = this->change(at);
    if (!change || change->version < version) break;
    if (change->version == version) found = record(at);
    at = change->previous;
  }
  return checked(std::move(found));
}

std::optional<Record> SqlSnapshot::record(Sequence sequence) {
  Use use(connection()[Sql::record], sequence);
  if (!use.next() || (use.integer(4) & erased_bit)) return std::nullopt;
  return Record{{names().type_of(static_cast<Slot>(use.integer(0))), use.text(1)},
                use.integer(2),
                sequence,
                {use.integer(3)},
                static_cast<Method>(use.integer(4)),
                use.text(5)};
}

std::optional<ChangeRow> SqlSnapshot::change(Sequence sequence) {
  Use use(connection()[Sql::change], sequence);
  return use.next() ? std::optional(change_row(use)) : std::nullopt;
}

Result<std::vector<Record>> SqlSnapshot::load(std::span<const Match> matches) {
  std::vector<Record> records;
  records.reserve(matches.size());
  for (const Match& match : matches)
    if (auto found = record(match.sequence)) records.push_back(std::move(*found));
  return checked(std::move(records));
}

Result<Found> SqlSnapshot::find(const Query& query) {
  connection().hurry();
  auto found = checked(Search(connection(), names(), words_.get(), reader_.sequence, rows_.get()).find(query));
  connection().take_time();
  return found;
}

Result<std::vector<Change>> SqlSnapshot::changes(Sequence after, std::size_t limit) {
  std::vector<Change> changes;
  Use use(connection()[Sql::changes_up], std::max<Sequence>(after, 0));
  while (changes.size() < limit && use.next()) {
    ChangeRow row = change_row(use);
    changes.push_back(
        {row.sequence, {names().type_of(row.type), std::move(row.id)}, row.version, row.what(), row.updated});
  }
  return checked(std::move(changes));
}

Result<std::optional<std::string>> SqlSnapshot::value(const std::string& name) {
  Use use(connection()[Sql::value], name);
  return checked(use.next() ? std::optional(use.text(0)) : std::nullopt);
}

Result<std::vector<std::pair<std::string, std::string>>> SqlSnapshot::values(const std::string& prefix,
                                                                             const std::string& after,
                                                                             std::size_t limit) {
  std::vector<std::pair<std::string, std::string>> found;
  Use use(connection()[Sql::values], prefix, after);
  while (found.size() < limit && use.next()) {
    std::string name = use.text(0);
    if (!name.starts_with(prefix)) break;
    found.emplace_back(std::move(name), use.bytes(1));
  }
  return checked(std::move(found));
}

Result<Done> SqlSnapshot::digests(const std::function<bool(const Key&, Sequence, std::string_view)>& each) {
  Use use(connection()[Sql::digests]);
  Key key;
  Slot slot = 0;
  while (use.next()) {
    const Slot type = static_cast<Slot>(use.integer(0));
    if (type != slot || key.type.empty()) key.type = names().type_of(type), slot = type;
    key.id = use.bytes(1);
    if (!each(key, use.integer(2), use.bytes(3))) break;
  }
  return checked(Done{});
}

Result<std::optional<std::string>> SqlSnapshot::digest(const Key& key) {
  std::optional<std::string> found;
  if (const auto slot = type(key)) {
    Use use(connection()[Sql::digest], *slot, key.id);
    if (use.next()) found = use.text(0);
  }
  return checked(std::move(found));
}

Result<std::int64_t> SqlSnapshot::count(const std::string& of) {
  std::int64_t count = 0;
  if (const auto slot = names().find_slot(of, "")) {
    Use use(connection()[Sql::tally], *slot);
    if (use.next()) count = use.integer(0);
  }
  return checked(count);
}

}  // namespace adapters::sql
