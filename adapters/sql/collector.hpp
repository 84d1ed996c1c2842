// Gathers hits: in the order they come, or the first `limit` of them in sort order without keeping the others; of a
// list that is continued, those behind the hit it goes on from. Never: reads a store. Threads: belongs to one search.
#pragma once
#include <optional>
#include <vector>

#include "adapters/sql/search.hpp"

namespace adapters::sql {

class Collector {
 public:
  Collector(const core::store::Query& query, const Connection& connection)
      : query_(query), connection_(connection), begun_(connection.touched) {}

  bool sorts() const { return !query_.sort.empty() && !query_.only_total; }
  // More of this type change nothing, or are not wanted and cost more than a page.
  bool full() const;
  void next_type() { of_type_ = 0; }
  void add(core::store::Match match);
  void add(Image image);
  void add(std::size_t total) { total_ += total; }  // counted without looking at them

  // Of this type there may be more, all of them behind the one added last (`last`, where there is an order).
  void stop(const Image* last = nullptr);
  void begin_after(std::optional<Image> image) { after_ = std::move(image); }
  const std::optional<Image>& after() const { return after_; }
  std::int64_t first_row() const { return query_.sort.empty() && query_.after ? query_.after->row + 1 : 1; }
  bool behind(const Image& image) const { return !after_ || comes_first(*after_, image); }
  core::store::Found found() &&;

 private:
  bool comes_first(const Image& a, const Image& b) const;

  static constexpr std::uint64_t a_page = 1'000;  // rows touched

  const core::store::Query& query_;
  const Connection& connection_;
  std::uint64_t begun_;
  std::optional<Image> after_;
  std::vector<core::store::Match> matches_;
  std::vector<Image> heap_;  // the last one in order on top
  std::int64_t last_row_ = 0;
  std::optional<Image> certain_;  // of some type nothing is known behind this
  std::int64_t certain_row_ = no_row;
  std::size_t of_type_ = 0, total_ = 0;
  bool stopped_ = false;
};

}  // namespace adapters::sql
