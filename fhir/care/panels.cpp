#include "fhir/care/panels.hpp"

#include <algorithm>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/task.hpp"

namespace fhir::care {

using core::Day;
using core::Result;
using core::panel::ByHand;
using core::panel::Change;
using core::panel::Member;
using core::panel::MemberChange;
using core::panel::PanelDefinition;
using core::population::no_day;
using core::population::open_end;
using core::population::PersonId;
using core::population::Population;
using json::Value;

std::string panel_id(const std::string& definition, const std::string& owner) {
  return "panel-" + definition.substr(0, 36) + "-" + task_id_from(owner).substr(4, 16);
}

Result<Panels> Panels::open(const core::gap::Plan& plan, std::vector<PanelDefinition> more) {
  std::vector<PanelDefinition> definitions;
  for (const auto& programme : plan.programmes()) {
    definitions.push_back({.id = programme.source->id, .title = programme.source->title, .criteria = programme.source->cohort});
  }
  std::vector<std::vector<core::gap::Step>> own;
  for (PanelDefinition& definition : more) {
    auto steps = plan.rule(definition.criteria, "panel " + definition.id);
    if (!steps) return steps.error();
    own.push_back(std::move(*steps));
    definitions.push_back(std::move(definition));
  }
  auto empanelment = core::panel::Empanelment::compile(plan, std::move(definitions));
  if (!empanelment) return empanelment.error();
  Panels panels(std::move(*empanelment));
  panels.own_criteria_ = std::move(own);
  return panels;
}

void Panels::close(const std::string& definition, const std::string& patient, Day on, const std::string& but_owner) {
  const auto found = groups_of_.find(place_of(definition, patient));
  if (found == groups_of_.end()) return;
  for (const std::string& id : found->second) {
    Group& group = groups_[id];
    if (!but_owner.empty() && group.owner == but_owner) continue;
    for (Entry& entry : group.members[patient]) {
      if (entry.member.until != open_end) continue;
      entry.member.until = std::max(on, entry.member.from);
      entry.change = Change::left;
      changed_.insert(id);
    }
  }
}

void Panels::apply(std::size_t definition, const MemberChange& change, Day as_of) {
  const std::string& name = empanelment_.definitions()[definition].id;
  Member member = change.member;
  if (change.change == Change::left) return close(name, member.patient, member.until, {});
  close(name, member.patient, as_of, member.owner.empty() ? "nobody" : member.owner);  // a move to another owner's panel
  const std::string id = panel_id(name, member.owner);
  Group& group = groups_[id];
  group.definition = name;
  group.owner = member.owner;
  std::vector<Entry>& entries = group.members[member.patient];
  if (!entries.empty() && entries.back().member.until == open_end)
    entries.back() = {member, change.change, change.reason};
  else {
    member.from = as_of;
    entries.push_back({member, change.change, change.reason});
  }
  groups_of_[place_of(name, member.patient)].insert(id);
  changed_.insert(id);
}

void Panels::review(const core::gap::Plan& plan, const Population& population, std::span<const PersonId> people, const std::vector<std::string>& gone,
                    const std::string& default_owner, Day as_of) {
  for (std::size_t i = 0; i < empanelment_.definitions().size(); ++i) {
    const std::string& name = empanelment_.definitions()[i].id;
    std::vector<Member> members;
    std::vector<ByHand> by_hand;
    for (const PersonId person : people) {
      if (!population.is_person(person)) continue;  // merged into another, whose records are all looked at
      for (const std::string& patient : population.patients(person)) {
        const auto found = groups_of_.find(place_of(name, patient));
        if (found == groups_of_.end()) continue;
        for (const std::string& id : found->second) {
          for (const Entry& entry : groups_[id].members[patient])
            if (entry.member.until == open_end) members.push_back(entry.member);
          for (const ByHand& decision : groups_[id].by_hand)
            if (decision.patient == patient) by_hand.push_back(decision);
        }
      }
    }
    const core::panel::Empanelled result = empanelment_.review(i, plan, population, people, members, by_hand, default_owner, as_of);
    for (const MemberChange& change : result.changes) apply(i, change, as_of);
    for (const std::string& patient : gone) close(name, patient, as_of, {});
  }
}

bool Panels::decide(const std::string& group, const ByHand& decision) {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return false;
  std::erase_if(found->second.by_hand, [&](const ByHand& other) { return other.patient == decision.patient; });
  found->second.by_hand.push_back(decision);
  groups_of_[place_of(found->second.definition, decision.patient)].insert(group);
  changed_.insert(group);
  return true;
}

void Panels::end_unknown(Day as_of) {
  for (auto& [id, group] : groups_) {
    const auto& all = empanelment_.definitions();
    if (std::any_of(all.begin(), all.end(), [&known = group.definition](const PanelDefinition& d) { return d.id == known; })) continue;
    for (auto& [patient, entries] : group.members)
      for (Entry& entry : entries) {
        if (entry.member.until != open_end) continue;
        entry.member.until = std::max(as_of, entry.member.from);
        entry.change = Change::left;
        changed_.insert(id);
      }
  }
}

std::set<std::string> Panels::by_hand() const {
  std::set<std::string> patients;
  for (const auto& [id, group] : groups_)
    for (const ByHand& decision : group.by_hand) patients.insert(decision.patient);
  return patients;
}

std::optional<std::string> Panels::definition_of(const std::string& group) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  return found->second.definition;
}

std::size_t Panels::capacity(const std::string& group) const {
  const auto definition = definition_of(group);
  for (const PanelDefinition& each : empanelment_.definitions())
    if (definition && each.id == *definition) return each.capacity;
  return 0;
}

std::vector<Member> Panels::members(const std::string& group) const {
  std::vector<Member> members;
  const auto found = groups_.find(group);
  if (found == groups_.end()) return members;
  for (const auto& [patient, entries] : found->second.members)
    for (const Entry& entry : entries) members.push_back(entry.member);
  return members;
}

}  // namespace fhir::care
