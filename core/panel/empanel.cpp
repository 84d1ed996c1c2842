#include "core/panel/empanel.hpp"

#include <algorithm>
#include <unordered_map>

namespace core::panel {
namespace {

using population::PersonView;
using population::ViewBuffer;

bool is_there(const PersonView& view, Day as_of) {
  const bool dead = view.dead || (view.deceased != no_day && view.deceased <= as_of);
  return view.active && !dead && (view.birth == no_day || view.birth <= as_of);
}

// The latest encounter by appointment up to the day: who saw the person, and where.
Population::Provider seen_by(const Population& population, const PersonView& view, Day as_of) {
  const population::Vocabulary& words = population.vocabulary();
  const auto ambulatory = words.set(population::ambulatory_set);
  for (std::size_t i = view.rows.size(); ambulatory && i-- > 0;) {
    const population::Row row = view.rows[i];
    const population::Class& klass = words[row.klass];
    if (klass.kind != population::FactKind::encounter || klass.state != population::State::valid) continue;
    const Day day = population::day_of_code(row.day);
    if (day == no_day || day > as_of) continue;
    for (const population::Member& member : words.members(row.klass))
      if (member.set == *ambulatory && (member.meaning & population::by_code) != 0) {
        Population::Provider provider = population.provider(row);
        if (!provider.provider.empty() || !provider.service_provider.empty()) return provider;
      }
  }
  return {};
}

// What is said about each patient, found without a search through all of it.
template <class T>
class ByPatient {
 public:
  template <class Which>
  ByPatient(std::span<const T> all, Which&& which) {
    for (const T& each : all)
      if (which(each)) found_[each.patient].push_back(&each);
  }
  std::vector<const T*> of(const std::vector<std::string>& patients) const {
    std::vector<const T*> result;
    for (const std::string& patient : patients)
      if (const auto at = found_.find(patient); at != found_.end()) result.insert(result.end(), at->second.begin(), at->second.end());
    return result;
  }

 private:
  std::unordered_map<std::string, std::vector<const T*>> found_;
};

const ByHand* latest_of(const std::vector<const ByHand*>& decisions) {
  const ByHand* latest = nullptr;
  for (const ByHand* decision : decisions)
    if (latest == nullptr || decision->from >= latest->from) latest = decision;
  return latest;
}

}  // namespace

Owner owner_of(const Population& population, PersonId person, Day as_of, const std::string& panel_owner, const std::string& otherwise) {
  if (!panel_owner.empty()) return {panel_owner, OwnerBy::panel};
  if (std::string practitioner = population.practitioner(person); !practitioner.empty()) return {std::move(practitioner), OwnerBy::practitioner};
  ViewBuffer buffer;
  Population::Provider seen = seen_by(population, population.view(person, buffer), as_of);
  if (!seen.provider.empty()) return {std::move(seen.provider), OwnerBy::encounter_provider};
  if (!seen.service_provider.empty()) return {std::move(seen.service_provider), OwnerBy::encounter_organization};
  if (std::string organization = population.organization(person); !organization.empty()) return {std::move(organization), OwnerBy::organization};
  if (!otherwise.empty()) return {otherwise, OwnerBy::otherwise};
  return {};
}

std::string_view code_of(Change change) {
  return change == Change::joined ? "new" : change == Change::left ? "dropped" : "changed";
}

Result<Empanelment> Empanelment::compile(const gap::Plan& plan, std::vector<PanelDefinition> definitions) {
  Empanelment empanelment;
  for (const PanelDefinition& definition : definitions) {
    auto criteria = plan.rule(definition.criteria, "panel " + definition.id);
    if (!criteria) return criteria.error();
    empanelment.criteria_.push_back(std::move(*criteria));
  }
  empanelment.definitions_ = std::move(definitions);
  return empanelment;
}

std::optional<bool> Empanelment::belongs(std::size_t panel, gap::Decider& decider, const Population& population, PersonId person, Day as_of) const {
  const PanelDefinition& definition = definitions_[panel];
  if (!definition.tiers.empty() && std::find(definition.tiers.begin(), definition.tiers.end(), population.tier(person)) == definition.tiers.end())
    return false;
  if (!definition.country.empty() && population.country(person) != definition.country) return false;
  if (!definition.postal_prefix.empty() && !population.postal_code(person).starts_with(definition.postal_prefix)) return false;
  if (!definition.practice.empty() && population.practitioner(person) != definition.practice && population.organization(person) != definition.practice)
    return false;
  return decider.holds(criteria_[panel], person, as_of);
}

Empanelled Empanelment::review(std::size_t panel, const gap::Plan& plan, const Population& population, std::span<const PersonId> people,
                               std::span<const Member> members, std::span<const ByHand> by_hand, const std::string& default_owner, Day as_of) const {
  const PanelDefinition& definition = definitions_[panel];
  Empanelled result;
  gap::Decider decider(plan, population);
  ViewBuffer buffer;
  const ByPatient<Member> open_members(members, [](const Member& member) { return member.until == open_end; });
  const ByPatient<ByHand> standing(by_hand, [as_of](const ByHand& each) {
    return each.until >= as_of && (each.from == no_day || each.from <= as_of);
  });
  for (const PersonId person : people) {
    if (!population.is_person(person)) continue;
    const std::vector<std::string> patients = population.patients(person);
    const std::vector<const Member*> open = open_members.of(patients);
    const bool there = is_there(population.view(person, buffer), as_of);
    const ByHand* decision = there ? latest_of(standing.of(patients)) : nullptr;
    std::optional<bool> belongs = false;
    if (decision) belongs = decision->include;
    else if (there) belongs = this->belongs(panel, decider, population, person, as_of);
    const auto leave = [&](const Member& member, const std::string& why) {
      Member after = member;
      after.until = std::max(as_of, member.from);
      result.changes.push_back({Change::left, std::move(after), why});
    };
    if (!belongs) {
      result.unknown.push_back(patients.front());
      result.members += !open.empty();
      continue;
    }
    if (!*belongs) {
      for (const Member* member : open) leave(*member, !there ? "no longer here" : decision ? "excluded by hand: " + decision->reason : "the criteria no longer hold");
      continue;
    }
    ++result.members;
    const Owner owner = owner_of(population, person, as_of, definition.owner, default_owner);
    result.without_owner += owner.reference.empty();
    const auto kept = std::find_if(open.begin(), open.end(), [&](const Member* member) { return member->patient == patients.front(); });
    for (const Member* member : open)
      if (kept == open.end() || member != *kept) leave(*member, "the person is now " + patients.front());
    Member wanted{patients.front(), kept == open.end() ? as_of : (*kept)->from, open_end, owner.reference, decision != nullptr};
    if (kept == open.end())
      result.changes.push_back({Change::joined, std::move(wanted), decision ? "included by hand: " + decision->reason : "the criteria hold"});
    else if ((*kept)->owner != wanted.owner || (*kept)->by_hand != wanted.by_hand)
      result.changes.push_back({Change::changed, std::move(wanted), (*kept)->owner != owner.reference ? "another owner" : "another reason"});
  }
  result.over_capacity = definition.capacity > 0 && result.members > definition.capacity;
  return result;
}

}  // namespace core::panel
