// Gathers hits: in the order they come, or the first `limit` of them in sort order without keeping the others.
// Never: reads a store. Threads: belongs to one search.
#pragma once
#include <vector>

#include "adapters/sql/search.hpp"

namespace adapters::sql {

class Collector {
 public:
  explicit Collector(const core::store::Query& query) : query_(query) {}

  bool sorts() const { return !query_.sort.empty(); }
  bool full() const { return !sorts() && of_type_ > query_.limit; }  // more of this type change nothing
  void next_type() { of_type_ = 0; }
  void add(core::store::Match match);
  void add(Image image);
  core::store::Found found() &&;

 private:
  bool comes_first(const Image& a, const Image& b) const;

  const core::store::Query& query_;
  std::vector<core::store::Match> matches_;
  std::vector<Image> heap_;  // the last one in order on top
  std::size_t of_type_ = 0, total_ = 0;
};

}  // namespace adapters::sql
