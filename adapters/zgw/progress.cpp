#include "adapters/zgw/progress.hpp"

#include <algorithm>

#include "adapters/zgw/texts.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/referral.hpp"
#include "fhir/care/task.hpp"

namespace adapters::zgw {
namespace {

using fhir::json::Document;
using fhir::json::Value;

std::string in_house(std::string_view name) {
  return std::string(fhir::care::house) + "/CodeSystem/" + std::string(name);
}

Value coding(Document& doc, std::string_view system, std::string_view code) {
  Value value = doc.object();
  doc.set(value, "system", doc.string(system));
  doc.set(value, "code", doc.string(code));
  return value;
}

Value words(Document& doc, std::string_view text) {
  Value value = doc.object();
  doc.set(value, "text", doc.string(text));
  return value;
}

void set_outcome(Document& doc, const ResultMapping& mapping, std::string_view text) {
  Value kept = doc.array(), codings = doc.array(), type = doc.object(), types = doc.array(), value = doc.object(),
        output = doc.object();
  for (const Value& each : doc.root()["output"].elements())
    if (!fhir::care::has_coding(each["type"], in_house("task-part"), "outcome")) doc.push(kept, doc.copy(each));
  doc.push(codings, coding(doc, in_house("referral-result"), mapping.closes_need ? "need-closed" : "need-open"));
  if (!mapping.outcome.empty()) doc.push(codings, coding(doc, in_house("referral-outcome"), mapping.outcome));
  doc.set(value, "coding", codings);
  if (!text.empty()) doc.set(value, "text", doc.string(text));
  doc.push(types, coding(doc, in_house("task-part"), "outcome"));
  doc.set(type, "coding", types);
  doc.set(output, "type", type);
  doc.set(output, "valueCodeableConcept", value);
  doc.push(kept, output);
  doc.set(doc.root(), "output", kept);
}

void drop_outcome(Document& doc) {
  Value kept = doc.array();
  for (const Value& each : doc.root()["output"].elements())
    if (!fhir::care::has_coding(each["type"], in_house("task-part"), "outcome")) doc.push(kept, doc.copy(each));
  if (kept.size() > 0) doc.set(doc.root(), "output", kept);
  else doc.remove(doc.root(), "output");
}

void set_period(Document& doc, const Progress& progress, const Case& found, core::Instant now) {
  Value period = doc.root()["executionPeriod"].is_object() ? doc.copy(doc.root()["executionPeriod"]) : doc.object();
  const bool begun = progress.status == "in-progress" || progress.status == "on-hold" || found.closed();
  if (begun && !period.find("start")) doc.set(period, "start", doc.string(core::text(now)));
  if (!found.closed()) doc.remove(period, "end");
  else if (!period.find("end")) doc.set(period, "end", doc.string(core::text(now)));
  if (period.size() > 0) doc.set(doc.root(), "executionPeriod", period);
}

void set_need(Document& doc, const std::string& need) {
  if (need.empty() || !fhir::care::need_of(doc.root()).empty()) return;
  Value reason = doc.root()["reasonCode"].is_object() ? doc.copy(doc.root()["reasonCode"]) : doc.object(),
        list = doc.array();
  for (const Value& each : reason["coding"].elements()) doc.push(list, doc.copy(each));
  doc.push(list, coding(doc, in_house("need"), need));
  doc.set(reason, "coding", list);
  doc.set(doc.root(), "reasonCode", reason);
}

void set_number(Document& doc, const std::string& number) {
  const std::string system = std::string(fhir::care::house) + "/case-number";
  for (const Value& each : doc.root()["identifier"].elements())
    if (each.text("value") == number) return;
  Value identifier = doc.object();
  doc.set(identifier, "system", doc.string(system));
  doc.set(identifier, "value", doc.string(number));
  fhir::care::push_to(doc, doc.root(), "identifier", identifier);
}

void note_reopening(Document& doc, core::Instant now) {
  Value note = doc.object();
  doc.set(note, "authorString", doc.string("the owner's case system"));
  doc.set(note, "time", doc.string(core::text(now)));
  doc.set(note, "text", doc.string("The case was opened again."));
  fhir::care::push_to(doc, doc.root(), "note", note);
}

void set_status(Document& doc, const Progress& progress) {
  if (doc.root().text("status") == progress.status && doc.root().find("statusReason")) return;
  const bool needs_reason =
      progress.status == "rejected" || progress.status == "failed" || progress.status == "cancelled";
  doc.set(doc.root(), "status", doc.string(progress.status));
  if (needs_reason) doc.set(doc.root(), "statusReason", words(doc, progress.words));
  else doc.remove(doc.root(), "statusReason");
}

}  // namespace

std::string Case::last_parts() const {
  return std::string(last_segment(status)).append("|").append(last_segment(result)).append("|").append(end);
}

Case case_from(const Value& zaak) {
  Case found;
  found.url = std::string(zaak.text("url"));
  found.number = std::string(zaak.text("identificatie"));
  found.type = std::string(zaak.text("zaaktype"));
  found.status = std::string(zaak["status"].text());
  found.result = std::string(zaak["resultaat"].text());
  found.end = std::string(zaak["einddatum"].text());
  return found;
}

Progress progress_of(const Case& found, const Settings& settings) {
  Progress progress;
  const auto status = settings.status.find(found.status_name);
  const std::string mapped = status == settings.status.end() ? std::string() : status->second;
  if (!found.closed()) {
    // An end counts only when the case is closed.
    progress.status = mapped.empty() ? "received" : fhir::care::is_final(mapped) ? "in-progress" : mapped;
    if (mapped.empty() && !found.status_name.empty())
      progress.status.clear();  // a status nobody mapped changes words only
    progress.words = found.status_name;
    return progress;
  }
  progress.words = found.result_name.empty() ? found.status_name : found.result_name;
  if (!found.words.empty()) progress.words.append(progress.words.empty() ? "" : ": ").append(found.words);
  const auto result = settings.result.find(found.result_name);
  if (result != settings.result.end()) progress.result = result->second;
  else if (fhir::care::is_final(mapped)) progress.result = ResultMapping{mapped, "", mapped == "completed"};
  else progress.result = ResultMapping{"completed", "", false};  // closed, and nobody said what that means
  progress.status = progress.result->status;
  return progress;
}

std::optional<Moved> moved(const Value& task, const Progress& progress, const Case& found, const std::string& need,
                           core::Instant now) {
  Moved result;
  Document& doc = result.task;
  doc.root() = doc.copy(task);
  const std::string from(task.text("status"));
  const std::string_view to = progress.status.empty() ? std::string_view(from) : std::string_view(progress.status);
  const bool was_over = fhir::care::is_final(from),
             reopened = was_over && !found.closed() && from != "cancelled" && from != "entered-in-error";
  const bool settled = was_over && !reopened && from != to;  // ended here otherwise, by whoever asked
  if (!settled && fhir::care::may_reach(from, to, fhir::care::Actor::owner)) {
    Progress step = progress;
    step.status =
        reopened && !fhir::care::is_final(to) ? (from == "rejected" ? "received" : "in-progress") : std::string(to);
    set_status(doc, step);
    if (reopened) note_reopening(doc, now);
    set_period(doc, step, found, now);
    if (progress.result) set_outcome(doc, *progress.result, progress.words);
    else drop_outcome(doc);
  } else {
    result.refused = from != to;
    if (progress.result && settled) set_period(doc, progress, found, now);
  }
  if (!progress.words.empty())
    doc.set(doc.root(), "businessStatus", words(doc, found.status_name.empty() ? progress.words : found.status_name));
  set_need(doc, need);
  set_number(doc, found.number);
  if (fhir::care::says_the_same(doc.root(), task)) return std::nullopt;
  doc.set(doc.root(), "lastModified", doc.string(core::text(now)));
  return result;
}

std::optional<Document> remarked(const Value& task, std::string_view code, const std::string& why, core::Instant now) {
  Document doc;
  doc.root() = doc.copy(task);
  Value status = doc.object(), list = doc.array();
  doc.push(list, coding(doc, in_house("referral-result"), code));
  doc.set(status, "coding", list);
  doc.set(status, "text", doc.string(why));
  doc.set(doc.root(), "businessStatus", status);
  if (fhir::care::says_the_same(doc.root(), task)) return std::nullopt;
  doc.set(doc.root(), "lastModified", doc.string(core::text(now)));
  return doc;
}

}  // namespace adapters::zgw
