// Functions over numbers: results of the newest day, the ones before, extremes.
#include <algorithm>

#include "core/gap/reading_walk.hpp"

namespace core::gap {

using namespace population;

// The value of the day that a fact is of: of sets like blood pressure the lowest, else the earliest stored.
Value Reading::day_value(SetId set, Place at) const {
  const auto code = code_at(at.row);
  const bool lowest = vocabulary_.sets()[set].lowest_of_day;
  Value result;
  do {
    if (!(at.member->meaning & valued) || (result.present && !lowest)) continue;
    const auto number = converted(at);
    if (!result.present || number < result.number) result = of(number, static_cast<std::int32_t>(at.row));
  } while (advance(at) && code_at(at.row) == code);
  return result;
}

bool Reading::newest_result_found(SetId set, Result& result) {
  const auto found = value(set, nullptr);
  if (found.present) result = {view_.rows[static_cast<std::size_t>(found.row)].day, static_cast<float>(found.number)};
  return found.present;
}

// What value() gives, from the runs of a set that is complete.
Value Reading::newest_value(SetId set, const Value* days) {
  const bool lowest = lowest_of_day_[set];
  if (const auto& head = heads_[set]; head.next == none) {
    const auto& member = member_of(head);
    const auto row = member.meaning & (valued | valueless) ? newest_of(runs_[head.run]) : -1;
    if (row < 0) return {};
    const auto at = static_cast<std::uint32_t>(row);
    const auto further = next_[at];
    if (!lowest || further == none || code_at(further) != code_at(at)) {
      if (days) {
        if (code_at(at) <= today_code_ - static_cast<int>(days->number)) return {};
        note(today_ - today_code_ + code_at(at) + static_cast<int>(days->number));
      }
      return member.meaning & valued ? of(converted({&member, at, none}), row) : Value{};
    }
  }
  int code = 0;
  each_part(set, [&](const Part& part) {
    if (!(member_of(part).meaning & (valued | valueless))) return;
    if (const auto row = newest_of(runs_[part.run]); row >= 0) code = std::max(code, code_at(static_cast<std::uint32_t>(row)));
  });
  if (code == 0) return {};
  if (days) {
    if (code <= today_code_ - static_cast<int>(days->number)) return {};
    note(today_ - today_code_ + code + static_cast<int>(days->number));
  }
  Value result;
  each_part(set, [&](const Part& part) {
    const auto& member = member_of(part);
    if (!(member.meaning & valued)) return;
    for (auto row = static_cast<std::uint32_t>(newest_of(runs_[part.run])); row != none && code_at(row) == code; row = next_[row]) {
      const auto number = converted({&member, row, none});
      const auto its_row = static_cast<std::int32_t>(row);
      if (!result.present || (lowest && number != result.number ? number < result.number : its_row > result.row)) result = of(number, its_row);
    }
  });
  return result;
}

// Empty when the newest result has no usable value, or one without a day might be the newest.
Value Reading::value(SetId set, const Value* days) {
  Value result;
  if (!present(set)) return result;
  if (undated_ != 0 && means(set, valued | valueless) && (undated_of(set) & (valued | doubtful))) return result;
  if (complete(set)) return newest_value(set, days);
  walk(set, valued | valueless, [&](const Place& at, int code) {
    if (days) {
      if (code <= today_code_ - static_cast<int>(days->number)) return true;
      note(today_ - today_code_ + code + static_cast<int>(days->number));
    }
    result = day_value(set, at);
    return true;
  });
  return result;
}

Value Reading::previous(SetId set, int results) const {
  Value result;
  int last_code = -1;
  walk(set, valued, [&](const Place& at, int code) {
    if (code == 0) return true;
    if (code == last_code) return false;
    last_code = code;
    if (results-- > 0) return false;
    result = day_value(set, at);
    return true;
  });
  return result;
}

Value Reading::extreme(SetId set, int days, bool highest) {
  Value result;
  walk(set, valued, [&](const Place& at, int code) {
    if (code <= today_code_ - days) return true;
    note(today_ - today_code_ + code + days);
    const auto number = converted(at);
    if (!result.present || (highest ? number > result.number : number < result.number))
      result = of(number, static_cast<std::int32_t>(at.row));
    return false;
  });
  return result;
}

// Not known when there are not two, and a result without usable value or day might be one.
Value Reading::twice_below(SetId set, double limit, int days) const {
  int newest = 0;
  std::int32_t row = -1;
  bool twice = false;
  walk(set, valued, [&](const Place& at, int code) {
    if (code == 0 || !(static_cast<float>(converted(at)) < static_cast<float>(limit))) return false;
    if (newest == 0) newest = code, row = static_cast<std::int32_t>(at.row);
    twice = newest - code >= days && (days > 0 || static_cast<std::int32_t>(at.row) != row);
    return twice;
  });
  if (twice) return of(true, row);
  return has_doubtful(set) ? Value{} : of(false);
}

}  // namespace core::gap
