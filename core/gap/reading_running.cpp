// Functions over what runs: medicines, plans, referrals.
#include <algorithm>

#include "core/gap/reading_walk.hpp"

namespace core::gap {

using namespace population;

namespace {

constexpr int order_lasts = 365;  // an order that nobody stopped
constexpr int stretch_gap = 730;  // orders further apart are two courses
constexpr std::uint32_t any_drug = drug_active | drug_ordered | drug_stopped;

}  // namespace

// Active, or ordered within a year and not stopped; what has an end is off after it. The state is today's, also for past days.
bool Reading::drug_on(std::uint32_t row, std::uint32_t meaning) {
  const auto end = end_of(view_.rows[row], class_of(row));
  if (end < today_) return false;
  if (meaning & drug_stopped) {
    if (end != open_end) note(end + 1);
    return end != open_end;
  }
  const auto code = code_at(row);
  if (meaning & drug_ordered) {
    if (code == 0 || code <= today_code_ - order_lasts) return false;
    note(today_ - today_code_ + code + order_lasts);
  }
  if (end != open_end) note(end + 1);
  return true;
}

Value Reading::on(SetId set) {
  Value result = of(false);
  walk(set, any_drug, [&](const Place& at, int) {
    if (!drug_on(at.row, at.member->meaning)) return false;
    if (!result.is_true()) result = of(true, static_cast<std::int32_t>(at.row));
    return !tracking;
  });
  return result;
}

Value Reading::on_since(SetId set) {
  if (!on(set).is_true()) return {};
  int start = 0;
  std::int32_t row = -1;
  walk(set, any_drug, [&](const Place& at, int code) {
    if (code == 0 || (start != 0 && start - code > stretch_gap)) return true;
    if (code != start) row = static_cast<std::int32_t>(at.row);
    start = code;
    return false;
  });
  return start == 0 ? Value{} : of(static_cast<double>(day_of_code(static_cast<std::uint16_t>(start))), row);
}

// Different medicines, each once; one without a code may be another one or not.
void Reading::count_drug(std::uint16_t drug, Value& number) {
  if (drug == 0) {
    number.at_least = true;
  } else if (std::find(drugs_.begin(), drugs_.end(), drug) == drugs_.end()) {
    drugs_.push_back(drug);
    ++number.number;
  }
}

Value Reading::drugs() {
  drugs_.clear();
  auto number = of(0.0);
  for (std::uint32_t run = 0; run < run_count_; ++run) {
    const auto& klass = vocabulary_[runs_[run].klass];
    if (klass.kind != FactKind::medication) continue;
    const auto meaning = klass.state == State::active    ? drug_active
                         : klass.state == State::valid   ? drug_ordered
                         : klass.state == State::stopped ? drug_stopped
                                                         : std::uint32_t{0};
    if (meaning == 0) continue;
    for (auto row = runs_[run].first; row != none; row = next_[row])
      if (code_at(row) <= today_code_ && drug_on(row, meaning)) {
        count_drug(klass.drug, number);
        if (!tracking) break;
      }
  }
  return number;
}

Value Reading::drugs_of(SetId set) {
  drugs_.clear();
  auto number = of(0.0);
  walk(set, any_drug, [&](const Place& at, int) {
    const auto row = at.row;
    if (drug_on(row, at.member->meaning)) count_drug(class_of(row).drug, number);
    return false;
  });
  return number;
}

Value Reading::under_way(SetId set) {
  Value result = of(false);
  walk(set, running, [&](const Place& at, int) {
    const auto row = at.row;
    const auto end = end_of(view_.rows[row], class_of(row));
    if (end < today_) return false;
    if (end != open_end) note(end + 1);
    if (!result.is_true()) result = of(true, static_cast<std::int32_t>(row));
    return !tracking;
  });
  return result;
}

}  // namespace core::gap
