#include "fhir/operation/evaluation_history.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "core/panel/allocate.hpp"
#include "fhir/care/elements.hpp"

namespace fhir::operation {

namespace evaluation = core::evaluation;
using core::Day;
using core::gap::Plan;
using core::population::no_day;
using core::population::PersonId;
using core::population::Population;
using json::Value;

namespace {

Day day_of_text(std::string_view instant) {
  const auto moment = core::moment_from(instant);
  return moment ? moment->day() : no_day;
}

evaluation::SocialNeed need_of(const core::panel::Situation& situation) {
  bool unknown = false;
  for (const auto& need : situation.needs) {
    if (need.known) return evaluation::SocialNeed::some;
    unknown = true;
  }
  return unknown ? evaluation::SocialNeed::unknown : evaluation::SocialNeed::none;
}

// What the population knows of a member: who they are, their outcomes on the last day, their use of care.
void add_person(const Plan& plan, const Population& population, core::gap::Decider& decider, const core::panel::Allocator& allocator, PersonId person,
                evaluation::Member member, evaluation::Period period, evaluation::History& history) {
  core::population::ViewBuffer buffer;
  const core::population::PersonView view = population.view(person, buffer);
  member.birth = view.birth;
  member.sex = view.sex;
  member.need = need_of(allocator.situation(population, decider, person, period.end, core::gap::Needs{}));
  for (const core::gap::Decision& decision : decider.decide(person, period.end)) {
    const core::gap::Item& item = *plan.items()[decision.item].source;
    history.outcomes.push_back({member.patient, item.code, item.kind, decision.status});
  }
  const core::population::Vocabulary& words = population.vocabulary();
  const auto hospital = words.set(core::population::hospital_set);
  for (const core::population::Row& row : view.rows) {
    const core::population::Class& klass = words[row.klass];
    const Day day = core::population::day_of_code(row.day);
    if (klass.kind != core::population::FactKind::encounter || klass.state != core::population::State::valid) continue;
    if (day == no_day || day < period.start || day > period.end) continue;
    bool emergency = false, inside = false;
    for (const auto& code : words.codes(row.klass)) emergency = emergency || code.code == "EMER";
    for (const auto& m : words.members(row.klass)) inside = inside || (hospital && m.set == *hospital && (m.meaning & core::population::by_code));
    const Day end = core::population::end_of(row, klass);
    const int days = end == core::population::open_end ? 0 : end - day;
    history.uses.push_back({member.patient, emergency ? evaluation::Use::Kind::emergency : inside ? evaluation::Use::Kind::stay : evaluation::Use::Kind::ambulatory, day,
                            days, std::nullopt});
  }
  history.members.push_back(std::move(member));
}

// The life of a gap Task, from the Task itself: authored, decided (its first note), ended.
evaluation::TaskHistory history_of(const core::store::Record& record, const Value& task, const std::string& patient) {
  evaluation::TaskHistory life;
  life.patient = patient;
  const Value& codings = task["code"]["coding"];
  if (codings.size() > 0) life.item = std::string(codings[codings.size() - 1].text("code"));
  life.opened = day_of_text(task.text("authoredOn"));
  const Value& notes = task["note"];
  if (notes.size() > 0) life.decided = day_of_text(notes[0].text("time"));
  const std::string_view status = task.text("status");
  if (status == "completed" || status == "cancelled") life.closed = core::day_of(record.updated);
  life.by_evidence = status == "completed";
  life.declined = status == "rejected";
  return life;
}

// Of an open Task the minutes that the item costs the floor.
int minutes_of(const Value& task) {
  const Value* effort = care::extension(task, std::string(care::house) + "/StructureDefinition/effort-minutes");
  int minutes = 0;
  if (effort) {
    const std::string_view text = effort->text("valueInteger");
    (void)std::from_chars(text.data(), text.data() + text.size(), minutes);
  }
  return minutes;
}

std::optional<double> number_of(const Value& value) {
  if (!value.is_number()) return std::nullopt;
  const std::string_view text = value.text();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

core::Result<core::Done> each_of(core::store::Snapshot& snapshot, const char* type, const char* parameter, const std::string& patient,
                                 const std::function<void(const Value&)>& each) {
  core::store::Query query;
  query.types = {type};
  query.all.push_back(reference_criterion(parameter, {patient}));
  const auto records = find_all(snapshot, query);
  if (!records) return records.error();
  for (const core::store::Record& record : *records)
    if (const auto resource = json::parse(record.body); resource) each(resource->root());
  return core::Done{};
}

bool is_survey(const Desk& desk, const Value& code, std::string& name) {
  for (const Value& coding : code["coding"].elements()) {
    name = std::string(coding.text("code"));
    const std::string key = std::string(coding.text("system")) + "|" + name;
    if (std::find(desk.surveys.begin(), desk.surveys.end(), key) != desk.surveys.end()) return true;
  }
  return false;
}

// Numbers answered, added up: what a questionnaire without a score of its own comes to.
void add_answers(const Value& items, double& sum, bool& any) {
  for (const Value& item : items.elements()) {
    for (const Value& answer : item["answer"].elements()) {
      for (const char* name : {"valueInteger", "valueDecimal"})
        if (const auto number = number_of(answer[name])) sum += *number, any = true;
      add_answers(answer["item"], sum, any);
    }
    add_answers(item["item"], sum, any);
  }
}

// How people judge their care: results of the surveys that the operator named, as Observations or QuestionnaireResponses.
core::Result<core::Done> add_scores(const Desk& desk, core::store::Snapshot& snapshot, const std::string& patient, evaluation::History& history) {
  if (desk.surveys.empty()) return core::Done{};
  auto done = each_of(snapshot, "Observation", "subject", patient, [&](const Value& observation) {
    const std::string_view status = observation.text("status");
    std::string name;
    if ((status != "final" && status != "amended" && status != "corrected") || !is_survey(desk, observation["code"], name)) return;
    const Value& value = observation.find("valueInteger") ? observation["valueInteger"] : observation["valueQuantity"]["value"];
    if (const auto number = number_of(value)) history.scores.push_back({patient, name, care::when(observation["effectiveDateTime"]).day, *number});
  });
  if (!done) return done;
  return each_of(snapshot, "QuestionnaireResponse", "subject", patient, [&](const Value& response) {
    const std::string_view canonical = response.text("questionnaire"), url = canonical.substr(0, canonical.find('|')), status = response.text("status");
    if ((status != "completed" && status != "amended") || std::find(desk.surveys.begin(), desk.surveys.end(), url) == desk.surveys.end()) return;
    double sum = 0;
    bool any = false;
    add_answers(response["item"], sum, any);
    if (any) history.scores.push_back({patient, std::string(url.substr(url.rfind('/') + 1)), day_of_text(response.text("authored")), sum});
  });
}

// What was paid, where somebody says it: claims that were settled, and items charged.
core::Result<core::Done> add_expenses(core::store::Snapshot& snapshot, const std::string& patient, evaluation::History& history) {
  auto done = each_of(snapshot, "ExplanationOfBenefit", "patient", patient, [&](const Value& benefit) {
    if (benefit.text("status") != "active") return;
    auto amount = number_of(benefit["payment"]["amount"]["value"]);
    if (!amount) amount = number_of(benefit["total"][0]["amount"]["value"]);
    Day day = care::when(benefit["billablePeriod"]["start"]).day;
    if (day == no_day) day = care::when(benefit["created"]).day;
    if (amount) history.expenses.push_back({patient, day, *amount});
  });
  if (!done) return done;
  return each_of(snapshot, "ChargeItem", "subject", patient, [&](const Value& item) {
    const std::string_view status = item.text("status");
    if (status != "billable" && status != "billed") return;
    Day day = care::when(item["occurrenceDateTime"]).day;
    if (day == no_day) day = care::when(item["occurrencePeriod"]["start"]).day;
    if (const auto amount = number_of(item["priceOverride"]["value"])) history.expenses.push_back({patient, day, *amount});
  });
}

core::Result<core::Done> add_overrules(core::store::Snapshot& snapshot, const std::string& patient, evaluation::History& history) {
  return each_of(snapshot, "RiskAssessment", "subject", patient, [&](const Value& assessment) {
    if (assessment.text("status") != "entered-in-error" && assessment.find("performer"))
      history.overrules.push_back({patient, care::when(assessment["occurrenceDateTime"]).day});
  });
}

// Minutes of work that was there in the period: of Tasks that were open at some time in it.
core::Result<core::Done> add_work(core::store::Snapshot& snapshot, const std::string& patient, evaluation::Period period, evaluation::History& history,
                                  double& minutes) {
  core::store::Query tasks;
  tasks.types = {"Task"};
  tasks.all.push_back(reference_criterion("patient", {patient}));
  auto records = find_all(snapshot, std::move(tasks));
  if (!records) return records.error();
  for (const core::store::Record& record : *records)
    if (const auto task = json::parse(record.body); task && !care::gap_identifier(task->root()).empty()) {
      history.tasks.push_back(history_of(record, task->root(), patient));
      const evaluation::TaskHistory& life = history.tasks.back();
      if (life.opened <= period.end && (life.closed == no_day || life.closed >= period.start)) minutes += minutes_of(task->root());
    }
  core::store::Query contacts;
  contacts.types = {"Communication"};
  contacts.all.push_back(reference_criterion("subject", {patient}));
  records = find_all(snapshot, std::move(contacts));
  if (!records) return records.error();
  for (const core::store::Record& record : *records)
    if (const auto contact = json::parse(record.body); contact) {
      const Value& body = contact->root();
      const Value& media = body["medium"];
      const Value& first = media[0];
      const std::string medium(first["coding"].size() > 0 ? first["coding"][0].text("code") : first.text("text"));
      history.contacts.push_back({patient, medium, day_of_text(body.text("sent")), body.text("status") == "completed"});
    }
  return core::Done{};
}

}  // namespace

// What was known of a panel's members in a period; nothing: the Group is no panel.
core::Result<std::optional<evaluation::History>> history_for(const Desk& desk, core::store::Snapshot& snapshot, const std::string& group, evaluation::Period period,
                                                             std::optional<double> capacity_minutes) {
  evaluation::History history;
  const bool is_panel = desk.surveillance->reading_panels([&](const care::Panels& panels, const Population& population, const Plan& plan) {
    if (!panels.definition_of(group)) return false;
    if (const std::size_t capacity = panels.capacity(group); capacity > 0) history.places = static_cast<double>(capacity);
    core::gap::Decider decider(plan, population);
    const core::panel::Allocator allocator(plan);
    for (const core::panel::Member& member : panels.members(group)) {
      if (member.from > period.end || member.until <= period.start) continue;
      if (const auto person = population.find(member.patient))
        add_person(plan, population, decider, allocator, *person, {member.patient, member.from, member.until, no_day, 'u', evaluation::SocialNeed::unknown}, period,
                   history);
    }
    return true;
  });
  if (!is_panel) return std::optional<evaluation::History>{};
  std::set<std::string> patients;
  for (const evaluation::Member& member : history.members) patients.insert(member.patient);
  double minutes = 0;
  for (const std::string& patient : patients) {
    if (auto added = add_work(snapshot, patient, period, history, minutes); !added) return added.error();
    if (auto added = add_scores(desk, snapshot, patient, history); !added) return added.error();
    if (auto added = add_expenses(snapshot, patient, history); !added) return added.error();
    if (auto added = add_overrules(snapshot, patient, history); !added) return added.error();
  }
  if (capacity_minutes) {
    history.work_minutes = minutes;
    history.capacity_minutes = *capacity_minutes;
  }
  return std::optional(std::move(history));
}

}  // namespace fhir::operation
