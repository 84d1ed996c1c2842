// Functions over the person: age, birthdays, sex, risk; and over the day itself.
#include <algorithm>
#include <array>

#include "core/gap/reading.hpp"

namespace core::gap {

using namespace population;

namespace {

// The first days of the years in which people live.
constexpr int first_year = 1800, years_known = 512;
constexpr auto first_days = [] {
  std::array<Day, years_known + 1> days{};
  constexpr int before_1970 = 719'162;
  for (int i = 0; i <= years_known; ++i) {
    const int before = first_year + i - 1;
    days[static_cast<std::size_t>(i)] = before * 365 + before / 4 - before / 100 + before / 400 - before_1970;
  }
  return days;
}();

}  // namespace

int Reading::age() {
  if (age_ != unreckoned) return age_;
  if (born_ == no_day || born_ > today_) return age_ = -1;
  if (civil_of_ != today_) civil_ = civil_from(today_), civil_of_ = today_;
  if (!born_dated_) born_date_ = civil_from(born_), born_dated_ = true;
  const bool had_birthday = std::pair(civil_.month, civil_.day) >= std::pair(born_date_.month, born_date_.day);
  return age_ = civil_.year - born_date_.year - (had_birthday ? 0 : 1);
}

// 29 February counts from 1 March in common years, as age_on() has it.
Day Reading::reckoned_birthday(int years) {
  if (!born_dated_) born_date_ = civil_from(born_), born_dated_ = true;
  const auto at = static_cast<std::size_t>(born_date_.year + years - first_year);
  if (at >= years_known) return birthday_far(years);
  constexpr std::array<int, 12> before_month{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const bool leap = first_days[at + 1] - first_days[at] == 366;
  return first_days[at] + before_month[static_cast<std::size_t>(born_date_.month - 1)] + born_date_.day - 1 + (leap && born_date_.month > 2);
}

Day Reading::birthday_far(int years) const {
  Civil date{born_date_.year + years, born_date_.month, born_date_.day};
  if (date.month == 2 && date.day == 29 && !exists(date)) date.month = 3, date.day = 1;
  return day_from(date);
}

Value Reading::season(int month, int day) {
  if (month < 1 || month > 12 || day < 1 || day > 31) return {};
  if (season_.today != today_ || season_.month != month || season_.day != day) {
    const auto start_in = [&](int year) {
      Civil date{year, month, day};
      while (date.day > 28 && !exists(date)) --date.day;  // in a year past 9999 no day exists
      return day_from(date);
    };
    const auto year = civil_from(today_).year;
    const auto this_year = start_in(year);
    const bool begun = this_year <= today_;
    season_ = {today_, begun ? this_year : start_in(year - 1), begun ? start_in(year + 1) : this_year, month, day};
  }
  note(season_.next);
  return of(static_cast<double>(season_.start));
}

Value Reading::completed_years() {
  const auto years = age();
  if (years < 0) {
    if (born_ != no_day) note(born_);
    return {};
  }
  if (tracking) {
    if (next_birthday_ == no_day) next_birthday_ = reckoned_birthday(years + 1);
    note(next_birthday_);
  }
  return of(static_cast<double>(years));
}

Value Reading::person(const Step& step, const Value* arguments) {
  switch (step.op) {
    case Rule::Op::age: return completed_years();
    case Rule::Op::age_days: {
      if (born_ == no_day) return {};
      auto result = of(static_cast<double>(today_ - born_));
      result.slope = 1;
      return result;
    }
    case Rule::Op::female: return view_.sex == 'f' || view_.sex == 'm' ? of(view_.sex == 'f') : Value{};
    case Rule::Op::male: return view_.sex == 'f' || view_.sex == 'm' ? of(view_.sex == 'm') : Value{};
    case Rule::Op::today: {
      auto result = of(static_cast<double>(today_));
      result.slope = 1;
      return result;
    }
    case Rule::Op::born: return born_ == no_day ? Value{} : of(static_cast<double>(born_));
    case Rule::Op::birthday: {
      const auto years = arguments[0].number;
      return born_ == no_day || years < 0 || years > 200 ? Value{} : of(static_cast<double>(birthday(static_cast<int>(years))));
    }
    default: break;
  }
  if (!arguments[0].present || !arguments[1].present) return {};
  return season(static_cast<int>(arguments[0].number), static_cast<int>(arguments[1].number));
}

Value Reading::risk(const Step& step) const {
  if (step.op == Rule::Op::tier && step.set == composite) {
    const auto tier = population_.tier(view_.id);
    return tier < 0 ? Value{} : of(static_cast<double>(tier));
  }
  const auto number = population_.algorithm(plan_.algorithms()[step.set]);
  if (!number) return {};
  const auto risk = population_.risk(view_.id, *number);
  if (step.op == Rule::Op::score) return risk.scored ? of(static_cast<double>(risk.score)) : Value{};
  return risk.tier < 0 ? Value{} : of(static_cast<double>(risk.tier));
}

}  // namespace core::gap
