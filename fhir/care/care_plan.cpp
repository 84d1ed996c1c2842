#include "fhir/care/care_plan.hpp"

#include <array>

#include "fhir/care/facts.hpp"
#include "fhir/care/task.hpp"

namespace fhir::care {

using core::panel::Allocated;
using core::panel::Intervention;
using json::Document;
using json::Value;

namespace {

using Titles = std::array<std::string_view, 6>;  // of each kind of intervention, and of the plan
constexpr std::array<Titles, 2> titles{{
    {"Monitoring by staff", "Review by the physician", "Support for self-management", "Referral to a social service", "Care management",
     "What fits this person now, by risk and needs"},
    {"Bewaking door de assistent", "Beoordeling door de arts", "Ondersteuning van zelfmanagement", "Verwijzing naar sociale ondersteuning", "Casemanagement",
     "Wat nu bij deze persoon past, naar risico en behoeften"},
}};

const Titles& titles_in(Language language) { return titles[static_cast<std::size_t>(language)]; }

Value coding(Document& doc, std::string_view system, std::string_view code) {
  Value value = doc.object();
  doc.set(value, "system", doc.string(std::string(house) + "/CodeSystem/" + std::string(system)));
  doc.set(value, "code", doc.string(code));
  return value;
}

Value list_of(Document& doc, std::vector<Value> values) {
  Value list = doc.array();
  for (const Value& value : values) doc.push(list, value);
  return list;
}

Value concept_of(Document& doc, std::vector<Value> codings, std::string_view text) {
  Value value = doc.object();
  doc.set(value, "coding", list_of(doc, std::move(codings)));
  if (!text.empty()) doc.set(value, "text", doc.string(text));
  return value;
}

std::string sentences(const std::vector<std::string>& reasons, Language language) {
  std::string text;
  for (const std::string& reason : reasons) text += (text.empty() ? "" : "; ") + said(reason, language);
  return text;
}

Value activity_from(Document& doc, const Allocated& given, Language language) {
  Value detail = doc.object(), activity = doc.object();
  std::vector<Value> codes{coding(doc, "intervention", core::panel::code_of(given.kind))};
  if (!given.about.empty()) codes.push_back(coding(doc, "need", given.about));
  const std::string title(titles_in(language)[static_cast<std::size_t>(given.kind)]);
  doc.set(detail, "code", concept_of(doc, std::move(codes), given.about.empty() ? title : title + ": " + given.about));
  std::vector<Value> items;
  for (const std::string& item : given.items) items.push_back(concept_of(doc, {coding(doc, "item", item)}, {}));
  if (!items.empty()) doc.set(detail, "reasonCode", list_of(doc, std::move(items)));
  doc.set(detail, "status", doc.string(given.continues ? "in-progress" : "not-started"));
  doc.set(detail, "description", doc.string(sentences(given.reasons, language)));
  doc.set(activity, "detail", detail);
  return activity;
}

void set_list(Document& doc, std::string_view name, std::vector<Value> values) {
  if (!values.empty()) doc.set(doc.root(), name, list_of(doc, std::move(values)));
}

void set_head(Document& doc, const Given& given, std::string_view status, Language language) {
  Value& root = doc.root();
  doc.set(root, "resourceType", doc.string("CarePlan"));
  doc.set(root, "id", doc.string(care_plan_id(given.person)));
  Value meta = doc.object();
  doc.set(meta, "tag", list_of(doc, {coding(doc, "origin", "panelbridge")}));
  doc.set(root, "meta", meta);
  doc.set(root, "status", doc.string(status));
  doc.set(root, "intent", doc.string("plan"));
  doc.set(root, "category", list_of(doc, {concept_of(doc, {coding(doc, "care-plan-kind", "allocation")}, {})}));
  doc.set(root, "title", doc.string(titles_in(language).back()));
  doc.set(root, "subject", reference_from(doc, given.person));
}

void set_content(Document& doc, const Given& given, Language language) {
  std::vector<Value> addresses, tasks, activities, notes;
  for (const std::string& condition : given.addresses) addresses.push_back(reference_from(doc, condition));
  for (const std::string& task : given.tasks) tasks.push_back(reference_from(doc, "Task/" + task));
  for (const Allocated& each : given.allocation.interventions) activities.push_back(activity_from(doc, each, language));
  for (const std::string& each : given.allocation.contradictions) {
    Value note = doc.object();
    doc.set(note, "text", doc.string(said("Contradiction: " + each + ".", language)));
    notes.push_back(note);
  }
  set_list(doc, "addresses", std::move(addresses));
  set_list(doc, "supportingInfo", std::move(tasks));
  set_list(doc, "activity", std::move(activities));
  set_list(doc, "note", std::move(notes));
}

}  // namespace

std::uint64_t Given::fingerprint() const {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    hash = (hash ^ 0xff) * 1099511628211ULL;
  };
  for (const Allocated& each : allocation.interventions) {
    mix(core::panel::code_of(each.kind));
    mix(each.about);
    mix(each.continues ? "runs" : "");
    for (const auto* list : {&each.reasons, &each.items})
      for (const std::string& text : *list) mix(text);
  }
  for (const auto* list : {&allocation.contradictions, &addresses, &tasks})
    for (const std::string& text : *list) mix(text);
  return hash | 1;
}

std::string care_plan_id(const std::string& patient) { return "care-" + task_id_from(patient).substr(4, 24); }

json::Document care_plan_from(const Given& given, const Value* stored, core::Day as_of, Language language) {
  Document doc;
  doc.root() = doc.object();
  if (given.empty() && stored) {
    doc.root() = doc.copy(*stored);
    doc.set(doc.root(), "status", doc.string("revoked"));
    Value period = doc.copy((*stored)["period"]);
    if (period.is_object() && stored->text("status") != "revoked") {
      doc.set(period, "end", doc.string(core::text(as_of)));
      doc.set(doc.root(), "period", period);
    }
    return doc;
  }
  set_head(doc, given, "active", language);
  Value period = doc.object();
  const bool goes_on = stored && stored->text("status") == "active" && !(*stored)["period"].text("start").empty();
  doc.set(period, "start", doc.string(goes_on ? std::string((*stored)["period"].text("start")) : core::text(as_of)));
  doc.set(doc.root(), "period", period);
  set_content(doc, given, language);
  if (stored)
    for (const char* name : {"goal", "careTeam", "contributor"})
      if (const Value* found = stored->find(name)) doc.set(doc.root(), name, doc.copy(*found));
  return doc;
}

}  // namespace fhir::care
