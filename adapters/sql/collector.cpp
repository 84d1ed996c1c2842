#include "adapters/sql/collector.hpp"

#include <algorithm>

namespace adapters::sql {

using namespace core::store;

bool Collector::full() const {
  if (query_.only_total) return false;
  if (of_type_ > query_.limit) return true;
  return query_.enough > 0 && of_type_ > query_.enough && connection_.touched - begun_ > a_page;
}

void Collector::add(Match match) {
  if (match.row < first_row()) return;
  ++of_type_, ++total_;
  last_row_ = match.row;
  if (!query_.only_total) matches_.push_back(match);
}

void Collector::add(Image image) {
  if (!sorts()) return add(Match{image.row, image.sequence});
  if (!behind(image)) return;
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

void Collector::stop(const Image* last) {
  stopped_ = true;
  if (!sorts()) certain_row_ = std::min(certain_row_, last_row_);
  else if (!certain_ || comes_first(*last, *certain_)) certain_ = *last;
}

bool Collector::comes_first(const Image& a, const Image& b) const {
  for (const Sort& key : query_.sort)
    if (const int order = compare(key, a.subject(), b.subject())) return order < 0;
  return a.row < b.row;
}

Found Collector::found() && {
  Found found;
  found.total = total_;
  if (sorts()) {
    std::sort_heap(heap_.begin(), heap_.end(), [this](const Image& a, const Image& b) { return comes_first(a, b); });
    for (const Image& image : heap_)
      if (!certain_ || !comes_first(*certain_, image)) found.matches.push_back({image.row, image.sequence});
  } else {
    found.matches = std::move(matches_);
    std::sort(found.matches.begin(), found.matches.end(), [](const Match& a, const Match& b) { return a.row < b.row; });
    std::erase_if(found.matches, [this](const Match& match) { return match.row > certain_row_; });
    if (found.matches.size() > query_.limit) found.matches.resize(query_.limit);
  }
  found.complete = !stopped_ && (query_.only_total || total_ <= query_.limit);
  return found;
}

}  // namespace adapters::sql
