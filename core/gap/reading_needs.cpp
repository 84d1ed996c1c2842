// Functions over what runs (medicines, plans, referrals) and over social needs.
#include <algorithm>

#include "core/gap/reading_walk.hpp"

namespace core::gap {

using namespace population;

namespace {

constexpr int order_lasts = 365;       // an order that nobody stopped
constexpr int stretch_gap = 730;       // orders further apart are two courses
constexpr int support_lasts = 90;      // a completed procedure or referral supports a need this long
constexpr std::size_t most_questions = 16;
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
  for (std::uint32_t row = 0; row < view_.rows.size() && code_at(row) <= today_code_; ++row) {
    const auto& klass = class_of(row);
    if (klass.kind != FactKind::medication) continue;
    const auto meaning = klass.state == State::active    ? drug_active
                         : klass.state == State::valid   ? drug_ordered
                         : klass.state == State::stopped ? drug_stopped
                                                         : std::uint32_t{0};
    if (meaning != 0 && drug_on(row, meaning)) count_drug(klass.drug, number);
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

// The same as read_answers, told from the classes alone, where nobody says yes: false when somebody does, or it is not that simple.
bool Reading::read_newest_answers(const NeedSets& need, NeedAnswer& found) const {
  if (!quick_) return false;
  const bool has_answers = need.answers && present(*need.answers), has_no = need.no && present(*need.no);
  if ((has_answers && outside_hospital_[*need.answers]) || (has_no && outside_hospital_[*need.no])) return false;
  if (has_answers && (heads_[*need.answers].meanings & by_code)) return false;
  found.asked = (has_answers && (heads_[*need.answers].meanings & asked)) || (has_no && (heads_[*need.no].meanings & asked));
  if (!has_no || !(heads_[*need.no].meanings & by_code)) return true;
  const auto newest = [&](const Part& part) { return runs_[part.run].newest; };
  const auto day_of_run = [&](const Part& part) { return newest(part) < 0 ? 0 : code_at(static_cast<std::uint32_t>(newest(part))); };
  // A no is a no unless the question was answered on a later day.
  const auto answered_later = [&](SetId set, std::uint16_t question, int code) {
    for (auto at = heads_[set].first; at != none; at = parts_[at].next)
      if (const auto& part = parts_[at]; part.member->question == question && (part.member->meaning & asked) && day_of_run(part) > code) return true;
    return false;
  };
  std::size_t questions = 0;
  for (auto at = heads_[*need.no].first; at != none; at = parts_[at].next, ++questions) {
    const auto& member = *parts_[at].member;
    if (!(member.meaning & asked) || !(member.meaning & by_code)) continue;
    const auto code = day_of_run(parts_[at]);
    found.no = found.no || (!answered_later(*need.no, member.question, code) && !(has_answers && answered_later(*need.answers, member.question, code)));
  }
  return questions < most_questions;
}

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

Value Reading::need(const NeedSets& need, bool since) {
  if (const auto plain = plain_need(need); plain != Plain::walk) return since || plain == Plain::unknown ? Value{} : of(plain == Plain::yes);
  Day start = no_day;
  std::int32_t row = -1;
  if (need.conditions) {
    (void)open_now(*need.conditions, false);  // notes when one ends
    row = open_condition(*need.conditions, start);
  }
  NeedAnswer answers;
  if (!read_newest_answers(need, answers)) read_answers(need, answers = {});
  if (answers.yes && answers.since != no_day && (row < 0 || start == no_day || answers.since < start)) start = answers.since;
  if (row < 0) row = answers.row;
  const bool known = answers.yes || (need.conditions && open_now(*need.conditions, false).is_true());
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
