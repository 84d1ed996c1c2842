#include "core/evaluation/evaluate.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace core::evaluation {
namespace {

constexpr double days_of_month = 30.4375;

std::string_view sex_code(char sex) { return sex == 'f' ? "female" : sex == 'm' ? "male" : sex == 'o' ? "other" : "unknown"; }
std::string_view need_code(SocialNeed need) { return need == SocialNeed::some ? "some" : need == SocialNeed::none ? "none" : "unknown"; }

// Who was a member, for how many days of the period, and in which strata.
class People {
 public:
  People(const History& history, Period period) : period_(period) {
    for (const auto& member : history.members) {
      const auto from = std::max(member.from, period.start), until = std::min(member.until, period.end + 1);
      if (until <= from) continue;
      auto& known = by_patient_[member.patient];
      known.spans.push_back({from, until});
      known.days += until - from;
      known.strata = {{"age", age_band(member.birth, period.end)}, {"sex", std::string(sex_code(member.sex))},
                      {"social-need", std::string(need_code(member.need))}};
    }
  }
  struct Known {
    std::vector<std::pair<Day, Day>> spans;
    double days = 0;
    std::vector<std::pair<std::string, std::string>> strata;
  };
  const std::map<std::string, Known>& all() const { return by_patient_; }
  const Known* find(const std::string& patient) const {
    const auto found = by_patient_.find(patient);
    return found == by_patient_.end() ? nullptr : &found->second;
  }
  // The member that something on this day belongs to: inside the period and while a member.
  const Known* on(const std::string& patient, Day day) const {
    const auto* known = find(patient);
    if (!known || day < period_.start || day > period_.end) return nullptr;
    const bool inside = std::any_of(known->spans.begin(), known->spans.end(), [day](const auto& span) { return span.first <= day && day < span.second; });
    return inside ? known : nullptr;
  }

 private:
  Period period_;
  std::map<std::string, Known> by_patient_;
};

class Counter {
 public:
  Counter(Aim aim, std::string code, std::string title, std::string unit, double per) : figure_{aim, std::move(code), std::move(title), std::move(unit), 0, 0, per, {}} {}
  void add(const People::Known& who, double numerator, double denominator) {
    figure_.numerator += numerator;
    figure_.denominator += denominator;
    for (const auto& key : who.strata) {
      auto& [above, below] = strata_[key];
      above += numerator;
      below += denominator;
    }
  }
  Figure done() {
    for (const auto& [key, sums] : strata_) figure_.strata.push_back({key.first, key.second, sums.first, sums.second, figure_.per});
    return std::move(figure_);
  }

 private:
  Figure figure_;
  std::map<std::pair<std::string, std::string>, std::pair<double, double>> strata_;
};

// A rate over the time that people were members: the denominator is person-months.
Counter per_month(const People& people, Aim aim, std::string code, std::string title, std::string what, double per = 100) {
  Counter counter(aim, std::move(code), std::move(title), std::move(what) + "/100 people and month", per);
  for (const auto& [patient, known] : people.all()) counter.add(known, 0, known.days / days_of_month);
  return counter;
}

void effect(const History& history, const People& people, std::vector<Figure>& figures) {
  Counter targets(Aim::effect, "targets-met", "Targets met", "%", 100), care(Aim::effect, "recommendations-met", "Care recommendations met", "%", 100);
  for (const auto& outcome : history.outcomes) {
    const auto* who = people.find(outcome.patient);
    const bool asked = outcome.status != gap::Status::excluded && outcome.status != gap::Status::not_applicable && outcome.status != gap::Status::not_evaluable;
    if (!who || !asked) continue;
    const bool met = outcome.status == gap::Status::satisfied || outcome.status == gap::Status::due_soon;
    care.add(*who, met, 1);
    if (outcome.kind == gap::ItemKind::target) targets.add(*who, met, 1);
  }
  auto closed = per_month(people, Aim::effect, "gaps-closed", "Gaps closed by evidence", "gaps");
  for (const auto& task : history.tasks)
    if (const auto* who = people.on(task.patient, task.closed); who && task.by_evidence) closed.add(*who, 1, 0);
  figures.push_back(targets.done());
  figures.push_back(care.done());
  figures.push_back(closed.done());
}

void experience(const History& history, const People& people, std::vector<Figure>& figures) {
  std::map<std::string, Counter> surveys;
  for (const auto& score : history.scores)
    if (const auto* who = people.on(score.patient, score.day))
      surveys.try_emplace(score.survey, Aim::experience, "score-" + score.survey, "Mean score of " + score.survey, "1", 1.0).first->second.add(*who, score.value, 1);
  for (auto& [survey, counter] : surveys) figures.push_back(counter.done());
  std::set<std::string> heard;
  for (const auto& score : history.scores)
    if (people.on(score.patient, score.day)) heard.insert(score.patient);
  Counter answered(Aim::experience, "surveyed", "People who answered a survey", "%", 100);
  for (const auto& [patient, known] : people.all()) answered.add(known, static_cast<double>(heard.count(patient)), 1);
  figures.push_back(answered.done());
}

void cost(const History& history, const People& people, std::vector<Figure>& figures) {
  auto contacts = per_month(people, Aim::cost, "contacts", "Contacts", "contacts");
  auto visits = per_month(people, Aim::cost, "ambulatory-visits", "Ambulatory visits", "visits");
  auto emergencies = per_month(people, Aim::cost, "emergency-visits", "Emergency visits", "visits");
  auto stays = per_month(people, Aim::cost, "stays", "Hospital stays", "stays");
  auto days = per_month(people, Aim::cost, "stay-days", "Days in hospital", "days");
  auto costs = per_month(people, Aim::cost, "costs", "Costs, where given", "currency");
  bool any_cost = false;
  for (const auto& contact : history.contacts)
    if (const auto* who = people.on(contact.patient, contact.day)) contacts.add(*who, 1, 0);
  for (const auto& use : history.uses) {
    const auto* who = people.on(use.patient, use.day);
    if (!who) continue;
    (use.kind == Use::Kind::ambulatory ? visits : use.kind == Use::Kind::emergency ? emergencies : stays).add(*who, 1, 0);
    if (use.kind == Use::Kind::stay) days.add(*who, use.days, 0);
    if (use.cost) costs.add(*who, *use.cost, 0), any_cost = true;
  }
  for (const auto& expense : history.expenses)
    if (const auto* who = people.on(expense.patient, expense.day)) costs.add(*who, expense.amount, 0), any_cost = true;
  for (auto* counter : {&contacts, &visits, &emergencies, &stays, &days}) figures.push_back(counter->done());
  if (any_cost) figures.push_back(costs.done());
}

void process(const History& history, const People& people, std::vector<Figure>& figures) {
  std::map<std::string, std::size_t> kinds;
  for (const auto& contact : history.contacts) ++kinds[contact.medium.empty() ? "unknown" : contact.medium];
  for (const auto& [medium, number] : kinds) {
    auto counter = per_month(people, Aim::process, "contacts-" + medium, "Contacts by " + medium, "contacts");
    for (const auto& contact : history.contacts)
      if (const auto* who = people.on(contact.patient, contact.day); who && (contact.medium.empty() ? "unknown" : contact.medium) == medium) counter.add(*who, 1, 0);
    figures.push_back(counter.done());
  }
  Counter reached(Aim::process, "reached", "Contacts that reached the person", "%", 100);
  for (const auto& contact : history.contacts)
    if (const auto* who = people.on(contact.patient, contact.day)) reached.add(*who, contact.reached, 1);
  Counter deciding(Aim::process, "days-to-decision", "Time from gap to decision", "d", 1), closing(Aim::process, "days-to-close", "Time from gap to closing by evidence", "d", 1);
  Counter declined(Aim::process, "declined", "Decisions against", "%", 100);
  for (const auto& task : history.tasks) {
    if (const auto* who = people.on(task.patient, task.decided); who && task.opened != no_day) {
      deciding.add(*who, std::max(0, task.decided - task.opened), 1);
      declined.add(*who, task.declined, 1);
    }
    if (const auto* who = people.on(task.patient, task.closed); who && task.by_evidence && task.opened != no_day)
      closing.add(*who, std::max(0, task.closed - task.opened), 1);
  }
  auto overrules = per_month(people, Aim::process, "overrules", "Tiers overruled", "overrules");
  for (const auto& overrule : history.overrules)
    if (const auto* who = people.on(overrule.patient, overrule.day)) overrules.add(*who, 1, 0);
  for (auto* counter : {&reached, &deciding, &closing, &declined, &overrules}) figures.push_back(counter->done());
  if (history.places) figures.push_back({Aim::process, "people-over-capacity", "People in the panel, of those there is room for", "%",
                                         static_cast<double>(people.all().size()), *history.places, 100, {}});
  if (history.work_minutes && history.capacity_minutes)
    figures.push_back({Aim::process, "work-over-capacity", "Work asked for, of the time there is", "%", *history.work_minutes, *history.capacity_minutes, 100, {}});
}

std::optional<double> ratio(double numerator, double denominator, double per) {
  return denominator > 0 ? std::optional(per * numerator / denominator) : std::nullopt;
}

}  // namespace

std::string_view code_of(Aim aim) {
  constexpr std::array<std::string_view, 4> codes{"effect", "experience", "cost", "process"};
  return codes[static_cast<std::size_t>(aim)];
}

std::optional<double> Stratum::score() const { return ratio(numerator, denominator, per); }
std::optional<double> Figure::score() const { return ratio(numerator, denominator, per); }

std::string age_band(Day birth, Day on) {
  if (birth == no_day || birth > on) return "unknown";
  const auto age = age_on(birth, on);
  return age < 18 ? "0-17" : age < 40 ? "18-39" : age < 65 ? "40-64" : age < 75 ? "65-74" : "75+";
}

std::vector<Figure> evaluate(const History& history, Period period) {
  const People people(history, period);
  std::vector<Figure> figures;
  Counter members(Aim::process, "members", "People in the panel", "1", 1);
  for (const auto& [patient, known] : people.all()) members.add(known, 1, 1);
  effect(history, people, figures);
  experience(history, people, figures);
  cost(history, people, figures);
  figures.push_back(members.done());
  process(history, people, figures);
  return figures;
}

}  // namespace core::evaluation
