// What LACE asks of a hospital stay, and what the composite asks of social needs. House rulings where the sources are silent:
// a same-day stay is 0 days; acuity from admission source, priority or an emergency visit in the day before; one emergency
// visit a day; psychiatric, nursing-home and hospice stays are out (their Encounters are not of class IMP, ACUTE or NONAC).
#include <algorithm>
#include <map>
#include <set>

#include "core/panel/risk_codes.hpp"
#include "core/panel/risk_facts.hpp"

namespace core::panel {

using population::Coding;
using population::Fact;
using population::FactKind;
using population::State;

namespace {

constexpr std::string_view act_code = "v3-ActCode", act_priority = "v3-ActPriority", admit_source = "admit-source";
constexpr int discharge_days = 30, visits_months = 6;

bool is_class(const Fact& fact, std::initializer_list<std::string_view> classes) {
  if (fact.kind != FactKind::encounter || fact.state != State::valid) return false;
  return std::any_of(classes.begin(), classes.end(), [&](std::string_view c) { return has_code(fact.codes, act_code, c); });
}

std::size_t latest_stay(const Facts& facts) {
  std::size_t latest = no_fact;
  for (std::size_t i = 0; i < facts.all.size(); ++i) {
    const Fact& fact = facts.all[i];
    if (!is_class(fact, {"IMP", "ACUTE", "NONAC"}) || fact.start == population::no_day || fact.end == population::open_end) continue;
    if (fact.end > facts.setting.today || fact.end <= facts.setting.today - discharge_days || fact.end < fact.start) continue;
    if (latest == no_fact || fact.end >= facts.all[latest].end) latest = i;
  }
  return latest;
}

bool emergency_before(const Facts& facts, const Fact& stay) {
  return std::any_of(facts.all.begin(), facts.all.end(), [&](const Fact& fact) {
    if (!is_class(fact, {"EMER"}) || fact.start == population::no_day) return false;
    const Day end = fact.end == population::open_end ? fact.start : fact.end;
    return end <= stay.start && end >= stay.start - 1;
  });
}

std::optional<bool> acute(const Facts& facts, const Fact& stay) {
  if (has_code(stay.about, admit_source, "emd") || has_code(stay.about, act_priority, "EM") || has_code(stay.about, act_priority, "UR")) return true;
  if (emergency_before(facts, stay)) return true;
  const bool other_source = std::any_of(stay.about.begin(), stay.about.end(), [](const Coding& c) {
    return c.system.find(admit_source) != std::string::npos;
  });
  if (other_source || has_code(stay.about, act_priority, "EL")) return false;
  return std::nullopt;
}

// Emergency visits in the six months before admission, one a day, without the visit that led to the stay.
double emergency_visits(const Facts& facts, const Fact& stay) {
  std::set<Day> days;
  const Day from = plus_months(stay.start, -visits_months);
  for (const Fact& fact : facts.all) {
    if (!is_class(fact, {"EMER"}) || fact.start == population::no_day) continue;
    const Day end = fact.end == population::open_end ? fact.start : fact.end;
    const bool led_here = end >= stay.start - 1;
    if (fact.start >= from && fact.start < stay.start && !led_here) days.insert(fact.start);
  }
  return static_cast<double>(days.size());
}

using Newest = std::map<std::string, Day>;  // question -> day of its newest answer

Newest newest_answers(const Facts& facts) {
  Newest newest;
  for (const Fact& fact : facts.all) {
    if (fact.answers.empty() || !facts.counts(fact) || !facts.recent(fact, facts.tables.needs.look_back_days)) continue;
    for (const Coding& code : fact.codes) {
      auto& day = newest.try_emplace(code.code, fact.start).first->second;
      day = std::max(day, fact.start);
    }
  }
  return newest;
}

bool open_condition(const Facts& facts, const Fact& fact) {
  return fact.kind == FactKind::condition && facts.counts(fact) && fact.state != State::stopped && fact.end > facts.setting.today;
}

bool answered(const Fact& fact, const NeedTables::Row& row, const Newest& newest) {
  const auto day = newest.find(row.code);
  return day != newest.end() && fact.start == day->second && has_code(fact.codes, row.system, row.code) &&
         std::any_of(fact.answers.begin(), fact.answers.end(), [&](const Coding& answer) { return answer.code == row.answer; });
}

}  // namespace

void gather_stay(const Facts& facts, Gathered& out) {
  const std::size_t stay = latest_stay(facts);
  if (stay == no_fact) {
    out.add("no_recent_stay", true);
    return;
  }
  const Fact& fact = facts.all[stay];
  out.add("length_of_stay_days", static_cast<double>(fact.end - fact.start), stay);
  if (const auto is_acute = acute(facts, fact)) out.add("acute", *is_acute, stay);
  out.add("ed_visits_6mo", emergency_visits(facts, fact), stay);
}

void gather_needs(const Facts& facts, Gathered& out) {
  const Newest newest = newest_answers(facts);
  bool declined = false;
  for (std::size_t i = 0; i < facts.all.size(); ++i) {
    const Fact& fact = facts.all[i];
    for (const NeedTables::Row& row : facts.tables.needs.rows) {
      const bool found = row.answer.empty() ? open_condition(facts, fact) && has_code(fact.codes, row.system, row.code)
                                            : facts.counts(fact) && answered(fact, row, newest);
      if (!found) continue;
      out.add("social_needs", row.need, i);
      if (row.urgent) out.add("urgent_needs", row.need, i);
    }
    const bool known_question = std::any_of(fact.codes.begin(), fact.codes.end(), [&](const Coding& c) { return newest.contains(c.code); });
    declined |= known_question && std::any_of(fact.answers.begin(), fact.answers.end(), [&](const Coding& answer) {
                  return facts.tables.needs.declined_answers.contains(answer.code);
                });
  }
  if (declined) out.add("needs_declined", true);
}

}  // namespace core::panel
