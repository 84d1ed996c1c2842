// The one loop that all functions over facts share. Never: included outside core/gap's reading_*.cpp. Threads: none.
#pragma once
#include <utility>

#include "core/gap/reading.hpp"

namespace core::gap {

template <class Each>
void Reading::walk(SetId set, std::uint32_t meaning, Each&& each) const {
  if (!means(set, meaning)) return;
  const bool outside = outside_hospital_[set];
  auto at = start(set);
  do {
    if ((at.member->meaning & meaning) == 0) continue;
    const auto code = code_at(at.row);
    if (code > today_code_ || (outside && in_hospital(code))) continue;
    if (each(std::as_const(at), code)) return;
  } while (advance(at));
}

}  // namespace core::gap
