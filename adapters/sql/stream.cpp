#include "adapters/sql/stream.hpp"

#include <algorithm>

#include "adapters/sql/key.hpp"

namespace adapters::sql {
namespace {

constexpr std::size_t first_piece = 4, largest_piece = 512;

class Rows final : public Stream {
 public:
  explicit Rows(std::vector<std::int64_t> rows) : rows_(std::move(rows)) {}
  std::int64_t seek(std::int64_t row) override {
    if (at_ < rows_.size() && rows_[at_] < row)
      at_ = static_cast<std::size_t>(
          std::lower_bound(rows_.begin() + static_cast<std::ptrdiff_t>(at_), rows_.end(), row) - rows_.begin());
    return at_ < rows_.size() ? rows_[at_] : no_row;
  }

 private:
  std::vector<std::int64_t> rows_;
  std::size_t at_ = 0;
};

class Point final : public Stream {
 public:
  Point(Connection& connection, Range range) : connection_(connection), range_(std::move(range)) {}

  std::int64_t seek(std::int64_t row) override {
    while (at_ < buffer_.size() && buffer_[at_] < row) ++at_;
    if (at_ == buffer_.size() && !ended_) fetch(row);
    return at_ < buffer_.size() ? buffer_[at_] : no_row;
  }

 private:
  void fetch(std::int64_t row) {
    const bool reads_on = !buffer_.empty() && row <= buffer_.back() + 1;
    piece_ = reads_on ? std::min(piece_ * 2, largest_piece) : first_piece;
    buffer_.clear();
    at_ = 0;
    std::string low = range_.low;
    put_row_number(low, row);
    Use keys(connection_[Sql::keys_up], Bytes{low}, Bytes{range_.high});
    while (buffer_.size() < piece_ && keys.next()) buffer_.push_back(row_of(keys.bytes(0)));
    ended_ = buffer_.size() < piece_;
  }

  Connection& connection_;
  Range range_;
  std::vector<std::int64_t> buffer_;
  std::size_t at_ = 0, piece_ = first_piece;
  bool ended_ = false;
};

class Union final : public Stream {
 public:
  explicit Union(std::vector<std::unique_ptr<Stream>> parts) : parts_(std::move(parts)), heads_(parts_.size(), 0) {}
  std::int64_t seek(std::int64_t row) override {
    std::int64_t lowest = no_row;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (heads_[i] < row) heads_[i] = parts_[i]->seek(row);
      lowest = std::min(lowest, heads_[i]);
    }
    return lowest;
  }

 private:
  std::vector<std::unique_ptr<Stream>> parts_;
  std::vector<std::int64_t> heads_;
};

}  // namespace

std::unique_ptr<Stream> stream_of(std::vector<std::int64_t> rows) { return std::make_unique<Rows>(std::move(rows)); }

std::unique_ptr<Stream> stream_of(Connection& connection, std::vector<Range> points) {
  std::vector<std::unique_ptr<Stream>> parts;
  for (Range& range : points) parts.push_back(std::make_unique<Point>(connection, std::move(range)));
  if (parts.size() == 1) return std::move(parts.front());
  return std::make_unique<Union>(std::move(parts));
}

std::int64_t Listed::seek(std::int64_t row) {
  while (at_ < buffer_.size() && buffer_[at_].first < row) ++at_;
  if (at_ == buffer_.size() && !ended_) fetch(row);
  return at_ < buffer_.size() ? buffer_[at_].first : no_row;
}

void Listed::fetch(std::int64_t row) {
  const bool reads_on = !buffer_.empty() && row <= buffer_.back().first + 8;
  piece_ = reads_on ? std::min(piece_ * 2, largest_piece) : 1;
  buffer_.clear();
  at_ = 0;
  Use rows(connection_[Sql::listed_from], type_, row);
  while (buffer_.size() < piece_ && rows.next()) buffer_.emplace_back(rows.integer(0), rows.integer(1));
  ended_ = buffer_.size() < piece_;
}

}  // namespace adapters::sql
