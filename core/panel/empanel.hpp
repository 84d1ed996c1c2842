// Step 1 of the loop, second half: who belongs to which panel from when, and whose list a person is on. A panel is a definition
// (criteria, tiers, owner) and its members with periods; joining and leaving follow the criteria, a decision by hand wins.
// Never: stores, computes risk (tiers come from the population), deletes a past membership. Threads: pure over what it is given.
// Source: AMA and KP empanelment (criteria, overrule by the physician); owner rule: the house's.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/gap/decide.hpp"

namespace core::panel {

using population::no_day;
using population::open_end;
using population::PersonId;
using population::Population;

// Whose list: the panel's owner; the first generalPractitioner; the provider, then the organisation, of the latest ambulatory
// encounter; managingOrganization; the configured default; nobody.
enum class OwnerBy : std::uint8_t { panel, practitioner, encounter_provider, encounter_organization, organization, otherwise, nobody };
struct Owner {
  std::string reference;  // "Practitioner/7", empty: nobody
  OwnerBy by = OwnerBy::nobody;
};
Owner owner_of(const Population& population, PersonId person, Day as_of, const std::string& panel_owner, const std::string& otherwise);

struct PanelDefinition {
  std::string id;                  // "diabetes-practice-a"
  std::string title;
  gap::Rule criteria;              // who: the words of programmes (open, need, age, value ...); truth: everyone
  std::vector<int> tiers{};          // composite tiers that belong (0 low ... 3 very-high); empty: any, also nobody's
  std::string country{}, postal_prefix{};  // place; empty: any
  std::string practice{};          // only people on this list (practitioner or organisation reference); empty: any
  std::string owner{};             // of the panel; empty: each member's own
  std::size_t capacity = 0;        // people the owner can serve; 0: no limit known (over it: reported, nobody is put out)
};

// What somebody decided by hand; it wins over the criteria until its last day.
struct ByHand {
  std::string patient;             // "Patient/1"
  bool include = true;
  std::string by, reason;
  Day from = no_day, until = open_end;
};

struct Member {
  std::string patient;
  Day from = no_day, until = open_end;  // until: first day no longer a member
  std::string owner;
  bool by_hand = false;
};

enum class Change : std::uint8_t { joined, left, changed };  // codes new, dropped, changed
std::string_view code_of(Change change);

struct MemberChange {
  Change change = Change::joined;
  Member member;                   // as it is after the change
  std::string reason;              // in plain words
};

struct Empanelled {
  std::vector<MemberChange> changes;
  std::vector<std::string> unknown;  // patients of whom the criteria could not be evaluated: members stay, others do not join
  std::size_t members = 0;           // after the changes
  std::size_t without_owner = 0;
  bool over_capacity = false;
};

class Empanelment {
 public:
  // Compiles the criteria against the plan's sets; the error names the panel and the position.
  static Result<Empanelment> compile(const gap::Plan& plan, std::vector<PanelDefinition> definitions);
  std::span<const PanelDefinition> definitions() const { return definitions_; }

  // Does the person belong to the panel on the day, by criteria alone? Nothing: could not be evaluated.
  std::optional<bool> belongs(std::size_t panel, gap::Decider& decider, const Population& population, PersonId person, Day as_of) const;

  // What changes in one panel on a day for these people (everyone: pass all). `members`: the memberships there are; only open
  // ones matter. Someone who died, is inactive or gone leaves.
  Empanelled review(std::size_t panel, const gap::Plan& plan, const Population& population, std::span<const PersonId> people,
                    std::span<const Member> members, std::span<const ByHand> by_hand, const std::string& default_owner, Day as_of) const;

 private:
  std::vector<PanelDefinition> definitions_;
  std::vector<std::vector<gap::Step>> criteria_;
};

}  // namespace core::panel
