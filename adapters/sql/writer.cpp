#include "adapters/sql/writer.hpp"

#include <algorithm>
#include <unordered_set>

#include "adapters/sql/change.hpp"
#include "adapters/sql/key.hpp"
#include "adapters/sql/pack.hpp"
#include "adapters/sql/search.hpp"

namespace adapters::sql {

using namespace core;
using namespace core::store;

core::Result<Prepared> prepare(Batch batch, Names& names) {
  Prepared prepared;
  prepared.ops.reserve(batch.ops.size());
  std::set<std::pair<std::string_view, std::string_view>> keys;
  for (const Op& op : batch.ops) {
    if (!keys.emplace(op.key.type, op.key.id).second)
      return invalid("written twice in one batch", op.key.type + '/' + op.key.id);
    PreparedOp& ready = prepared.ops.emplace_back();
    const auto type = names.slot(op.key.type, "");
    if (!type) return type.error();
    ready.type = *type;
    if (op.action != Op::Action::put && op.action != Op::Action::index) continue;
    for (const Row& row : op.rows)
      if (const auto slot = names.slot(op.key.type, row.param); !slot) return slot.error();
    ready.rows = pack(op.rows, names);
    ready.keys = keys_of(op.key.type, op.rows, names);
  }
  prepared.batch = std::move(batch);
  return prepared;
}

bool Writer::Entry::current() const { return method < static_cast<unsigned>(Method::remove); }
bool Writer::Entry::erased() const { return (method & erased_bit) != 0; }

void Writer::load() {
  Use newest(connection_[Sql::newest_change]);
  if (newest.next()) committed_ = newest.integer(0), committed_at_.ms = newest.integer(1);
  Use tallies(connection_[Sql::tallies]);
  while (tallies.next()) changed_[names_.type_of(static_cast<Slot>(tallies.integer(0)))] = tallies.integer(2);
}

void Writer::begin(bool durable) {
  sequence_ = committed_;
  at_ = std::max(committed_at_, clock_.now());
  tally_.clear();
  keys_.clear();
  erased_ = false;
  connection_.begin_write(durable);
}

std::optional<core::Error> Writer::commit() {
  write_keys();
  names_.store(connection_);
  for (const auto& [type, tally] : tally_) Use(connection_[Sql::set_tally], type, tally.current, tally.last).run();
  if (!connection_.failed()) connection_.commit();
  changed_.clear();
  if (connection_.failed()) {
    Error error = connection_.failure();
    connection_.clear();
    connection_.rollback();
    return error;
  }
  names_.stored();
  for (const auto& [type, tally] : tally_) changed_[names_.type_of(type)] = tally.last;
  committed_ = sequence_;
  committed_at_ = at_;
  return std::nullopt;
}

bool Writer::lease(const LeaseRequest& request) {
  {
    Use held(connection_[Sql::lease], request.name);
    if (held.next() && held.bytes(0) != request.holder && held.integer(1) > request.now.ms) return false;
  }
  Use(connection_[Sql::set_lease], request.name, request.holder, request.until.ms).run();
  return true;
}

Result<Committed> Writer::apply(Prepared& prepared) {
  std::vector<std::optional<Entry>> entries;
  if (auto error = refused(prepared, entries)) return std::move(*error);
  Committed committed;
  for (std::size_t i = 0; i < prepared.ops.size(); ++i) {
    Op& op = prepared.batch.ops[i];
    const auto& before = entries[i];
    const bool existed = before && before->current();
    if (op.action == Op::Action::index) {
      const bool same = existed && (!op.if_version || before->version == *op.if_version);
      if (same) reindex(op, prepared.ops[i], *before);
      committed.versions.push_back(same ? before->version : 0);
      committed.created.push_back(false);
      continue;
    }
    const bool acts =
        op.action == Op::Action::put || (op.action == Op::Action::remove ? existed : before && !before->erased());
    committed.versions.push_back(acts ? append(op, prepared.ops[i], before) : 0);
    committed.created.push_back(op.action == Op::Action::put && !existed);
  }
  for (const std::string& name : prepared.batch.forgotten) Use(connection_[Sql::forget_value], name).run();
  for (const auto& [name, bytes] : prepared.batch.values) Use(connection_[Sql::set_value], name, Bytes{bytes}).run();
  committed.last = sequence_;
  committed.at = at_;
  return committed;
}

std::optional<Error> Writer::refused(const Prepared& prepared, std::vector<std::optional<Entry>>& entries) {
  for (const Guard& guard : prepared.batch.guards)
    if (auto error = missed(guard)) return error;
  entries.reserve(prepared.ops.size());
  for (std::size_t i = 0; i < prepared.ops.size(); ++i) {
    const Op& op = prepared.batch.ops[i];
    const auto& now = entries.emplace_back(entry(prepared.ops[i].type, op.key.id));
    if (!op.if_version || op.action == Op::Action::index) continue;
    const bool same = now && !now->erased() && now->version == *op.if_version;
    const bool none = *op.if_version == 0 && (!now || !now->current());
    if (!same && !none)
      return Error{Kind::stale, "the current version is not the expected one", op.key.type + '/' + op.key.id};
  }
  return std::nullopt;
}

std::optional<Error> Writer::missed(const Guard& guard) {
  write_keys();
  Query query = guard.query;
  query.sort.clear();
  query.limit = guard.ids.size() + 1;
  Search search(connection_, names_);
  std::vector<std::string> found, wanted = guard.ids;
  for (const Match& match : search.find(query).matches) {
    Use change(connection_[Sql::change], match.sequence);
    if (change.next()) found.push_back(change.text(4));
  }
  std::sort(found.begin(), found.end());
  std::sort(wanted.begin(), wanted.end());
  if (found == wanted) return std::nullopt;
  return Error{Kind::stale, "what is stored no longer is what the condition found", guard.name};
}

std::optional<Writer::Entry> Writer::entry(Slot type, const std::string& id) {
  Use found(connection_[Sql::entry], type, id);
  if (!found.next()) return std::nullopt;
  return Entry{found.integer(0), found.integer(1), found.integer(2), static_cast<unsigned>(found.integer(3))};
}

// One more version of the key; returns its number.
std::int64_t Writer::append(Op& op, const PreparedOp& prepared, const std::optional<Entry>& before) {
  const Sequence sequence = ++sequence_;
  const std::int64_t row = before ? before->row : sequence;  // a resource is numbered by its first version
  const std::int64_t version = before ? before->version + 1 : 1;
  const bool existed = before && before->current();
  unsigned method = static_cast<unsigned>(existed ? Method::update : Method::create);
  if (op.action != Op::Action::put) method = static_cast<unsigned>(Method::remove);
  if (op.action == Op::Action::erase) method |= erased_bit;

  Use(connection_[Sql::add_change], sequence, row, version, prepared.type, op.key.id, at_.ms, method,
      before ? before->sequence : 0)
      .run();
  if (before) Use(connection_[Sql::set_entry], prepared.type, op.key.id, version, sequence, method, at_.ms).run();
  else Use(connection_[Sql::add_entry], prepared.type, op.key.id, row, version, sequence, method, at_.ms).run();

  if (op.action == Op::Action::put) put(op, prepared, before, row, version);
  else if (existed) drop_current(op.key, prepared.type, row);
  if (op.action == Op::Action::erase) {
    erase_versions(before->sequence);
    erased_ = true;
  }

  Tally& tally = tally_[prepared.type];
  tally.current += static_cast<int>(op.action == Op::Action::put) - static_cast<int>(existed);
  tally.last = sequence;
  return version;
}

void Writer::put(Op& op, const PreparedOp& prepared, const std::optional<Entry>& before, std::int64_t row,
                 std::int64_t version) {
  const bool existed = before && before->current();
  const std::string body = finish_ ? finish_(op.body, op.stamp_at, version, at_) : std::move(op.body);
  Use(connection_[Sql::add_body], sequence_, Bytes{body}).run();
  index(op, prepared, row, existed);
  Use(connection_[existed ? Sql::set_listed : Sql::add_listed], prepared.type, row, sequence_).run();
  put_digest(op, prepared.type, row, sequence_, existed);
}

void Writer::put_digest(const Op& op, Slot type, std::int64_t row, Sequence sequence, bool existed) {
  if (!op.digest.empty()) Use(connection_[Sql::set_digest], row, type, op.key.id, sequence, Bytes{op.digest}).run();
  else if (existed) Use(connection_[Sql::drop_digest], row).run();
}

void Writer::index(const Op& op, const PreparedOp& prepared, std::int64_t row, bool exists) {
  if (exists) return index_again(op, prepared, row, sequence_, at_.ms);
  add_keys(prepared.keys, row);
  Use(connection_[Sql::add_forward], row, prepared.type, op.key.id, sequence_, at_.ms, Bytes{prepared.rows}).run();
}

void Writer::reindex(const Op& op, const PreparedOp& prepared, const Entry& now) {
  std::int64_t updated = 0;
  {
    Use forward(connection_[Sql::forward], now.row);
    if (!forward.next()) return;
    updated = forward.integer(2);
  }
  index_again(op, prepared, now.row, now.sequence, updated);
  put_digest(op, prepared.type, now.row, now.sequence, true);
}

// Only the keys that differ are written.
void Writer::index_again(const Op& op, const PreparedOp& prepared, std::int64_t row, Sequence sequence,
                         std::int64_t updated) {
  std::vector<std::string> old, fresh, stale;
  {
    Use forward(connection_[Sql::forward], row);
    if (forward.next() && forward.bytes(3) != prepared.rows) {
      const auto rows = unpack(forward.bytes(3), names_);
      if (!rows) connection_.fail(fault("index rows cannot be read", op.key.type + '/' + op.key.id));
      if (rows) old = keys_of(op.key.type, *rows, names_);
      std::set_difference(prepared.keys.begin(), prepared.keys.end(), old.begin(), old.end(),
                          std::back_inserter(fresh));
      std::set_difference(old.begin(), old.end(), prepared.keys.begin(), prepared.keys.end(),
                          std::back_inserter(stale));
    }
  }
  drop_keys(stale, row);
  add_keys(fresh, row);
  Use(connection_[Sql::set_forward], row, sequence, updated, Bytes{prepared.rows}).run();
}

void Writer::drop_current(const Key& key, Slot type, std::int64_t row) {
  std::vector<std::string> old;
  {
    Use forward(connection_[Sql::forward], row);
    if (forward.next()) {
      const auto rows = unpack(forward.bytes(3), names_);
      if (!rows) connection_.fail(fault("index rows cannot be read", key.type + '/' + key.id));
      if (rows) old = keys_of(key.type, *rows, names_);
    }
  }
  drop_keys(old, row);
  Use(connection_[Sql::drop_forward], row).run();
  Use(connection_[Sql::drop_listed], type, row).run();
  Use(connection_[Sql::drop_digest], row).run();
}

void Writer::erase_versions(Sequence newest) {
  for (Sequence at = newest; at != 0 && !connection_.failed();) {
    Sequence previous = 0;
    unsigned method = 0;
    {
      Use change(connection_[Sql::change], at);
      if (!change.next()) return;
      method = static_cast<unsigned>(change.integer(6));
      previous = change.integer(7);
    }
    Use(connection_[Sql::mark_erased], at, method | erased_bit).run();
    Use(connection_[Sql::drop_body], at).run();
    at = previous;
  }
}

void Writer::drop_keys(const std::vector<std::string>& keys, std::int64_t row) {
  if (keys.empty()) return;
  write_keys();
  std::string key;
  for (const std::string& prefix : keys) {
    key = prefix;
    put_row_number(key, row);
    Use(connection_[Sql::drop_key], Bytes{key}).run();
  }
}

void Writer::add_keys(const std::vector<std::string>& keys, std::int64_t row) {
  for (const std::string& prefix : keys) put_row_number(keys_.emplace_back(prefix), row);
}

void Writer::write_keys() {
  std::sort(keys_.begin(), keys_.end());
  std::size_t at = 0;
  for (; at + 8 <= keys_.size(); at += 8) {
    const std::string* k = &keys_[at];
    Use(connection_[Sql::add_keys], Bytes{k[0]}, Bytes{k[1]}, Bytes{k[2]}, Bytes{k[3]}, Bytes{k[4]}, Bytes{k[5]},
        Bytes{k[6]}, Bytes{k[7]})
        .run();
  }
  for (; at < keys_.size(); ++at) Use(connection_[Sql::add_key], Bytes{keys_[at]}).run();
  keys_.clear();
}

}  // namespace adapters::sql
