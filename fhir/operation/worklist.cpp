// $worklist: an owner's open gap Tasks in rank order, each person's together, cut to the minutes there are; the rest is
// counted. Pages show the versions that the first one found, and never a part of a person.
#include <algorithm>
#include <charconv>
#include <list>
#include <map>
#include <mutex>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/operation/desk.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/page.hpp"

namespace fhir::operation {

using core::Result;

namespace {

struct Line {
  std::string id;
  std::int64_t version = 0;
  int minutes = 0;
};

struct Person {
  std::string patient;
  std::vector<Line> lines;  // in rank order
  int minutes = 0;
};

long integer(const json::Value& task, std::string_view name, long otherwise) {
  const json::Value* found =
      care::extension(task, std::string(care::house) + "/StructureDefinition/" + std::string(name));
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
      if (std::string practitioner = care::link_from(parsed->root()["practitioner"]); !practitioner.empty())
        owners.push_back(std::move(practitioner));
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
  for (const core::store::Record& record : *records) {
    const auto parsed = json::parse(record.body);
    if (!parsed || care::gap_identifier(parsed->root()).empty()) continue;
    const std::string patient = care::link_from(parsed->root()["for"]);
    const auto [at, is_new] = place.emplace(patient, people.size());
    if (is_new) people.push_back({patient, {}, 0});
    const long effort = integer(parsed->root(), "effort-minutes", 10);  // whatever stands there: no sum overflows
    Line line{record.key.id, record.version, static_cast<int>(std::clamp(effort, 0L, 24L * 60))};
    people[at->second].minutes += line.minutes;
    people[at->second].lines.push_back(std::move(line));
  }
  return people;
}

Result<int> number_from(const Call& call, std::string_view name, std::string_view of, int otherwise) {
  const std::string text = call.text(name);
  if (text.empty()) return otherwise;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0)
    return core::invalid("'" + text.substr(0, 40) + "' is not a number of " + std::string(of), std::string(name));
  return number;
}

// What is shown of a list, and what there is to say of the rest.
struct Shown {
  std::string caller, self;
  std::vector<Person> people;
  std::size_t total = 0, left_people = 0, count = 0;
  int left_minutes = 0, minutes = -1;
};

Shown cut(std::vector<Person> people, int minutes) {
  Shown shown;
  shown.minutes = minutes;
  int used = 0;
  bool ended = false;
  for (Person& person : people) {
    shown.total += person.lines.size();
    const bool too_much =
        minutes >= 0 && person.minutes > minutes;  // for the whole slot: passed over, or nobody would be helped in it
    ended = ended || (!too_much && minutes >= 0 &&
                      used + person.minutes > minutes);  // the list ends there: nobody jumps the queue
    if (too_much || ended) {
      ++shown.left_people;
      shown.left_minutes += person.minutes;
      continue;
    }
    used += person.minutes;
    shown.people.push_back(std::move(person));
  }
  return shown;
}

}  // namespace

// Bounded: the oldest list goes first.
class WorkLists {
 public:
  static constexpr std::size_t most = 200;
  static constexpr std::int64_t life_ms = 15 * 60 * 1000;

  std::string keep(std::shared_ptr<const Shown> shown, core::Instant now) {
    const std::lock_guard lock(mutex_);
    kept_.remove_if([&](const Kept& each) { return each.until < now; });
    if (kept_.size() == most) kept_.pop_back();
    kept_.push_front({rest::new_token(), std::move(shown), {now.ms + life_ms}});
    return kept_.front().token;
  }
  std::shared_ptr<const Shown> find(std::string_view token, core::Instant now) {
    const std::lock_guard lock(mutex_);
    for (Kept& each : kept_)
      if (each.token == token && now < each.until) {
        each.until.ms = now.ms + life_ms;
        return each.shown;
      }
    return nullptr;
  }

 private:
  struct Kept {
    std::string token;
    std::shared_ptr<const Shown> shown;
    core::Instant until;
  };
  std::mutex mutex_;
  std::list<Kept> kept_;
};

std::shared_ptr<WorkLists> no_work_lists() { return std::make_shared<WorkLists>(); }

namespace {

// From the person at `from`: whole people until there are `count` Tasks.
rest::Response page(const Desk& desk, core::store::Snapshot& snapshot, const std::shared_ptr<const Shown>& shown,
                    std::size_t from, std::string token) {
  std::size_t end = from, tasks = 0;
  while (end < shown->people.size() && (tasks == 0 || tasks + shown->people[end].lines.size() <= shown->count))
    tasks += shown->people[end++].lines.size();
  Searchset set(shown->self);
  for (std::size_t i = from; i < end; ++i)
    for (const Line& line : shown->people[i].lines) {
      const auto record = snapshot.read({"Task", line.id}, line.version);
      if (!record) return answer(record.error());
      if (*record && !(*record)->deleted()) set.add(desk.base_url + "/Task/" + line.id, (*record)->body);
    }
  for (std::size_t i = from; i < end; ++i)
    if (const std::string& patient = shown->people[i].patient; patient.starts_with("Patient/"))
      if (const auto record = read_current(snapshot, "Patient", patient.substr(8)); record)
        set.add(desk.base_url + "/" + patient, record->body, "include");
  if (from == 0 && shown->left_people > 0)
    set.add_outcome("Left out: " + std::to_string(shown->left_people) + " people with " +
                    std::to_string(shown->left_minutes) + " minutes of work, beyond the " +
                    std::to_string(shown->minutes) + " minutes asked for.");
  if (end < shown->people.size()) {
    if (token.empty()) token = desk.lists->keep(shown, desk.clock->now());
    set.next(desk.base_url + "/$worklist?_page=" + token + "." + std::to_string(end));
  }
  return set.finish(shown->total);
}

rest::Response later_page(const Desk& desk, const rest::Request& request, std::string_view name) {
  const std::size_t dot = name.find('.');
  std::size_t from = 0;
  const std::string_view number = dot == name.npos ? std::string_view() : name.substr(dot + 1);
  std::from_chars(number.data(), number.data() + number.size(), from);
  const auto shown = desk.lists->find(name.substr(0, dot), desk.clock->now());
  if (!shown || shown->caller != request.caller.id || from == 0 || from >= shown->people.size())
    return answer(
        {core::Kind::gone, "This list is no longer kept (15 minutes after the last use); ask for it anew.", "_page"});
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  return page(desk, **snapshot, shown, from, std::string(name.substr(0, dot)));
}

}  // namespace

rest::Response worklist(const Desk& desk, const rest::Request& request) {
  const auto call = Call::read(request, {"owner", "minutes"});
  if (!call) return answer(call.error());
  if (const std::string name = call->text("_page"); !name.empty()) return later_page(desk, request, name);
  const auto owner = call->reference("owner", desk.base_url, parties);
  if (!owner) return answer(owner.error());
  const auto minutes = number_from(*call, "minutes", "minutes", -1);
  if (!minutes) return answer(minutes.error());
  const auto count = number_from(*call, "_count", "Tasks on a page", static_cast<int>(rest::most_on_page));
  if (!count) return answer(count.error());
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  const auto owners = owners_of(**snapshot, *owner);
  if (!owners) return answer(owners.error());
  auto people = people_of(**snapshot, *owners);
  if (!people) return answer(people.error());
  auto shown = std::make_shared<Shown>(cut(std::move(*people), *minutes));
  shown->caller = request.caller.id;
  shown->count = std::min(static_cast<std::size_t>(*count), rest::most_on_page);
  shown->self = desk.base_url + "/$worklist?owner=" + *owner +
                (*minutes < 0 ? "" : "&minutes=" + std::to_string(*minutes)) +
                (call->text("_count").empty() ? "" : "&_count=" + std::to_string(shown->count));
  if (shown->count == 0) return Searchset(shown->self).finish(shown->total);
  return page(desk, **snapshot, shown, 0, {});
}

}  // namespace fhir::operation
