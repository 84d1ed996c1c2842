// $worklist: an owner's open gap Tasks in rank order, each person's together, cut to the minutes there are; the rest is counted.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

using core::Result;

struct Line {
  std::string id, body;
  long rank = 0;
  int minutes = 0;
};

struct Person {
  std::string patient;
  std::vector<Line> lines;  // in rank order
  int minutes = 0;
};

long integer(const json::Value& task, std::string_view name, long otherwise) {
  const json::Value* found = care::extension(task, std::string(care::house) + "/StructureDefinition/" + std::string(name));
  long number = otherwise;
  if (found) {
    const std::string_view text = found->text("valueInteger");
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return number;
}

// An organization's list holds those of its practitioners.
Result<std::vector<std::string>> owners_of(core::store::Snapshot& snapshot, const std::string& owner) {
  std::vector<std::string> owners{owner};
  if (!owner.starts_with("Organization/")) return owners;
  core::store::Query query;
  query.types = {"PractitionerRole"};
  query.all.push_back(reference_criterion("organization", {owner}));
  auto roles = find_all(snapshot, std::move(query));
  if (!roles) return roles.error();
  for (const core::store::Record& record : *roles)
    if (const auto parsed = json::parse(record.body); parsed) {
      owners.push_back("PractitionerRole/" + record.key.id);
      if (std::string practitioner = care::link_from(parsed->root()["practitioner"]); !practitioner.empty()) owners.push_back(std::move(practitioner));
    }
  return owners;
}

Result<std::vector<Person>> people_of(core::store::Snapshot& snapshot, const std::vector<std::string>& owners) {
  core::store::Query query;
  query.types = {"Task"};
  query.all.push_back(reference_criterion("owner", owners));
  query.all.push_back(token_criterion("status", {"requested", "received", "accepted", "in-progress"}));
  query.sort.push_back({"rank", core::store::RowKind::number, false});
  auto records = find_all(snapshot, std::move(query));
  if (!records) return records.error();
  std::vector<Person> people;  // in order of their best rank
  std::map<std::string, std::size_t> place;
  for (core::store::Record& record : *records) {
    const auto parsed = json::parse(record.body);
    if (!parsed || care::gap_identifier(parsed->root()).empty()) continue;
    const std::string patient = care::link_from(parsed->root()["for"]);
    const auto [at, is_new] = place.emplace(patient, people.size());
    if (is_new) people.push_back({patient, {}, 0});
    Line line{record.key.id, std::move(record.body), integer(parsed->root(), "rank", 0), static_cast<int>(integer(parsed->root(), "effort-minutes", 10))};
    people[at->second].minutes += line.minutes;
    people[at->second].lines.push_back(std::move(line));
  }
  return people;
}

Result<int> minutes_from(const Call& call) {
  const std::string text = call.text("minutes");
  if (text.empty()) return -1;
  int minutes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), minutes);
  if (error != std::errc{} || end != text.data() + text.size() || minutes < 0) return core::invalid("'" + text + "' is not a number of minutes", "minutes");
  return minutes;
}

}  // namespace

rest::Response worklist(const Desk& desk, const rest::Request& request) {
  const auto call = Call::read(request);
  if (!call) return answer(call.error());
  const auto owner = call->required("owner");
  if (!owner) return answer(owner.error());
  if (owner->find('/') == std::string::npos) return answer(core::invalid("'owner' is a reference, as Practitioner/1", "owner"));
  const auto minutes = minutes_from(*call);
  if (!minutes) return answer(minutes.error());
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  const auto owners = owners_of(**snapshot, *owner);
  if (!owners) return answer(owners.error());
  auto people = people_of(**snapshot, *owners);
  if (!people) return answer(people.error());

  Searchset set(desk.base_url + "/$worklist?owner=" + *owner + (*minutes < 0 ? "" : "&minutes=" + std::to_string(*minutes)));
  std::size_t total = 0, left_people = 0;
  int used = 0, left_minutes = 0;
  std::vector<std::string> shown;
  bool ended = false;
  for (const Person& person : *people) {
    total += person.lines.size();
    const bool too_much = *minutes >= 0 && person.minutes > *minutes;  // for the whole slot: passed over, or nobody would be helped in it
    ended = ended || (!too_much && *minutes >= 0 && used + person.minutes > *minutes);  // the list ends there: nobody jumps the queue
    if (too_much || ended) {
      ++left_people;
      left_minutes += person.minutes;
      continue;
    }
    used += person.minutes;
    shown.push_back(person.patient);
    for (const Line& line : person.lines) set.add(desk.base_url + "/Task/" + line.id, line.body);
  }
  for (const std::string& patient : shown)
    if (patient.starts_with("Patient/"))
      if (const auto record = read_current(**snapshot, "Patient", patient.substr(8)); record) set.add(desk.base_url + "/" + patient, record->body, "include");
  if (left_people > 0)
    set.add_outcome("Left out: " + std::to_string(left_people) + " people with " + std::to_string(left_minutes) + " minutes of work, beyond the " +
                    std::to_string(*minutes) + " minutes asked for.");
  return set.finish(total);
}

}  // namespace fhir::operation
