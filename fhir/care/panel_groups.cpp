// Step 1 at work: the stored panels read at load, those that changed written with the round, decisions by hand.
#include <mutex>
#include <optional>

#include "fhir/care/facts.hpp"
#include "fhir/care/round.hpp"

namespace fhir::care {

using core::Done;
using core::Result;
using core::population::PersonId;
using core::store::Key;
using core::store::Snapshot;

Result<Done> Surveillance::load_panels(Snapshot& snapshot) {
  core::store::Query query;
  query.types = {"Group"};
  core::store::Criterion ours;
  ours.param = "identifier";
  core::store::Term term;
  term.system = std::string(house) + "/panel";
  term.any_system = false;
  term.any_value = true;
  ours.any.push_back(term);
  query.all.push_back(ours);
  auto found = snapshot.find(query);
  if (!found) return found.error();
  auto groups = snapshot.load(found->matches);
  if (!groups) return groups.error();
  for (const core::store::Record& record : *groups)
    if (const auto parsed = json::parse(record.body); parsed) panels_.take(parsed->root());
  return Done{};
}

// Panels that changed, one version for the whole round.
Result<Done> Surveillance::put_panels(Round& round) {
  for (const std::string& id : panels_.changed()) {
    auto record = round.snapshot.read(Key{"Group", id});
    if (!record) return record.error();
    const std::int64_t version = *record && !(*record)->deleted() ? (*record)->version : 0;
    round.put(panels_.group_of(id).root(), *parts_.index, version, {});
  }
  round.panels = true;
  return Done{};
}

Result<Done> Surveillance::decide_membership(const std::string& group, const core::panel::ByHand& decision) {
  const std::unique_lock lock(mutex_);
  if (!loaded_) return core::Error{core::Kind::busy, "the population is still loading", ""};
  const auto person = population_.find(decision.patient);
  if (!person) return core::not_found(decision.patient + " is not known here", "patient");
  if (!panels_.decide(group, decision)) return core::not_found("Group/" + group + " is not a panel of this server", "Group/" + group);
  auto snapshot = parts_.store->snapshot();
  if (!snapshot) return snapshot.error();
  const SweepOptions everything;
  Round round = begin(**snapshot, parts_.clock->today(), everything);
  const PersonId people[] = {*person};
  panels_.review(*parts_.plan, population_, people, {}, parts_.setting.default_owner, round.as_of);
  if (auto put = put_panels(round); !put) return put.error();
  return commit(round);
}

}  // namespace fhir::care
