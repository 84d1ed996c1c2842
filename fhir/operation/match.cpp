// Patient/$match: which stored Patients may be the one described; the likeliest first, each with its score and grade.
// Source: FHIR R4 Patient $match (Patient-operation-match); core/population/matching.
#include <algorithm>
#include <charconv>
#include <map>

#include "core/population/matching.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

using core::Result;
using core::population::Likeness;
using core::population::MatchScore;

constexpr std::size_t most_candidates = 1'000;  // of one way to look

Likeness likeness_of(const json::Value& patient, const std::vector<std::string>& trusted) {
  Likeness like;
  for (const json::Value& name : patient["name"].elements()) {
    if (!like.family.empty() && name.text("use") != "official") continue;
    like.family = std::string(name.text("family"));
    like.given = std::string(name["given"][0].text());
  }
  const care::When birth = care::when(patient["birthDate"]);
  like.birth = birth.day;
  like.birth_exact = birth.exact;
  const std::string_view gender = patient.text("gender");
  like.sex = gender == "male" ? 'm' : gender == "female" ? 'f' : 'u';
  for (const json::Value& address : patient["address"].elements()) {
    if (!like.postal_code.empty()) break;
    like.postal_code = std::string(address.text("postalCode"));
    const std::string line(address["line"][0].text());
    const std::size_t digit = line.find_first_of("0123456789");
    if (digit != std::string::npos) like.house_number = line.substr(digit, line.find_first_not_of("0123456789", digit) - digit);
  }
  for (const json::Value& identifier : patient["identifier"].elements()) {
    const std::string system(identifier.text("system"));
    if (!trusted.empty() && std::find(trusted.begin(), trusted.end(), system) == trusted.end()) continue;
    if (!identifier.text("value").empty()) like.identifiers.push_back({system, std::string(identifier.text("value"))});
  }
  return like;
}

// The ways to find candidates without reading everyone: identifier, birth date, family name with given name, postal code with sex.
std::vector<search::Parameters> ways(const json::Value& patient, const Likeness& like) {
  std::vector<search::Parameters> all;
  for (const auto& identifier : like.identifiers) all.push_back({{"identifier", identifier.system + "|" + identifier.code}});
  if (const std::string_view birth = patient.text("birthDate"); !birth.empty()) all.push_back({{"birthdate", std::string(birth)}});
  if (!like.family.empty() && !like.given.empty()) all.push_back({{"family", like.family}, {"given", like.given.substr(0, 1)}});
  if (!like.postal_code.empty() && !like.family.empty()) all.push_back({{"address-postalcode", like.postal_code}, {"family", like.family.substr(0, 2)}});
  return all;
}

struct Candidate {
  std::string body;
  MatchScore score;
  double probability = 0;
};

Result<std::vector<Candidate>> candidates(const Desk& desk, core::store::Snapshot& snapshot, const json::Value& patient, std::size_t records) {
  const Likeness wanted = likeness_of(patient, desk.trusted_systems);
  std::map<std::string, Candidate> found;
  const search::Context context{.base_url = desk.base_url, .now = desk.clock->now()};
  for (const search::Parameters& way : ways(patient, wanted)) {
    auto parsed = search::parse(*desk.index, "Patient", way, context);
    if (!parsed) return parsed.error();
    parsed->query.limit = most_candidates;
    auto rows = find_all(snapshot, std::move(parsed->query));
    if (!rows) return rows.error();
    for (core::store::Record& record : *rows) {
      if (found.contains(record.key.id)) continue;
      const auto document = json::parse(record.body);
      if (!document) return document.error();
      Candidate candidate{std::string(record.body), compare(wanted, likeness_of(document->root(), desk.trusted_systems)), 0};
      candidate.probability = core::population::probability(candidate.score, records);
      found.emplace(record.key.id, std::move(candidate));
    }
  }
  std::vector<Candidate> all;
  for (auto& [id, candidate] : found)
    if (core::population::grade(candidate.score, records) != core::population::MatchGrade::certainly_not) all.push_back(std::move(candidate));
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.score.weight > b.score.weight;
  });
  return all;
}

std::string decimal(double value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 4);
  return error == std::errc{} ? std::string(text, end) : std::string("0");
}

json::Value entry_from(json::Document& bundle, const Desk& desk, const Candidate& candidate, const json::Value& patient, std::size_t records) {
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
  const auto call = Call::read(request);
  if (!call) return answer(call.error());
  const json::Value* patient = call->body().text("resourceType") == "Patient" ? &call->body() : call->value("resource");
  if (!patient || patient->text("resourceType") != "Patient") return answer(core::invalid("a Patient to look for is expected as the parameter 'resource'", "resource"));
  const bool only_certain = call->text("onlyCertainMatches") == "true" ||
                            (call->value("onlyCertainMatches") && call->value("onlyCertainMatches")->is_boolean() && call->value("onlyCertainMatches")->boolean());
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
  auto all = candidates(desk, **snapshot, *patient, records);
  if (!all) return answer(all.error());
  json::Document bundle;
  bundle.root() = bundle.object();
  bundle.set(bundle.root(), "resourceType", bundle.string("Bundle"));
  bundle.set(bundle.root(), "type", bundle.string("searchset"));
  json::Value entries = bundle.array();
  for (const Candidate& candidate : *all) {
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
