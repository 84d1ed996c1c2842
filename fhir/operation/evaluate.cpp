// Group/[id]/$evaluate: effect, experience, cost and process of a panel over a period, as a MeasureReport.
// Source: core/evaluation/evaluate.hpp; FHIR R4 MeasureReport (summary); profiles/house/measure-panel-evaluation.json.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/evaluation/evaluate.hpp"
#include "fhir/operation/desk.hpp"
#include "fhir/operation/evaluation_history.hpp"

namespace fhir::operation {
namespace {

namespace evaluation = core::evaluation;
using core::Day;
using core::population::no_day;
using json::Document;
using json::Value;

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

}  // namespace

rest::Response evaluate(const Desk& desk, const rest::Request& request, const std::string& group) {
  const auto call = Call::read(request, {"periodStart", "periodEnd", "minutes"});
  if (!call) return answer(call.error());
  evaluation::Period period;
  for (const auto& [name, place] : {std::pair{"periodStart", &period.start}, std::pair{"periodEnd", &period.end}}) {
    if (const auto given = call->required(name); !given) return answer(given.error());
    const auto day = call->day(name, no_day);
    if (!day) return answer(day.error());
    *place = *day;
  }
  if (period.end < period.start) return answer(core::unprocessable("the period ends before it begins", "periodEnd"));
  std::optional<double> minutes;
  if (const std::string text = call->text("minutes"); !text.empty()) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 1) return answer(core::invalid("'" + text + "' is not a number of minutes", "minutes"));
    minutes = number;
  }
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  if (const auto record = read_current(**snapshot, "Group", group); !record) return answer(record.error());
  const auto now = history_for(desk, **snapshot, group, period, minutes);
  if (!now) return answer(now.error());
  if (!*now) return answer(core::unprocessable("only a panel of this server can be evaluated", "Group/" + group));
  const evaluation::Period before{period.start - (period.end - period.start + 1), period.start - 1};
  const auto then = history_for(desk, **snapshot, group, before, minutes);
  if (!then) return answer(then.error());
  const std::vector<evaluation::Figure> figures = evaluation::evaluate(**now, period);
  std::vector<evaluation::Figure> earlier;
  const bool is_date = before.start >= core::day_from(core::Civil{1, 1, 1});
  if (is_date && !(**then).members.empty()) earlier = evaluation::evaluate(**then, before);
  Report report(group, period, desk.clock->now());
  if (!earlier.empty()) report.compare(before);
  for (const evaluation::Figure& figure : figures) {
    const auto same = std::find_if(earlier.begin(), earlier.end(), [&](const evaluation::Figure& e) { return e.aim == figure.aim && e.code == figure.code; });
    report.add(figure, same == earlier.end() ? nullptr : &*same);
  }
  return report.finish();
}

}  // namespace fhir::operation
