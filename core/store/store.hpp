// The store as the rest of the house sees it: versions of resources with their index rows, a change feed, named values.
// Owns: atomicity, durability, version numbers, gap-free sequence numbers. Never: parses a body, knows FHIR, applies
// policy. Threads: Store is safe from every thread; a Snapshot is one consistent view for one thread at a time.
// Contract: tests/contract runs one suite on every implementation.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/store/query.hpp"
#include "core/store/row.hpp"

namespace core::store {

using Sequence = std::int64_t;  // every version of every resource has the next one; no gaps; 0 is "before everything"

struct Key {
  std::string type, id;
  auto operator<=>(const Key&) const = default;
};

enum class Method : std::uint8_t { create, update, remove };

struct Record {
  Key key;
  std::int64_t version = 0;  // 1, 2, 3 ... for each key; a delete is a version without body
  Sequence sequence = 0;
  Instant updated;
  Method method = Method::create;
  std::string body;  // complete bytes, version and instant stamped in
  bool deleted() const { return method == Method::remove; }
};

// Makes the stored bytes once version and instant are known; called by the writer, must not block or throw.
using Finish = std::string (*)(const std::string& body, std::size_t stamp_at, std::int64_t version, Instant updated);

// An erase leaves nothing to read, load or list. The change feed stays without gaps: it still names the sequences of
// the erased versions, and ends with one more change (remove) that tells followers. Version numbers of the key go on
// from there.
//
// An index op gives the current version other rows and another digest and leaves everything else as it is: no version,
// no sequence, no change. Where the current version is not `if_version` nothing happens. Open views may see the old rows or the new.
struct Op {
  enum class Action : std::uint8_t { put, remove, erase, index };  // erase: no version remains (operators only)
  Action action = Action::put;
  Key key;
  std::string body;          // put: bytes without version and instant
  std::size_t stamp_at = 0;  // where finish() inserts them
  Rows rows;                 // put, index: index rows
  std::string digest;        // put, index: opaque bytes kept beside the current version (the core's facts); empty: none
  std::optional<std::int64_t> if_version;  // the current version must be this one; 0: must not exist (or be deleted)
};

// A condition on what the store holds when the batch is applied, for conditional interactions: the query must yield
// exactly these ids of its type, in any order. A guard that fails makes the whole commit answer Kind::stale, `where` =
// its `name`; a version that is not the expected one answers Kind::stale too, `where` = "Type/id".
struct Guard {
  Query query;
  std::vector<std::string> ids;
  std::string name;
};

struct Batch {
  std::vector<Op> ops;  // a key occurs at most once
  std::vector<Guard> guards;
  std::vector<std::pair<std::string, std::string>> values;  // named values set in the same transaction (cursors)
  std::vector<std::string> forgotten;  // named values removed in the same transaction, before `values` are set
  bool waits = true;  // false: may be answered once it is ordered, and made durable with the next commit that waits
};

struct Committed {
  Sequence last = 0;                   // the last sequence number this batch got (or the store's, when it had no ops)
  Instant at;                          // never before an earlier commit's
  std::vector<std::int64_t> versions;  // one for each op, in order; a remove of what is not there gets 0 and no change
  std::vector<bool> created;           // one for each op: true when no current version existed before
};

struct Change {
  Sequence sequence = 0;
  Key key;
  std::int64_t version = 0;
  Method method = Method::create;
  Instant updated;
};

struct Found {
  std::vector<Match> matches;  // in sort order; without sort keys in order of creation
  bool complete = true;        // false: there are more
  std::size_t total = 0;       // hits, of which `matches` may be the first
  std::string plan;            // for operators: which criterion drove, rows touched
};

struct HistoryQuery {
  std::optional<std::string> type, id;  // neither: the whole system
  std::optional<Instant> since;         // versions that came then or later
  std::optional<Instant> at;            // versions that were current at some time in [at, ...)
  Sequence before = 0;                  // continue below this sequence; 0: from the newest
  std::size_t limit = 100;
};

class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual Sequence sequence() const = 0;                           // everything up to here is visible
  virtual Result<std::optional<Record>> read(const Key& key) = 0;  // current version, a delete included
  virtual Result<std::optional<Record>> read(const Key& key, std::int64_t version) = 0;
  virtual Result<std::vector<Record>> load(
      std::span<const Match> matches) = 0;  // in that order; erased ones are left out
  virtual Result<Found> find(const Query& query) = 0;
  virtual Result<std::vector<Record>> history(const HistoryQuery& query) = 0;          // newest first
  virtual Result<std::vector<Change>> changes(Sequence after, std::size_t limit) = 0;  // oldest first
  virtual Result<std::optional<std::string>> value(const std::string& name) = 0;
  // Named values whose names begin with `prefix` and come after `after` (bytewise), in order of their names: queues.
  virtual Result<std::vector<std::pair<std::string, std::string>>> values(const std::string& prefix,
                                                                          const std::string& after,
                                                                          std::size_t limit) = 0;
  // Current resources with a digest, in order of creation; stops when `each` returns false.
  virtual Result<Done> digests(
      const std::function<bool(const Key& key, Sequence sequence, std::string_view digest)>& each) = 0;
  virtual Result<std::optional<std::string>> digest(const Key& key) = 0;  // nothing when absent, deleted or empty
  virtual Result<std::int64_t> count(const std::string& type) = 0;        // current resources
};

// The texts of a stored body, for full-text search; called by find(), from any thread.
using TextReader = std::function<Texts(std::string_view type, std::string_view body)>;

// The index rows of a stored body, for searches of an earlier state; called by find(), from any thread.
using RowReader = std::function<Rows(std::string_view type, std::string_view body)>;

class Store {
 public:
  virtual ~Store() = default;
  // Without a reader a search for words answers Kind::unsupported. Call it before the first one.
  virtual void read_texts_with(TextReader reader) = 0;
  // Without one, a search of an earlier state answers Kind::unsupported where its types changed since; a store that
  // keeps the rows of every version needs none.
  virtual void read_rows_with(RowReader) {}
  virtual Result<std::unique_ptr<Snapshot>> snapshot() = 0;
  virtual Result<Committed> commit(Batch batch) = 0;       // blocks until durable; all or nothing
  virtual Sequence last() const = 0;                       // newest committed sequence
  virtual Sequence last(std::string_view type) const = 0;  // newest committed change of one type (for cached answers)
  virtual Result<bool> lease(const std::string& name, const std::string& holder, Instant now, Instant until) = 0;
  // Called after commits that made versions (from the writer's thread, quickly; must not commit): the bell of
  // everything that follows the change feed. Each call adds one.
  virtual void on_commit(std::function<void(Sequence)> bell) = 0;
  virtual Result<Done> backup(const std::string& file) = 0;  // a consistent copy while serving
  virtual Result<std::vector<std::string>> check() = 0;      // what is wrong, in words; empty: nothing
};

}  // namespace core::store
