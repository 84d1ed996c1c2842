// The two bells that time rings: sweep() for everyone, pass() for those whose day in the calendar has come. Both review people in
// rounds, each round one commit.
#include <mutex>
#include <optional>

#include "fhir/care/round.hpp"

namespace fhir::care {

using core::Day;
using core::Done;
using core::Result;
using core::population::PersonId;
using core::store::Snapshot;

namespace {

constexpr std::size_t ops_at_once = 400, people_at_once = 20'000, fetched_ahead = 8;

void add(SweepFigures& all, const SweepFigures& part) {
  all.people += part.people;
  all.decisions += part.decisions;
  all.without_owner += part.without_owner;
  for (std::size_t i = 0; i < all.gaps.size(); ++i) all.gaps[i] += part.gaps[i];
  all.tasks.created += part.tasks.created;
  all.tasks.closed += part.tasks.closed;
  all.tasks.reopened += part.tasks.reopened;
  all.tasks.cancelled += part.tasks.cancelled;
  all.tasks.changed += part.tasks.changed;
  all.tasks.unchanged += part.tasks.unchanged;
  all.seconds_deciding += part.seconds_deciding;
}

}  // namespace

// Commits the round and begins the next one.
Result<Done> Surveillance::end_round(std::optional<Round>& round, std::unique_ptr<Snapshot>& snapshot, SweepFigures& all) {
  const auto seconds = [&] { return parts_.seconds ? parts_.seconds() : 0.0; };
  const Day as_of = round->as_of;
  const SweepOptions& options = round->options;
  snapshot.reset();  // a waiting reader would keep the store's log from starting over
  const double decided = seconds();
  if (!options.dry_run)
    if (auto committed = commit(*round); !committed) return committed;
  all.seconds_committing += seconds() - decided;
  add(all, round->figures);
  auto fresh = parts_.store->snapshot();
  if (!fresh) return fresh.error();
  snapshot = std::move(*fresh);
  round.emplace(begin(*snapshot, as_of, options));
  return Done{};
}

Result<Done> Surveillance::review_people(std::optional<Round>& round, std::unique_ptr<Snapshot>& snapshot, const std::vector<PersonId>& people,
                                         SweepFigures& all) {
  const auto seconds = [&] { return parts_.seconds ? parts_.seconds() : 0.0; };
  double mark = seconds();
  for (std::size_t i = 0; i < people.size(); ++i) {
    const PersonId person = people[i];
    if (i + fetched_ahead < people.size()) population_.fetch(people[i + fetched_ahead]);
    if (auto reviewed = review(*round, person); !reviewed) return reviewed;
    if (round->batch.ops.size() >= ops_at_once || round->due.size() >= people_at_once) {
      round->figures.seconds_deciding += seconds() - mark;
      if (auto ended = end_round(round, snapshot, all); !ended) return ended;
      mark = seconds();
    }
    if (round->options.progress && !round->options.progress(person + 1, population_.end())) break;
  }
  round->figures.seconds_deciding += seconds() - mark;
  return Done{};
}

Result<SweepFigures> Surveillance::sweep(Day as_of, const SweepOptions& options) {
  const std::unique_lock lock(mutex_);
  SweepFigures all;
  all.facts = population_.memory().facts;
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  std::optional<Round> round;
  round.emplace(begin(**snapshot, as_of, options));
  std::vector<PersonId> people;
  for (PersonId person = 0; person < population_.end(); ++person)
    if (population_.is_person(person)) people.push_back(person);
  if (auto reviewed = review_people(round, *snapshot, people, all); !reviewed) return reviewed.error();
  if (options.programme.empty() && !options.dry_run) {
    panels_.review(*parts_.plan, population_, people, {}, parts_.setting.default_owner, as_of);
    if (auto put = put_panels(*round); !put) return put.error();
  }
  if (options.programme.empty())
    for (const std::string& patient : ledger_.people())
      if (!population_.find(patient))
        if (auto reviewed = review_gone(*round, patient); !reviewed) return reviewed.error();
  if (auto ended = end_round(round, *snapshot, all); !ended) return ended.error();
  return all;
}

Result<SweepFigures> Surveillance::pass(Day today, const std::function<bool()>& goes_on) {
  const std::unique_lock lock(mutex_);
  if (!loaded_) return core::Error{core::Kind::busy, "the population is still loading", ""};
  SweepFigures all;
  all.facts = population_.memory().facts;
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  SweepOptions options;
  if (goes_on) options.progress = [&](std::size_t, std::size_t) { return goes_on(); };
  std::optional<Round> round;
  round.emplace(begin(**snapshot, today, options));
  std::set<PersonId> due;
  for (const std::string& patient : panels_.by_hand())
    if (const auto person = population_.find(patient)) due.insert(*person);
  calendar_.each_due(today, population_.end(), [&](PersonId person, bool, bool) {
    if (population_.is_person(person)) due.insert(due.end(), person);
  });
  const std::vector<PersonId> people(due.begin(), due.end());
  if (auto reviewed = review_people(round, *snapshot, people, all); !reviewed) return reviewed.error();
  panels_.review(*parts_.plan, population_, people, {}, parts_.setting.default_owner, today);
  if (auto put = put_panels(*round); !put) return put.error();
  if (auto ended = end_round(round, *snapshot, all); !ended) return ended.error();
  return all;
}

}  // namespace fhir::care
