#include "fhir/care/link_task.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"

namespace fhir::care {

using json::Document;
using json::Value;

namespace {

std::string in_house(std::string_view name) { return std::string(house) + "/" + std::string(name); }
std::string link_mark() { return in_house("StructureDefinition/link-decision"); }

Value with(Document& doc, std::string_view name, Value value) {
  Value object = doc.object();
  doc.set(object, name, value);
  return object;
}

Value coding(Document& doc, std::string_view system, std::string_view code) {
  Value value = with(doc, "system", doc.string(in_house(system)));
  doc.set(value, "code", doc.string(code));
  return value;
}

Value concept_of(Document& doc, std::string_view system, std::string_view code, std::string_view text = {}) {
  Value list = doc.array();
  doc.push(list, coding(doc, system, code));
  Value value = with(doc, "coding", list);
  if (!text.empty()) doc.set(value, "text", doc.string(text));
  return value;
}

Value part(Document& doc, std::string_view type, std::string_view value_name, Value value) {
  Value object = with(doc, "type", concept_of(doc, "CodeSystem/task-part", type));
  doc.set(object, value_name, value);
  return object;
}

Value identifier(Document& doc, std::string_view system, std::string_view value) {
  Value object = with(doc, "system", doc.string(in_house(system)));
  doc.set(object, "value", doc.string(value));
  return object;
}

std::string percent(double probability) {
  char text[32];
  // Never rounded up to a certainty that it is not.
  const double shown = std::min(probability * 100, 99.99);
  const auto [end, error] = std::to_chars(text, text + sizeof text, shown, std::chars_format::fixed, shown > 99 ? 2 : 0);
  return error == std::errc{} ? std::string(text, end) : std::string("0");
}

std::string decimal(double probability) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, std::min(probability, 0.9999), std::chars_format::fixed, 4);
  return error == std::errc{} ? std::string(text, end) : std::string("0");
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> dutch{{
    {"birth date", "geboortedatum"}, {"family name", "achternaam"}, {"given name", "voornaam"}, {"sex", "geslacht"}, {"postal code", "postcode"},
    {"house number", "huisnummer"}, {" agrees", " is gelijk"}, {" is close", " lijkt"}, {" differs", " verschilt"},
}};

std::string in_words(std::string field, Language language) {
  if (language == Language::english) return field;
  for (const auto& [english, other] : dutch)
    if (const std::size_t at = field.find(english); at != std::string::npos) field.replace(at, english.size(), other);
  return field;
}

std::string describe(const Pair& pair, const Likely& likely, Language language) {
  const bool nl = language == Language::dutch;
  std::string fields;
  for (const std::string& field : likely.fields) fields += (fields.empty() ? "" : ", ") + in_words(field, language);
  return pair.first + (nl ? " en " : " and ") + pair.second + (nl ? " zijn misschien een persoon (" : " may be one person (") + percent(likely.probability) + " %)" +
         (fields.empty() ? "." : ": " + fields + ".");
}

void set_list(Document& doc, std::string_view name, std::initializer_list<Value> values) {
  Value list = doc.array();
  for (const Value& value : values) doc.push(list, value);
  doc.set(doc.root(), name, list);
}

void add_note(Document& doc, const std::string& by, const std::string& text, core::Instant now) {
  Value note = doc.object();
  if (!by.empty()) doc.set(note, "authorReference", reference_from(doc, by));
  doc.set(note, "time", doc.string(core::text(now)));
  doc.set(note, "text", doc.string(text));
  push_to(doc, doc.root(), "note", note);
}

bool is_decision(const Value& link, std::string_view task) {
  const Value* mark = extension(link, link_mark());
  return mark && (task.empty() || link_from((*mark)["valueReference"]) == task);
}

}  // namespace

Pair pair_of(std::string_view patient, std::string_view other) {
  return patient < other ? Pair(patient, other) : Pair(other, patient);
}

std::string link_task_id(const Pair& pair) { return "link-" + task_id_from(pair.first + "|" + pair.second).substr(4); }

bool is_link_task(const Value& task) { return task.text("resourceType") == "Task" && !pair_from(task).first.empty(); }

Pair pair_from(const Value& task) {
  const std::string system = in_house("link");
  for (const Value& each : task["identifier"].elements()) {
    if (each.text("system") != system) continue;
    const std::string_view value = each.text("value");
    const std::size_t bar = value.find('|');
    if (bar != std::string_view::npos) return {std::string(value.substr(0, bar)), std::string(value.substr(bar + 1))};
  }
  return {};
}

Document link_task_from(const Pair& pair, const Likely& likely, const Value* stored, core::Instant now, Language language) {
  Document doc;
  doc.root() = stored ? doc.copy(*stored) : doc.object();
  Value& task = doc.root();
  doc.set(task, "resourceType", doc.string("Task"));
  doc.set(task, "id", doc.string(link_task_id(pair)));
  Value tags = doc.array();
  doc.push(tags, coding(doc, "CodeSystem/origin", "panelbridge"));
  doc.set(task, "meta", with(doc, "tag", tags));
  set_list(doc, "identifier", {identifier(doc, "link", pair.first + "|" + pair.second), identifier(doc, "link-of", pair.first), identifier(doc, "link-of", pair.second)});
  doc.set(task, "status", doc.string("requested"));
  doc.remove(task, "statusReason");
  doc.set(task, "intent", doc.string("proposal"));
  if (!task.find("priority")) doc.set(task, "priority", doc.string("routine"));
  doc.set(task, "code", concept_of(doc, "CodeSystem/task-kind", "review-link"));
  doc.set(task, "description", doc.string(describe(pair, likely, language)));
  doc.set(task, "focus", reference_from(doc, pair.first));
  if (!task.find("authoredOn")) doc.set(task, "authoredOn", doc.string(core::text(now)));
  set_list(doc, "input", {part(doc, "candidate", "valueReference", reference_from(doc, pair.second)),
                          part(doc, "probability", "valueDecimal", doc.number(decimal(likely.probability)))});
  doc.remove(task, "output");
  if (!stored || !says_the_same(task, *stored)) doc.set(task, "lastModified", doc.string(core::text(now)));
  return doc;
}

Document withdrawn_from(const Value& stored, std::string_view why, core::Instant now) {
  Document doc;
  doc.root() = doc.copy(stored);
  doc.set(doc.root(), "status", doc.string("cancelled"));
  doc.set(doc.root(), "statusReason", with(doc, "text", doc.string(why)));
  doc.set(doc.root(), "lastModified", doc.string(core::text(now)));
  return doc;
}

Document decided_from(const Value& stored, bool same_person, const std::string& by, const std::string& reason, core::Instant now) {
  Document doc;
  doc.root() = doc.copy(stored);
  Value& task = doc.root();
  doc.set(task, "status", doc.string(same_person ? "completed" : "rejected"));
  const std::string_view code = same_person ? "same-person" : "different-people";
  const std::string text = std::string(code) + (reason.empty() ? "" : ": " + reason);
  if (same_person) doc.remove(task, "statusReason");
  else doc.set(task, "statusReason", with(doc, "text", doc.string(text)));
  set_list(doc, "output", {part(doc, "decision", "valueCode", doc.string(code))});
  add_note(doc, by, text, now);
  doc.set(task, "lastModified", doc.string(core::text(now)));
  return doc;
}

bool says_same_person(const Value& task) {
  if (task.text("status") != "completed") return false;
  const auto output = task["output"].elements();
  return std::any_of(output.begin(), output.end(), [](const Value& each) { return each.text("valueCode") == "same-person"; });
}

bool add_link(Document& patient, const std::string& other, const std::string& task) {
  for (const Value& link : patient.root()["link"].elements())
    if (link_from(link["other"]) == other) return false;
  Value link = patient.object(), mark = with(patient, "url", patient.string(link_mark())), marks = patient.array();
  patient.set(mark, "valueReference", reference_from(patient, task));
  patient.push(marks, mark);
  patient.set(link, "extension", marks);
  patient.set(link, "other", reference_from(patient, other));
  patient.set(link, "type", patient.string("seealso"));
  push_to(patient, patient.root(), "link", link);
  return true;
}

bool drop_link(Document& patient, const std::string& task) {
  Value kept = patient.array();
  const Value& links = patient.root()["link"];
  for (const Value& link : links.elements())
    if (!is_decision(link, task)) patient.push(kept, patient.copy(link));
  if (kept.size() == links.size()) return false;
  if (kept.size() > 0) patient.set(patient.root(), "link", kept);
  else patient.remove(patient.root(), "link");
  return true;
}

void keep_decided_links(const Value& stored, Document& patient) {
  for (const Value& link : stored["link"].elements()) {
    if (!is_decision(link, {})) continue;
    const std::string other = link_from(link["other"]);
    const auto links = patient.root()["link"].elements();
    if (std::none_of(links.begin(), links.end(), [&](const Value& each) { return link_from(each["other"]) == other; }))
      push_to(patient, patient.root(), "link", patient.copy(link));
  }
}

void guard_link_task(const Value* before, const Value& after, validate::Issues& issues) {
  const bool was = before && is_link_task(*before), is = is_link_task(after);
  if (!was && !is) return;
  const auto refuse = [&](const char* element, std::string text) {
    issues.push_back({validate::Severity::error, "business-rule", element, std::move(text), ""});
  };
  if (!was) return refuse("Task.identifier", "A review of two records (identifier of system " + in_house("link") + ") is made by scored linking only.");
  for (const char* name : {"identifier", "status", "intent", "code", "focus", "input", "output"}) {
    const Value *a = before->find(name), *b = after.find(name);
    if (a && b ? !json::equal(*a, *b) : a != b)
      refuse("Task", std::string(name) + " of a review of two records cannot be changed by hand: decide with $decide-link, as same-person or different-people.");
  }
}

}  // namespace fhir::care
