// Functions over social needs.
#include <algorithm>

#include "core/gap/reading_walk.hpp"

namespace core::gap {

using namespace population;

namespace {

constexpr int support_lasts = 90;      // a completed procedure or referral supports a need this long
constexpr std::size_t most_questions = 16;

}  // namespace

// The newest answers to each question decide: one yes is a need; else one no is none; asked and neither is not known.
void Reading::read_answers(const NeedSets& need, NeedAnswer& found) const {
  struct Question {
    std::uint16_t number = 0;
    int code = -1;
    bool yes = false, no = false;
  };
  std::array<Question, most_questions> questions;
  std::size_t count = 0;
  const auto read = [&](const std::optional<SetId>& set, bool yes) {
    if (!set) return;
    walk(*set, asked, [&](const Place& at, int code) {
      const auto number = at.member->question;
      std::size_t i = 0;
      while (i < count && questions[i].number != number) ++i;
      if (i == most_questions) return false;
      if (i == count) questions[count++].number = number;
      auto& question = questions[i];
      if (code < question.code) return false;
      if (code > question.code) question = {number, code, false, false};
      const bool says = (at.member->meaning & by_code) != 0;
      (yes ? question.yes : question.no) |= says;
      if (yes && says) found.row = static_cast<std::int32_t>(at.row);
      return false;
    });
  };
  read(need.answers, true);
  read(need.no, false);
  for (std::size_t i = 0; i < count; ++i) {
    found.asked = true;
    found.yes = found.yes || questions[i].yes;
    found.no = found.no || questions[i].no;
    if (!questions[i].yes) continue;
    // Back through the days on which this question was answered, while the answer was yes.
    int day = questions[i].code, since = day;
    bool says = true;
    walk(*need.answers, asked, [&](const Place& at, int code) {
      if (at.member->question != questions[i].number) return false;
      if (code != day) {
        if (!says) return true;
        day = code;
        says = false;
      }
      says = says || (at.member->meaning & by_code) != 0;
      if (says) since = day;
      return false;
    });
    if (since != 0) {
      const auto start = day_of_code(static_cast<std::uint16_t>(since));
      if (found.since == no_day || start < found.since) found.since = start;
    }
  }
}

// All rows of a run say the same, so that of each run its newest day is enough.
Reading::Plain Reading::needs(const NeedSets& need, bool recorded, bool answered, bool denied) const {
  if ((answered && !complete(*need.answers)) || (denied && !complete(*need.no))) return Plain::walk;
  if (recorded) {
    if (tracking) return Plain::walk;  // it is to be noted when one ends
    Day start = no_day;
    if (open_condition(*need.conditions, start) >= 0) return Plain::yes;
  }
  const auto* const answer = answered ? &heads_[*need.answers] : nullptr;
  const auto* const denial = denied ? &heads_[*need.no] : nullptr;
  const auto saying = [this](const Part* part) { return part ? member_of(*part).meaning & (asked | by_code) : 0u; };
  const bool one_run = (!answer || answer->next == none) && (!denial || denial->next == none) && (!answer || !denial || answer->run == denial->run);
  if (one_run && today_ == opened_) {  // it says yes, no, or something else
    constexpr std::uint32_t says = asked | by_code;
    if (saying(answer) == says) return Plain::yes;
    if (saying(denial) == says) return Plain::no;
    return (saying(answer) | saying(denial)) & asked ? Plain::unknown : Plain::no;
  }
  struct Question {
    std::uint16_t number;
    int code;
    bool yes, no;
  };
  std::array<Question, most_questions> questions;  // the first `count`
  std::size_t count = 0;
  bool too_many = false;
  const auto read = [&](SetId set, bool yes) {
    each_part(set, [&](const Part& part) {
      const auto& member = member_of(part);
      if (!(member.meaning & asked)) return;
      const auto newest = newest_of(runs_[part.run]);
      const auto code = newest < 0 ? 0 : code_at(static_cast<std::uint32_t>(newest));
      std::size_t i = 0;
      while (i < count && questions[i].number != member.question) ++i;
      if (i == most_questions) {
        too_many = true;
        return;
      }
      if (i == count) questions[count++] = {member.question, -1, false, false};
      auto& question = questions[i];
      if (code < question.code) return;
      if (code > question.code) question = {member.question, code, false, false};
      if (member.meaning & by_code) (yes ? question.yes : question.no) = true;
    });
  };
  if (answered) read(*need.answers, true);
  if (denied) read(*need.no, false);
  if (too_many) return Plain::walk;
  bool no = false;
  for (std::size_t i = 0; i < count; ++i) {
    if (questions[i].yes) return Plain::yes;
    no = no || questions[i].no;
  }
  return count > 0 && !no ? Plain::unknown : Plain::no;
}

Value Reading::need(const NeedSets& need, bool since) {
  if (const auto plain = needs(need); plain == Plain::no || plain == Plain::unknown) return since || plain == Plain::unknown ? Value{} : of(false);
  Day start = no_day;
  std::int32_t row = -1;
  if (need.conditions && present(*need.conditions)) {
    if (tracking) (void)open_now(*need.conditions, false);  // notes when one ends
    row = open_condition(*need.conditions, start);
  }
  const bool recorded = row >= 0;
  if (recorded && !since) return of(true, row);
  NeedAnswer answers;
  read_answers(need, answers);
  if (answers.yes && answers.since != no_day && (row < 0 || start == no_day || answers.since < start)) start = answers.since;
  if (row < 0) row = answers.row;
  const bool known = answers.yes || recorded;
  if (since) return known && start != no_day ? of(static_cast<double>(start), row) : Value{};
  if (known) return of(true, row);
  return answers.asked && !answers.no ? Value{} : of(false);
}

bool Reading::linked(const NeedSets& need, std::uint32_t row) const {
  for (const auto& member : vocabulary_.rule_members(view_.rows[row].klass))
    if ((member.meaning & by_about) && (need.conditions == member.set || need.about == member.set)) return true;
  if (!need.conditions) return false;
  const auto links = population_.links(view_, buffer_, row);
  if (links.empty()) return false;
  bool found = false;
  walk(*need.conditions, condition, [&](const Place& at, int) {
    const auto source = population_.source(view_, buffer_, at.row);
    found = std::find(links.begin(), links.end(), source) != links.end();
    return found;
  });
  return found;
}

// An order that a referral has in its focus: the referral tells how it goes.
bool Reading::carried(const NeedSets& need, std::uint32_t row) const {
  if (class_of(row).kind != FactKind::service_request) return false;
  const auto source = population_.source(view_, buffer_, row);
  bool found = false;
  walk(*need.support, by_code, [&](const Place& at, int) {
    if (class_of(at.row).kind != FactKind::task) return false;
    const auto links = population_.links(view_, buffer_, at.row);
    found = std::find(links.begin(), links.end(), source) != links.end();
    return found;
  });
  return found;
}

// A plan, request or referral that runs, or a procedure or referral of the last 90 days, when it is linked to the need.
Value Reading::supported(const NeedSets& need) {
  Value result = of(false);
  if (!need.support) return result;
  walk(*need.support, running | done, [&](const Place& at, int code) {
    const auto row = at.row;
    const auto& klass = class_of(row);
    const bool runs = (at.member->meaning & running) != 0;
    const auto end = end_of(view_.rows[row], klass);
    if (runs ? end < today_ : (klass.kind != FactKind::procedure && klass.kind != FactKind::task) || code == 0 || code <= today_code_ - support_lasts) return false;
    if (!linked(need, row) || carried(need, row)) return false;
    if (!runs) note(today_ - today_code_ + code + support_lasts);
    else if (end != open_end) note(end + 1);
    if (!result.is_true()) result = of(true, static_cast<std::int32_t>(row));
    return !tracking;
  });
  return result;
}

}  // namespace core::gap
