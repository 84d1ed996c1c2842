#include "adapters/sql/statements.hpp"

#include <utility>

namespace adapters::sql {
namespace {

constexpr std::pair<Sql, const char*> table[] = {
    {Sql::begin_read, "BEGIN"},
    {Sql::begin_write, "BEGIN"},
    {Sql::commit, "COMMIT"},

    {Sql::names, "SELECT id, text FROM name WHERE id >= ?1 ORDER BY id"},
    {Sql::add_name, "INSERT INTO name (id, text) VALUES (?1, ?2)"},
    {Sql::slots, "SELECT id, type, param FROM slot WHERE id >= ?1 ORDER BY id"},
    {Sql::add_slot, "INSERT INTO slot (id, type, param) VALUES (?1, ?2, ?3)"},

    {Sql::entry, "SELECT row, version, seq, method, updated FROM entry WHERE type = ?1 AND id = ?2"},
    {Sql::add_entry,
     "INSERT INTO entry (type, id, row, version, seq, method, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
    {Sql::set_entry, "UPDATE entry SET version = ?3, seq = ?4, method = ?5, updated = ?6 WHERE type = ?1 AND id = ?2"},
    {Sql::newest_record,
     "SELECT e.version, e.seq, e.method, e.updated, b.bytes FROM entry e LEFT JOIN body b ON b.seq = e.seq "
     "WHERE e.type = ?1 AND e.id = ?2"},

    {Sql::add_change,
     "INSERT INTO change (seq, row, version, type, id, updated, method, prev) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
    {Sql::change, "SELECT seq, row, version, type, id, updated, method, prev FROM change WHERE seq = ?1"},
    {Sql::changes_up,
     "SELECT seq, row, version, type, id, updated, method, prev FROM change WHERE seq > ?1 ORDER BY seq"},
    {Sql::changes_down,
     "SELECT seq, row, version, type, id, updated, method, prev FROM change WHERE seq < ?1 ORDER BY seq DESC"},
    {Sql::mark_erased, "UPDATE change SET method = ?2 WHERE seq = ?1"},
    {Sql::newest_change, "SELECT seq, updated FROM change ORDER BY seq DESC LIMIT 1"},
    {Sql::add_body, "INSERT INTO body (seq, bytes) VALUES (?1, ?2)"},
    {Sql::drop_body, "DELETE FROM body WHERE seq = ?1"},
    {Sql::record,
     "SELECT c.type, c.id, c.version, c.updated, c.method, b.bytes FROM change c LEFT JOIN body b ON b.seq = c.seq "
     "WHERE c.seq = ?1"},

    {Sql::add_listed, "INSERT INTO listed (type, row, seq) VALUES (?1, ?2, ?3)"},
    {Sql::set_listed, "UPDATE listed SET seq = ?3 WHERE type = ?1 AND row = ?2"},
    {Sql::drop_listed, "DELETE FROM listed WHERE type = ?1 AND row = ?2"},
    {Sql::listed, "SELECT seq FROM listed WHERE type = ?1 AND row = ?2"},
    {Sql::listed_from, "SELECT row, seq FROM listed WHERE type = ?1 AND row >= ?2 ORDER BY row"},
    {Sql::add_forward, "INSERT INTO forward (row, type, id, seq, updated, rows) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
    {Sql::set_forward, "UPDATE forward SET seq = ?2, updated = ?3, rows = ?4 WHERE row = ?1"},
    {Sql::drop_forward, "DELETE FROM forward WHERE row = ?1"},
    {Sql::forward, "SELECT id, seq, updated, rows FROM forward WHERE row = ?1"},
    {Sql::forwards, "SELECT row, type, id, seq, updated, rows FROM forward ORDER BY row"},
    {Sql::set_digest,
     "INSERT INTO digest (row, type, id, seq, bytes) VALUES (?1, ?2, ?3, ?4, ?5) "
     "ON CONFLICT (row) DO UPDATE SET seq = excluded.seq, bytes = excluded.bytes"},
    {Sql::drop_digest, "DELETE FROM digest WHERE row = ?1"},
    {Sql::digest, "SELECT d.bytes FROM entry e JOIN digest d ON d.row = e.row WHERE e.type = ?1 AND e.id = ?2"},
    {Sql::digests, "SELECT type, id, seq, bytes FROM digest ORDER BY row"},

    {Sql::add_key, "INSERT INTO key (k) VALUES (?1)"},
    {Sql::add_keys, "INSERT INTO key (k) VALUES (?1), (?2), (?3), (?4), (?5), (?6), (?7), (?8)"},
    {Sql::drop_key, "DELETE FROM key WHERE k = ?1"},
    {Sql::keys_up, "SELECT k FROM key WHERE k >= ?1 AND k < ?2 ORDER BY k"},
    {Sql::keys_down, "SELECT k FROM key WHERE k >= ?1 AND k < ?2 ORDER BY k DESC"},
    {Sql::count_keys, "SELECT count(*) FROM (SELECT 1 FROM key WHERE k >= ?1 AND k < ?2 LIMIT ?3)"},

    {Sql::set_tally,
     "INSERT INTO tally (type, current, last) VALUES (?1, ?2, ?3) "
     "ON CONFLICT (type) DO UPDATE SET current = tally.current + excluded.current, last = excluded.last"},
    {Sql::tallies, "SELECT type, current, last FROM tally"},
    {Sql::tally, "SELECT current FROM tally WHERE type = ?1"},
    {Sql::set_value,
     "INSERT INTO named (name, bytes) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes"},
    {Sql::forget_value, "DELETE FROM named WHERE name = ?1"},
    {Sql::values, "SELECT name, bytes FROM named WHERE name >= ?1 AND name > ?2 ORDER BY name"},
    {Sql::value, "SELECT bytes FROM named WHERE name = ?1"},
    {Sql::set_lease,
     "INSERT INTO lease (name, holder, ends) VALUES (?1, ?2, ?3) "
     "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends = excluded.ends"},
    {Sql::lease, "SELECT holder, ends FROM lease WHERE name = ?1"},

    {Sql::all_entries, "SELECT type, id, row, version, seq, method, updated FROM entry ORDER BY type, id"},
    {Sql::all_listed, "SELECT type, row, seq FROM listed ORDER BY type, row"},
    {Sql::bodies_without_change, "SELECT count(*) FROM body b LEFT JOIN change c ON c.seq = b.seq WHERE c.seq IS NULL"},
    {Sql::versions_without_body,
     "SELECT count(*) FROM change c LEFT JOIN body b ON b.seq = c.seq WHERE b.seq IS NULL AND c.method < 2"},
    {Sql::has_key, "SELECT 1 FROM key WHERE k = ?1"},
    {Sql::all_keys, "SELECT count(*) FROM key"},
    {Sql::digests_without_forward,
     "SELECT count(*) FROM digest d LEFT JOIN forward f ON f.row = d.row AND f.seq = d.seq WHERE f.row IS NULL"},
};

}  // namespace

Statements standard_statements() {
  Statements statements{};
  for (const auto& [name, text] : table) statements[static_cast<std::size_t>(name)] = text;
  return statements;
}

}  // namespace adapters::sql
