// Group/[id]/$evaluate: effect, experience, cost and process of a panel over a period, as a MeasureReport.
// Source: core/evaluation/evaluate.hpp; FHIR R4 MeasureReport (summary); profiles/house/measure-panel-evaluation.json.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/evaluation/evaluate.hpp"
#include "core/panel/allocate.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

namespace evaluation = core::evaluation;
using core::Day;
using core::gap::Plan;
using core::population::no_day;
using core::population::PersonId;
using core::population::Population;
using json::Document;
using json::Value;

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

core::Result<core::Done> add_work(core::store::Snapshot& snapshot, const std::string& patient, evaluation::History& history) {
  core::store::Query tasks;
  tasks.types = {"Task"};
  tasks.all.push_back(reference_criterion("patient", {patient}));
  auto records = find_all(snapshot, std::move(tasks));
  if (!records) return records.error();
  for (const core::store::Record& record : *records)
    if (const auto task = json::parse(record.body); task && !care::gap_identifier(task->root()).empty())
      history.tasks.push_back(history_of(record, task->root(), patient));
  core::store::Query contacts;
  contacts.types = {"Communication"};
  contacts.all.push_back(reference_criterion("subject", {patient}));
  records = find_all(snapshot, std::move(contacts));
  if (!records) return records.error();
  for (const core::store::Record& record : *records)
    if (const auto contact = json::parse(record.body); contact) {
      const Value& body = contact->root();
      const Value& media = body["medium"];
      const std::string medium(media.size() > 0 && media[0]["coding"].size() > 0 ? media[0]["coding"][0].text("code") : "");
      history.contacts.push_back({patient, medium, day_of_text(body.text("sent")), body.text("status") == "completed"});
    }
  return core::Done{};
}

class Report {
 public:
  Report(const std::string& group, evaluation::Period period, core::Instant now) {
    doc_.root() = doc_.object();
    set(doc_.root(), "resourceType", "MeasureReport");
    set(doc_.root(), "status", "complete");
    set(doc_.root(), "type", "summary");
    set(doc_.root(), "measure", std::string(care::house) + "/Measure/panel-evaluation");
    Value subject = doc_.object(), span = doc_.object();
    set(subject, "reference", "Group/" + group);
    doc_.set(doc_.root(), "subject", subject);
    set(doc_.root(), "date", core::text(now));
    set(span, "start", core::text(period.start));
    set(span, "end", core::text(period.end));
    doc_.set(doc_.root(), "period", span);
  }

  // Says with which period the figures are compared.
  void compare(evaluation::Period earlier) {
    Value span = doc_.object(), extension = doc_.object(), list = doc_.array();
    set(span, "start", core::text(earlier.start));
    set(span, "end", core::text(earlier.end));
    set(extension, "url", std::string(care::house) + "/StructureDefinition/earlier-period");
    doc_.set(extension, "valuePeriod", span);
    doc_.push(list, extension);
    doc_.set(doc_.root(), "extension", list);
  }

  void add(const evaluation::Figure& figure, const evaluation::Figure* earlier) {
    Value group = doc_.object(), code = doc_.object(), codings = doc_.array();
    doc_.push(codings, coding("aim", evaluation::code_of(figure.aim)));
    doc_.push(codings, coding("figure", figure.code));
    doc_.set(code, "coding", codings);
    set(code, "text", figure.title);
    doc_.set(group, "code", code);
    Value populations = doc_.array();
    doc_.push(populations, population("denominator", figure.denominator));
    doc_.push(populations, population("numerator", figure.numerator));
    doc_.set(group, "population", populations);
    if (earlier && earlier->score()) {
      Value before = doc_.object(), list = doc_.array();
      set(before, "url", std::string(care::house) + "/StructureDefinition/earlier-score");
      doc_.set(before, "valueQuantity", quantity(*earlier->score(), earlier->unit));
      doc_.push(list, before);
      doc_.set(group, "extension", list);
    }
    if (const auto score = figure.score()) doc_.set(group, "measureScore", quantity(*score, figure.unit));
    add_strata(group, figure);
    doc_.push(groups_, group);
  }

  rest::Response finish() {
    if (groups_.size() > 0) doc_.set(doc_.root(), "group", groups_);
    return answer(doc_.root());
  }

 private:
  void set(Value& object, std::string_view name, std::string_view text) { doc_.set(object, name, doc_.string(text)); }
  Value coding(std::string_view system, std::string_view code) {
    Value value = doc_.object();
    set(value, "system", std::string(care::house) + "/CodeSystem/" + std::string(system));
    set(value, "code", code);
    return value;
  }
  Value population(std::string_view code, double count) {
    Value value = doc_.object(), concept_value = doc_.object(), codings = doc_.array(), c = doc_.object();
    set(c, "system", "http://terminology.hl7.org/CodeSystem/measure-population");
    set(c, "code", code);
    doc_.push(codings, c);
    doc_.set(concept_value, "coding", codings);
    doc_.set(value, "code", concept_value);
    doc_.set(value, "count", doc_.number(static_cast<std::int64_t>(std::llround(count))));
    return value;
  }
  Value quantity(double number, const std::string& unit) {
    Value value = doc_.object();
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", number);
    doc_.set(value, "value", doc_.number(std::string_view(text)));
    if (!unit.empty()) set(value, "unit", unit);
    return value;
  }
  void add_strata(Value& group, const evaluation::Figure& figure) {
    std::vector<std::string> names;
    for (const evaluation::Stratum& stratum : figure.strata)
      if (std::find(names.begin(), names.end(), stratum.stratifier) == names.end()) names.push_back(stratum.stratifier);
    Value stratifiers = doc_.array();
    for (const std::string& name : names) {
      Value stratifier = doc_.object(), what = doc_.object(), codes = doc_.array(), strata = doc_.array();
      set(what, "text", name);
      doc_.push(codes, what);
      doc_.set(stratifier, "code", codes);
      for (const evaluation::Stratum& each : figure.strata) {
        if (each.stratifier != name) continue;
        Value stratum = doc_.object(), value = doc_.object(), populations = doc_.array();
        set(value, "text", each.code);
        doc_.set(stratum, "value", value);
        doc_.push(populations, population("denominator", each.denominator));
        doc_.push(populations, population("numerator", each.numerator));
        doc_.set(stratum, "population", populations);
        if (const auto score = each.score()) doc_.set(stratum, "measureScore", quantity(*score, figure.unit));
        doc_.push(strata, stratum);
      }
      doc_.set(stratifier, "stratum", strata);
      doc_.push(stratifiers, stratifier);
    }
    if (stratifiers.size() > 0) doc_.set(group, "stratifier", stratifiers);
  }

  Document doc_;
  Value groups_ = doc_.array();
};

// What was known of a panel's members in a period; nothing: the Group is no panel.
core::Result<std::optional<evaluation::History>> history_for(const Desk& desk, core::store::Snapshot& snapshot, const std::string& group, evaluation::Period period) {
  evaluation::History history;
  const bool is_panel = desk.surveillance->reading_panels([&](const care::Panels& panels, const Population& population, const Plan& plan) {
    if (!panels.definition_of(group)) return false;
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
  for (const evaluation::Member& member : std::vector<evaluation::Member>(history.members))
    if (auto added = add_work(snapshot, member.patient, history); !added) return added.error();
  return std::optional(std::move(history));
}

}  // namespace

rest::Response evaluate(const Desk& desk, const rest::Request& request, const std::string& group) {
  const auto call = Call::read(request);
  if (!call) return answer(call.error());
  evaluation::Period period;
  for (const auto& [name, place] : {std::pair{"periodStart", &period.start}, std::pair{"periodEnd", &period.end}}) {
    if (const auto given = call->required(name); !given) return answer(given.error());
    const auto day = call->day(name, no_day);
    if (!day) return answer(day.error());
    *place = *day;
  }
  if (period.end < period.start) return answer(core::unprocessable("the period ends before it begins", "periodEnd"));
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  if (const auto record = read_current(**snapshot, "Group", group); !record) return answer(record.error());
  const auto now = history_for(desk, **snapshot, group, period);
  if (!now) return answer(now.error());
  if (!*now) return answer(core::unprocessable("only a panel of this server can be evaluated", "Group/" + group));
  const evaluation::Period before{period.start - (period.end - period.start + 1), period.start - 1};
  const auto then = history_for(desk, **snapshot, group, before);
  if (!then) return answer(then.error());
  const std::vector<evaluation::Figure> figures = evaluation::evaluate(**now, period);
  std::vector<evaluation::Figure> earlier;
  if (!(**then).members.empty()) earlier = evaluation::evaluate(**then, before);
  Report report(group, period, desk.clock->now());
  if (!earlier.empty()) report.compare(before);
  for (const evaluation::Figure& figure : figures) {
    const auto same = std::find_if(earlier.begin(), earlier.end(), [&](const evaluation::Figure& e) { return e.aim == figure.aim && e.code == figure.code; });
    report.add(figure, same == earlier.end() ? nullptr : &*same);
  }
  return report.finish();
}

}  // namespace fhir::operation
