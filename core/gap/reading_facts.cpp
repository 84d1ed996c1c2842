// Functions over conditions and evidence. "Newest" is by day; of one day the earliest stored comes first.
#include <algorithm>

#include "core/gap/reading_walk.hpp"

namespace core::gap {

using namespace population;

namespace {

constexpr std::uint32_t counting = evidence | doubtful;

Value of_code(int code, std::uint32_t row) {
  return of(static_cast<double>(day_of_code(static_cast<std::uint16_t>(code))), static_cast<std::int32_t>(row));
}

}  // namespace

// open(), onset(): a Condition without onset is open as long as it has not ended; it has no onset to give.
Value Reading::open_now(SetId set, bool onset) {
  bool found = false;
  std::uint32_t row = 0;
  int first = 0;
  walk(set, condition, [&](const Place& at, int code) {
    const auto each = at.row;
    const auto end = end_of(view_.rows[each], class_of(each));
    if (end <= today_) return false;
    note(end);
    if (!found || (code != 0 && (first == 0 || code < first))) first = code, row = each;
    found = true;
    return !onset && !tracking;
  });
  if (!onset) return of(found, found ? static_cast<std::int32_t>(row) : -1);
  return found && first != 0 ? of_code(first, row) : Value{};
}

std::int32_t Reading::open_condition(SetId set, Day& start) const {
  std::int32_t row = -1;
  walk(set, condition, [&](const Place& at, int code) {
    const auto each = at.row;
    if (end_of(view_.rows[each], class_of(each)) <= today_) return false;
    const auto day = day_of_code(static_cast<std::uint16_t>(code));
    if (row < 0 || (day != no_day && (start == no_day || day < start))) row = static_cast<std::int32_t>(each), start = day;
    return false;
  });
  return row;
}

// ever(), first(): newest first, so the last dated one is the first; of its day the earliest stored.
Value Reading::ever(SetId set, bool day) {
  if (!day && quick(set)) return of(means(set, occurred));
  std::int32_t row = -1;
  int first = 0;
  walk(set, occurred, [&](const Place& at, int code) {
    if (row < 0 || (code != 0 && (first == 0 || code < first))) row = static_cast<std::int32_t>(at.row), first = code;
    return !day;
  });
  if (!day) return of(row >= 0, row);
  return first != 0 ? of_code(first, static_cast<std::uint32_t>(row)) : Value{};
}

Day Reading::first_day(SetId set) {
  if (!present(set)) return no_day;
  if (!complete(set)) {
    const auto first = ever(set, true);
    return first.present ? static_cast<Day>(first.number) : no_day;
  }
  std::uint16_t oldest = 0;
  each_part(set, [&](const Part& part) {
    if (!(member_of(part).meaning & occurred)) return;
    const auto code = oldest_of(runs_[part.run]);
    if (code != 0 && (oldest == 0 || code < oldest)) oldest = code;
  });
  return day_of_code(oldest);
}

Value Reading::search_newest(SetId set) const {
  if (lenient_ && present(set) && (undated_of(set) & counting)) return of(static_cast<double>(today_));  // it may be of today
  Value result;
  walk(set, lenient_ ? counting : std::uint32_t{evidence}, [&](const Place& at, int code) {
    if (code != 0) result = of_code(code, at.row);
    return true;
  });
  return result;
}

bool Reading::newest_row_found(SetId set, std::uint32_t& row) {
  const auto found = newest(set);
  row = static_cast<std::uint32_t>(found.row);
  return found.present;
}

Value Reading::last(SetId set, const Value* from) {
  if (!from) return newest(set);
  const auto result = newest(set);
  const auto limit = static_cast<Day>(from->number);
  if (from->slope != 0 && result.present && result.number >= limit) note(today_ + static_cast<Day>(result.number) - limit + 1);
  return result.present && result.number >= limit ? result : Value{};
}

bool Reading::has_doubtful(SetId set) const {
  if (!present(set) || !((meanings_of(set) & doubtful) || (undated_of(set) & evidence))) return false;
  bool found = false;
  walk(set, counting, [&](const Place& at, int code) { return found = code == 0 || (at.member->meaning & doubtful) != 0; });
  return found;
}

void Reading::each_evidence_day(SetId set, std::vector<std::uint16_t>& days) const {
  if (const auto& head = heads_[set]; head.next == none && complete(set)) {
    if (!(member_of(head).meaning & evidence)) return;
    for (auto row = runs_[head.run].first; row != none && code_at(row) != 0; row = next_[row])
      if (code_at(row) <= today_code_) days.push_back(static_cast<std::uint16_t>(code_at(row)));
    return;
  }
  walk(set, evidence, [&](const Place&, int code) {
    if (code != 0) days.push_back(static_cast<std::uint16_t>(code));
    return false;
  });
}

Day Reading::refused(SetId set) {
  Day day = no_day;
  walk(set, refusal, [&](const Place&, int code) {
    day = day_of_code(static_cast<std::uint16_t>(code));
    return true;
  });
  return day;
}

// True by a fact that counts; without one, unknown when a fact without usable value, or without day, might be one.
Value Reading::within(SetId set, int days) {
  if (!present(set)) return of(false);
  if (complete(set) && !((meanings_of(set) & doubtful) || (undated_of(set) & counting))) {
    const auto found = newest(set);
    if (!found.present || found.number <= today_ - days) return of(false);
    note(static_cast<Day>(found.number) + days);
    return of(true, found.row);
  }
  Value result = of(false);
  walk(set, counting, [&](const Place& at, int code) {
    const bool counts = (at.member->meaning & evidence) != 0;
    if (code != 0 && code <= today_code_ - days) return (undated_of(set) & counting) == 0;
    if (code != 0) note(today_ - today_code_ + code + days);
    if (counts && code != 0) {
      result = of(true, static_cast<std::int32_t>(at.row));
      return true;
    }
    result = {};
    return false;
  });
  return result;
}

Value Reading::count(SetId set, const Value* days) {
  int number = 0, newest_counted = -1;
  bool more = false;
  std::int32_t row = -1;
  walk(set, counting, [&](const Place& at, int code) {
    if (code != 0 && days && code <= today_code_ - static_cast<int>(days->number)) return (undated_of(set) & counting) == 0;
    if (code != 0 && days) note(today_ - today_code_ + code + static_cast<int>(days->number));
    if (code == 0 || !(at.member->meaning & evidence)) {
      more = true;
    } else if (code != newest_counted) {
      ++number;
      newest_counted = code;
      if (row < 0) row = static_cast<std::int32_t>(at.row);
    }
    return false;
  });
  auto result = of(static_cast<double>(number), row);
  result.at_least = more;
  return result;
}

// answer() where one class alone has answers of the newest day, one of them or several.
Reading::Plain Reading::plain_answer(SetId set, SetId other) const {
  if (!means(set, asked)) return Plain::unknown;
  if (!quick(set) || undated_of(set) != 0) return Plain::walk;
  const Run* newest = nullptr;
  int newest_code = 0;
  bool twin = false;
  each_part(set, [&](const Part& part) {
    if (!(member_of(part).meaning & asked)) return;
    const auto& run = runs_[part.run];
    const auto code = code_at(static_cast<std::uint32_t>(newest_of(run)));
    if (!newest || code > newest_code) newest = &run, newest_code = code, twin = false;
    else if (code == newest_code) twin = true;
  });
  if (twin) return Plain::walk;
  for (const auto& member : vocabulary_.rule_members(newest->klass))
    if (member.set == other && (member.meaning & (by_answer | by_code))) return Plain::yes;
  return Plain::no;
}

// Of the newest day on which a question of the set was answered: is one of the answers of the other set?
Value Reading::answer(SetId set, SetId other) const {
  Value result;
  int newest_code = -1;
  walk(set, asked, [&](const Place& at, int code) {
    if (newest_code >= 0 && code != newest_code) return true;
    newest_code = code;
    const auto row = at.row;
    bool yes = false;
    for (const auto& member : vocabulary_.rule_members(view_.rows[row].klass))
      yes = yes || (member.set == other && (member.meaning & (by_answer | by_code)));
    if (!result.present || (yes && result.is_false())) result = of(yes, static_cast<std::int32_t>(row));
    return false;
  });
  return result;
}

Value Reading::declined(SetId set) const {
  Value result = of(false);
  walk(set, refusal | evidence, [&](const Place& at, int code) {
    const bool refused = (at.member->meaning & refusal) != 0;
    if (!refused) return true;
    (void)code;
    result = of(true, static_cast<std::int32_t>(at.row));
    return true;
  });
  return result;
}

}  // namespace core::gap
