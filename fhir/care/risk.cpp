#include "fhir/care/risk.hpp"

#include <algorithm>
#include <charconv>

#include "fhir/care/facts.hpp"
#include "fhir/care/task.hpp"

namespace fhir::care {

using core::panel::RiskStatus;
using core::population::Coding;
using core::population::Fact;
using core::population::FactKind;
using core::population::no_day;
using core::population::Row;
using json::Document;
using json::Value;

namespace {

constexpr const char* loinc = "http://loinc.org";
constexpr const char* snomed = "http://snomed.info/sct";
constexpr const char* icd10[] = {"http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm"};
constexpr const char* icpc1[] = {"http://hl7.org/fhir/sid/icpc-1", "http://hl7.org/fhir/sid/icpc-1-nl"};

using Entries = std::vector<core::population::CodeSet::Entry>;

bool by_prefix(std::string_view system) {
  return system.find("icd-10") != std::string_view::npos || system.find("icpc") != std::string_view::npos || system.find("atc") != std::string_view::npos;
}

void add(Entries& entries, const std::vector<Coding>& codings) {
  for (const Coding& coding : codings) entries.push_back({coding.system, coding.code, by_prefix(coding.system), {}});
}

template <std::size_t N>
void add_prefix(Entries& entries, const char* const (&systems)[N], const std::string& code) {
  for (const char* system : systems) entries.push_back({system, code, true, {}});
}

// Of one row of the population back to a fact, as far as its codes are known to a set.
Fact fact_from(const Row& row, const core::population::Vocabulary& words) {
  const core::population::Class& klass = words[row.klass];
  Fact fact;
  fact.kind = klass.kind;
  fact.state = klass.state;
  fact.codes = words.codes(row.klass);
  fact.answers = words.answers(row.klass);
  fact.start = core::population::day_of_code(row.day);
  fact.day_exact = klass.exact;
  if (klass.has_value) {
    fact.value = static_cast<double>(core::population::value_of(row));
    fact.unit = words.unit(row.klass);
  } else {
    fact.end = core::population::end_of(row, klass);
  }
  return fact;
}

std::string decimal_text(double number) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 6);
  return error == std::errc{} ? std::string(text, end) : std::string("0");
}

Value coding(Document& doc, std::string_view system, std::string_view code) {
  Value value = doc.object();
  doc.set(value, "system", doc.string(std::string(house) + "/CodeSystem/" + std::string(system)));
  doc.set(value, "code", doc.string(code));
  return value;
}

Value one_of(Document& doc, Value value) {
  Value list = doc.array();
  doc.push(list, value);
  return list;
}

// The next day on which the age in years changes (29 February counts from 1 March).
core::Day next_birthday(core::Day birth, core::Day as_of) {
  const int age = core::age_on(birth, as_of);
  core::Day day = birth + static_cast<core::Day>((age + 1) * 365.2425) - 3;
  while (day <= as_of || core::age_on(birth, day) == age) ++day;
  return day;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

void set_prediction(Document& doc, const Risk& risk) {
  const core::panel::Assessment& a = risk.assessment;
  if (!a.tier && !a.percent) return;
  Value prediction = doc.object();
  if (a.percent) doc.set(prediction, "probabilityDecimal", doc.number(decimal_text(*a.percent)));
  if (a.tier) {
    Value quality = doc.object(), codings = doc.array();
    doc.push(codings, coding(doc, "risk-tier", core::panel::text(*a.tier)));
    if (!a.category.empty() && a.category != core::panel::text(*a.tier)) doc.push(codings, coding(doc, std::string(risk.algorithm->code) + "-category", a.category));
    doc.set(quality, "coding", codings);
    doc.set(prediction, "qualitativeRisk", quality);
  }
  doc.set(doc.root(), "prediction", one_of(doc, prediction));
}

void set_notes(Document& doc, const Risk& risk) {
  std::vector<std::string> notes = risk.assessment.notes;
  if (!risk.assessment.missing.empty()) notes.push_back("Missing: " + joined(risk.assessment.missing) + ".");
  if (notes.empty()) return;
  Value list = doc.array();
  for (const std::string& each : notes) {
    Value note = doc.object();
    doc.set(note, "text", doc.string(each));
    doc.push(list, note);
  }
  doc.set(doc.root(), "note", list);
}

void set_head(Document& doc, const Risk& risk) {
  Value& root = doc.root();
  doc.set(root, "resourceType", doc.string("RiskAssessment"));
  doc.set(root, "id", doc.string(risk.id()));
  Value meta = doc.object();
  doc.set(meta, "tag", one_of(doc, coding(doc, "origin", "panelbridge")));
  doc.set(root, "meta", meta);
  if (risk.assessment.status == RiskStatus::computed) {
    Value score = doc.object();
    doc.set(score, "url", doc.string(std::string(house) + "/StructureDefinition/risk-score"));
    doc.set(score, "valueDecimal", doc.number(decimal_text(risk.assessment.score)));
    doc.set(root, "extension", one_of(doc, score));
  }
  doc.set(root, "status", doc.string(risk.assessment.status == RiskStatus::computed ? "final" : "cancelled"));
  Value method = doc.object();
  doc.set(method, "coding", one_of(doc, coding(doc, "algorithm", risk.algorithm->code)));
  doc.set(method, "text", doc.string(std::string(risk.algorithm->title) + ", " + std::string(risk.algorithm->version)));
  doc.set(root, "method", method);
  Value subject = doc.object();
  doc.set(subject, "reference", doc.string(risk.patient));
  doc.set(root, "subject", subject);
}

}  // namespace

core::population::CodeSet risk_codes(const core::panel::RiskTables& tables) {
  core::population::CodeSet set;
  set.name = "@risk";
  Entries& entries = set.entries;
  for (const auto& [code, group] : tables.charlson.icd10) add_prefix(entries, icd10, code);
  for (const auto& [code, icd] : tables.charlson.snomed) entries.push_back({snomed, code, false, {}});
  for (const auto& [code, group] : tables.charlson.icpc1) add_prefix(entries, icpc1, code);
  for (const auto& limit : tables.efi.limits)
    for (const std::string& code : limit.codes) entries.push_back({loinc, code, false, {}});
  for (const auto& [key, deficits] : tables.efi.codes)
    if (const std::size_t bar = key.find('|'); bar != std::string::npos) entries.push_back({key.substr(0, bar), key.substr(bar + 1), false, {}});
  for (const auto& row : tables.needs.rows) {
    entries.push_back({row.system, row.code, false, {}});
    if (!row.answer.empty()) entries.push_back({loinc, row.answer, false, {}});
  }
  for (const std::string& answer : tables.needs.declined_answers) entries.push_back({loinc, answer, false, {}});
  for (const auto& [name, rule] : tables.inputs)
    for (const auto* list : {&rule.codes, &rule.yes, &rule.no}) add(entries, *list);
  return set;
}

std::string Risk::id() const { return "risk-" + std::string(algorithm->code) + "-" + task_id_from(patient).substr(4, 24); }

std::uint64_t Risk::fingerprint() const {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    hash = (hash ^ 0xff) * 1099511628211ULL;
  };
  mix(core::panel::text(assessment.status));
  mix(decimal_text(assessment.score));
  mix(assessment.tier ? core::panel::text(*assessment.tier) : "");
  mix(assessment.percent ? decimal_text(*assessment.percent) : "");
  mix(assessment.category);
  for (const auto* list : {&basis, &assessment.missing, &assessment.notes})
    for (const std::string& text : *list) mix(text);
  return hash | 1;
}

const std::vector<Risk>& RiskReader::risks(core::population::PersonId id, core::Day as_of) {
  const core::population::PersonView view = population_.view(id, buffer_);
  core::population::Person person;
  person.id = population_.patient(id);
  person.birth = view.birth;
  person.birth_exact = view.birth_exact;
  person.sex = view.sex;
  person.deceased = view.deceased;
  person.dead = view.dead;
  person.country = population_.country(id);
  const core::population::Vocabulary& words = population_.vocabulary();
  facts_.clear();
  rows_.clear();
  seen_.assign(words.classes(), false);
  for (std::size_t i = view.rows.size(); i-- > 0;) {  // newest first; of results that say the same kind of thing only the newest counts
    const core::population::ClassId klass = view.rows[i].klass;
    if (view.rows[i].day != 0 && core::population::day_of_code(view.rows[i].day) > as_of) continue;
    if (words[klass].kind == FactKind::observation && seen_[klass]) continue;
    seen_[klass] = true;
    rows_.push_back(i);
    facts_.push_back(fact_from(view.rows[i], words));
  }
  core::panel::RiskSetting setting;
  setting.today = as_of;
  setting.region = region_;
  next_ = view.birth == no_day ? core::population::open_end : next_birthday(view.birth, as_of);
  for (const Fact& fact : facts_) next_ = std::min(next_, next_boundary(fact.start, fact.end, look_backs_, as_of));
  for (const Row& row : view.rows)  // what lies ahead may replace what is seen now
    if (const core::Day day = core::population::day_of_code(row.day); row.day != 0 && day > as_of) next_ = std::min(next_, day);
  setting.medication_received = std::any_of(facts_.begin(), facts_.end(), [](const Fact& fact) { return fact.kind == FactKind::medication; });
  risks_.clear();
  for (core::panel::Assessed& assessed : core::panel::assess_person(tables_, person, facts_, setting)) {
    Risk risk{person.id, assessed.algorithm, std::move(assessed.assessment), {}};
    for (const std::size_t fact : assessed.facts)
      if (std::string source = population_.source(view, buffer_, rows_[fact]); !source.empty() && std::find(risk.basis.begin(), risk.basis.end(), source) == risk.basis.end())
        risk.basis.push_back(std::move(source));
    risks_.push_back(std::move(risk));
  }
  return risks_;
}

core::Day next_boundary(core::Day start, core::Day end, const std::vector<int>& look_backs, core::Day as_of) {
  core::Day next = core::population::open_end;
  const auto take = [&](std::int64_t day) {
    for (const std::int64_t each : {day, day + 1})
      if (each > as_of && each < next) next = static_cast<core::Day>(each);
  };
  if (start != no_day) {
    take(start);
    for (const int days : look_backs) take(std::int64_t{start} + days);
  }
  if (end != core::population::open_end && end != no_day) {
    take(end);
    for (const int days : look_backs) take(std::int64_t{end} + days);
  }
  return next;
}

json::Document assessment_from(const Risk& risk, const json::Value* stored, core::Day as_of) {
  Document doc;
  doc.root() = doc.object();
  set_head(doc, risk);
  doc.set(doc.root(), "occurrenceDateTime", doc.string(core::text(as_of)));
  if (!risk.basis.empty()) {
    Value basis = doc.array();
    for (const std::string& source : risk.basis) {
      Value reference = doc.object();
      doc.set(reference, "reference", doc.string(source));
      doc.push(basis, reference);
    }
    doc.set(doc.root(), "basis", basis);
  }
  set_prediction(doc, risk);
  set_notes(doc, risk);
  if (!stored) return doc;
  // The day alone is no change.
  Document same;
  same.root() = same.copy(doc.root());
  if (const Value* day = stored->find("occurrenceDateTime")) same.set(same.root(), "occurrenceDateTime", same.copy(*day));
  return says_the_same(same.root(), *stored) ? std::move(same) : std::move(doc);
}

}  // namespace fhir::care
