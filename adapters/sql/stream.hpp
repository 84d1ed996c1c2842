// Rows in ascending order, with leaps: what an intersection of criteria is made of. A stream fetches in pieces that
// grow while it is read on and shrink when it is leapt over, and holds no statement open in between. Never: goes back.
// Threads: belongs to one connection.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "adapters/sql/access.hpp"

namespace adapters::sql {

constexpr std::int64_t no_row = std::numeric_limits<std::int64_t>::max();

class Stream {
 public:
  virtual ~Stream() = default;
  virtual std::int64_t seek(std::int64_t row) = 0;  // the first one at or after `row`; no_row at the end
};

std::unique_ptr<Stream> stream_of(std::vector<std::int64_t> rows);                     // sorted
std::unique_ptr<Stream> stream_of(Connection& connection, std::vector<Range> points);  // every range a point

// All current resources of one type, with the sequence of each.
class Listed final : public Stream {
 public:
  Listed(Connection& connection, Slot type) : connection_(connection), type_(type) {}
  std::int64_t seek(std::int64_t row) override;
  std::int64_t sequence() const { return buffer_[at_].second; }  // of the row that seek() answered

 private:
  void fetch(std::int64_t row);

  Connection& connection_;
  Slot type_;
  std::vector<std::pair<std::int64_t, std::int64_t>> buffer_;
  std::size_t at_ = 0, piece_ = 1;
  bool ended_ = false;
};

}  // namespace adapters::sql
