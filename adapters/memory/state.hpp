// What a MemoryStore holds, and what of it is visible at one point of time. A point is a tick: every commit is one,
// whether it makes versions or only sets values. Nothing is ever overwritten, so a snapshot is a tick and nothing else.
// Threads: plain data; MemoryStore guards it.
#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/store/store.hpp"

namespace adapters::memory {

using Tick = std::int64_t;
constexpr Tick never = std::numeric_limits<Tick>::max();

struct Version {
  core::store::Record record;
  core::store::Rows rows;
  std::string digest;
  std::int64_t row = 0;
  Tick at = 0;
  Tick erased = never;
};

struct Value {
  Tick at = 0;
  std::optional<std::string> bytes;  // nothing: forgotten
};

struct State {
  std::deque<Version> versions;                            // version of sequence s at s - 1
  std::vector<std::vector<core::store::Sequence>> by_row;  // versions of resource `row` at row - 1, oldest first
  std::map<core::store::Key, std::int64_t> rows;           // key to row
  std::map<std::string, std::vector<Value>> values;        // oldest first
  Tick tick = 0;
  core::store::TextReader texts;
};

// The state as it was at a tick.
class View {
 public:
  View(const State& state, Tick tick) : View(state, tick, tick) {}
  View(const State& state, Tick tick, Tick erased) : state_(state), tick_(tick), erased_(erased) {}

  core::store::Sequence sequence() const;                        // the newest visible
  const Version* version(core::store::Sequence sequence) const;  // nothing when unborn or erased
  const Version* newest(std::int64_t row) const;                 // deleted or not; nothing when erased
  const Version* current(std::int64_t row) const;                // nothing when deleted
  const Version* newest(const core::store::Key& key) const;
  const Version* current(const core::store::Key& key) const;
  std::int64_t rows() const { return static_cast<std::int64_t>(state_.by_row.size()); }
  std::optional<std::string> value(const std::string& name) const;
  std::vector<std::pair<std::string, std::string>> values(const std::string& prefix, const std::string& after,
                                                          std::size_t limit) const;
  core::store::Found find(const core::store::Query& query) const;
  std::vector<core::store::Record> history(const core::store::HistoryQuery& query) const;
  const State& state() const { return state_; }
  Tick tick() const { return tick_; }

 private:
  const State& state_;
  Tick tick_;
  Tick erased_;  // what was erased until then is not there, at no time
};

core::store::Subject subject_of(const Version& version);

}  // namespace adapters::memory
