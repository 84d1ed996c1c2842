// Puts batches into the tables, inside a transaction that somebody else opens and ends. Sequence and version numbers,
// the diff of index keys, guards. A batch is checked before its first write, so a refused one leaves nothing behind.
// Threads: prepare() on any thread; the rest on the one that leads the group.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/sql/connection.hpp"
#include "adapters/sql/names.hpp"
#include "core/store/store.hpp"

namespace adapters::sql {

// What can be made ready before the batch has its turn.
struct PreparedOp {
  Slot type = 0;
  std::string rows;               // packed
  std::vector<std::string> keys;  // without row number
};
struct Prepared {
  core::store::Batch batch;
  std::vector<PreparedOp> ops;
};
core::Result<Prepared> prepare(core::store::Batch batch, Names& names);

struct LeaseRequest {
  std::string name, holder;
  core::Instant now, until;
};

class Writer {
 public:
  using Sequence = core::store::Sequence;
  Writer(Connection& connection, Names& names, const core::Clock& clock, core::store::Finish finish)
      : connection_(connection), names_(names), clock_(clock), finish_(finish) {}

  void load();  // where the store stands
  void begin(bool durable);
  core::Result<core::store::Committed> apply(Prepared& prepared);  // refused: nothing was written
  bool lease(const LeaseRequest& request);
  std::optional<core::Error> commit();  // an error: everything since begin() is undone
  Sequence last() const { return committed_; }
  bool erased() const { return erased_; }  // the last commit left versions without a body
  // Types that the last commit changed, with their newest sequence.
  const std::map<std::string, Sequence>& changed() const { return changed_; }

 private:
  struct Entry {
    std::int64_t row = 0, version = 0;
    Sequence sequence = 0;
    unsigned method = 0;
    bool current() const;
    bool erased() const;
  };
  struct Tally {
    std::int64_t current = 0;
    Sequence last = 0;
  };

  std::optional<core::Error> refused(const Prepared& prepared, std::vector<std::optional<Entry>>& entries);
  std::optional<core::Error> missed(const core::store::Guard& guard);
  std::optional<Entry> entry(Slot type, const std::string& id);
  std::int64_t append(core::store::Op& op, const PreparedOp& prepared, const std::optional<Entry>& before);
  void put(core::store::Op& op, const PreparedOp& prepared, const std::optional<Entry>& before, std::int64_t row,
           std::int64_t version);
  void index(const core::store::Op& op, const PreparedOp& prepared, std::int64_t row, bool exists);
  void reindex(const core::store::Op& op, const PreparedOp& prepared, const Entry& now);
  void put_digest(const core::store::Op& op, Slot type, std::int64_t row, core::store::Sequence sequence, bool existed);
  void index_again(const core::store::Op& op, const PreparedOp& prepared, std::int64_t row, Sequence sequence,
                   std::int64_t updated);
  void drop_current(const core::store::Key& key, Slot type, std::int64_t row);
  void erase_versions(Sequence newest);
  void drop_keys(const std::vector<std::string>& keys, std::int64_t row);
  void add_keys(const std::vector<std::string>& keys, std::int64_t row);  // with the group's others, by write_keys()
  void write_keys();

  Connection& connection_;
  Names& names_;
  const core::Clock& clock_;
  core::store::Finish finish_;
  Sequence committed_ = 0, sequence_ = 0;
  bool erased_ = false;
  core::Instant committed_at_, at_;
  std::map<Slot, Tally> tally_;
  std::map<std::string, Sequence> changed_;
  std::vector<std::string> keys_;  // of this group, not written yet: in order they find their pages faster
};

}  // namespace adapters::sql
