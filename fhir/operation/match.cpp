// Patient/$match: which stored Patients may be the one described; the likeliest first, each with its score and grade.
// Source: FHIR R4 Patient $match (Patient-operation-match); core/population/matching.
#include <algorithm>
#include <charconv>

#include "fhir/care/likeness.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

std::string decimal(double value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 4);
  return error == std::errc{} ? std::string(text, end) : std::string("0");
}

json::Value entry_from(json::Document& bundle, const Desk& desk, const care::Alike& candidate, const json::Value& patient, std::size_t records) {
  json::Value entry = bundle.object(), found = bundle.object(), list = bundle.array(), mark = bundle.object();
  bundle.set(entry, "fullUrl", bundle.string(desk.base_url + "/Patient/" + std::string(patient.text("id"))));
  bundle.set(entry, "resource", bundle.copy(patient));
  bundle.set(mark, "url", bundle.string("http://hl7.org/fhir/StructureDefinition/match-grade"));
  bundle.set(mark, "valueCode", bundle.string(core::population::code_of(core::population::grade(candidate.score, records))));
  bundle.push(list, mark);
  bundle.set(found, "extension", list);
  bundle.set(found, "mode", bundle.string("match"));
  bundle.set(found, "score", bundle.number(decimal(candidate.probability)));
  bundle.set(entry, "search", found);
  return entry;
}

}  // namespace

rest::Response match(const Desk& desk, const rest::Request& request) {
  const auto call = Call::read(request, {"resource", "onlyCertainMatches", "count"}, "Patient");
  if (!call) return answer(call.error());
  const json::Value* patient = call->body().text("resourceType") == "Patient" ? &call->body() : call->value("resource");
  if (!patient || patient->text("resourceType") != "Patient") return answer(core::invalid("a Patient to look for is expected as the parameter 'resource'", "resource"));
  const std::string certain = call->text("onlyCertainMatches");
  if (!certain.empty() && certain != "true" && certain != "false") return answer(core::invalid("onlyCertainMatches is true or false", "onlyCertainMatches"));
  const bool only_certain = certain == "true";
  std::size_t count = 50;
  if (const std::string text = call->text("count"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count == 0) return answer(core::invalid("'" + text + "' is not a number of answers", "count"));
  }
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  const auto stored = (*snapshot)->count("Patient");
  if (!stored) return answer(stored.error());
  const auto records = static_cast<std::size_t>(*stored);
  const auto all = care::alike(**snapshot, *desk.index, *patient, desk.trusted_systems, records, core::population::possible_from);
  if (!all) return answer(all.error());
  json::Document bundle;
  bundle.root() = bundle.object();
  bundle.set(bundle.root(), "resourceType", bundle.string("Bundle"));
  bundle.set(bundle.root(), "type", bundle.string("searchset"));
  json::Value entries = bundle.array();
  for (const care::Alike& candidate : *all) {
    if (entries.size() == count) break;
    if (only_certain && core::population::grade(candidate.score, records) != core::population::MatchGrade::certain) continue;
    const auto document = json::parse(candidate.body);
    if (!document) return answer(document.error());
    bundle.push(entries, entry_from(bundle, desk, candidate, document->root(), records));
  }
  bundle.set(bundle.root(), "total", bundle.number(static_cast<std::int64_t>(entries.size())));
  if (entries.size() > 0) bundle.set(bundle.root(), "entry", entries);
  return answer(bundle.root());
}

}  // namespace fhir::operation
