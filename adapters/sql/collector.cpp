#include "adapters/sql/collector.hpp"

#include <algorithm>

namespace adapters::sql {

using namespace core::store;

void Collector::add(Match match) {
  ++of_type_, ++total_;
  matches_.push_back(match);
}

void Collector::add(Image image) {
  ++of_type_, ++total_;
  const auto order = [this](const Image& a, const Image& b) { return comes_first(a, b); };
  if (heap_.size() >= query_.limit) {
    if (heap_.empty() || !comes_first(image, heap_.front())) return;
    std::pop_heap(heap_.begin(), heap_.end(), order);
    heap_.pop_back();
  }
  heap_.push_back(std::move(image));
  std::push_heap(heap_.begin(), heap_.end(), order);
}

bool Collector::comes_first(const Image& a, const Image& b) const {
  for (const Sort& key : query_.sort)
    if (const int order = compare(key, a.subject(), b.subject())) return order < 0;
  return a.row < b.row;
}

Found Collector::found() && {
  Found found;
  found.complete = total_ <= query_.limit;
  if (sorts()) {
    std::sort_heap(heap_.begin(), heap_.end(), [this](const Image& a, const Image& b) { return comes_first(a, b); });
    for (const Image& image : heap_) found.matches.push_back({image.row, image.sequence});
    return found;
  }
  found.matches = std::move(matches_);
  std::sort(found.matches.begin(), found.matches.end(), [](const Match& a, const Match& b) { return a.row < b.row; });
  if (!found.complete) found.matches.resize(query_.limit);
  return found;
}

}  // namespace adapters::sql
