// The one loop that all functions over facts share. Never: included outside core/gap's reading_*.cpp. Threads: none.
#pragma once
#include "core/gap/reading.hpp"

namespace core::gap {

template <class Each>
void Reading::walk(SetId set, std::uint32_t meaning, Each&& each) const {
  if (!means(set, meaning)) return;
  const bool outside = outside_hospital_[set];
  for (auto at = heads_[set].first; at != none; at = nodes_[at].next) {
    const auto& node = nodes_[at];
    if ((node.member->meaning & meaning) == 0) continue;
    const auto code = code_at(node.row);
    if (code > today_code_ || (outside && in_hospital(code))) continue;
    if (each(at, code)) return;
  }
}

}  // namespace core::gap
