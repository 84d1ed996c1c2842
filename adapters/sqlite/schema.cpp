#include "adapters/sqlite/schema.hpp"

namespace adapters::sqlite {
namespace {

// entry    newest version of every key that ever was; `row` numbers the resource, it is the sequence of its first
// version change   every version in order: the change feed and, along `prev`, the history of a resource body     the
// bytes of each version that has some listed   current resources of a type in order of creation forward  packed index
// rows of current resources digest   the core's facts beside current resources key      the index: adapters/sql/key.hpp
constexpr const char* schema = R"sql(
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE slot (id INTEGER PRIMARY KEY, type TEXT NOT NULL, param TEXT NOT NULL);
CREATE TABLE entry (
  type INTEGER NOT NULL, id TEXT NOT NULL, row INTEGER NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL,
  method INTEGER NOT NULL, updated INTEGER NOT NULL, PRIMARY KEY (type, id)) WITHOUT ROWID;
CREATE TABLE change (
  seq INTEGER PRIMARY KEY, row INTEGER NOT NULL, version INTEGER NOT NULL, type INTEGER NOT NULL, id TEXT NOT NULL,
  updated INTEGER NOT NULL, method INTEGER NOT NULL, prev INTEGER NOT NULL);
CREATE TABLE body (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE listed (
  type INTEGER NOT NULL, row INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (type, row)) WITHOUT ROWID;
CREATE TABLE forward (
  row INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, updated INTEGER NOT NULL,
  rows BLOB NOT NULL);
CREATE TABLE digest (
  row INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE key (k BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE tally (type INTEGER PRIMARY KEY, current INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE named (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, ends INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO name (id, text) VALUES (0, '');
)sql";

}  // namespace

sql::Dialect dialect() {
  sql::Dialect dialect;
  dialect.statements[static_cast<std::size_t>(sql::Sql::begin_write)] = "BEGIN IMMEDIATE";
  dialect.upgrades = {schema};
  return dialect;
}

}  // namespace adapters::sqlite
