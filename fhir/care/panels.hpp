// Step 1 of the loop in FHIR: panels as Group. A panel is a definition (criteria) and an owner; each pair with members is one
// Group, its id derived from both. Members carry their period; what somebody decided by hand is kept on the member and wins.
// Never: stores (it hands out Groups to write), decides membership (core/panel/empanel does). Threads: one writer at a time.
// Source: FHIR R4 Group; profiles/house/structuredefinition-panel.json.
#pragma once
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/panel/empanel.hpp"
#include "fhir/json/json.hpp"

namespace fhir::care {

std::string panel_id(const std::string& definition, const std::string& owner);  // "panel-diabetes-1f..."

class Panels {
 public:
  // The programmes' cohorts, and the panels of profiles/house/panels (tiers, social needs).
  static core::Result<Panels> open(const core::gap::Plan& plan, std::vector<core::panel::PanelDefinition> more);

  void take(const json::Value& group);   // a stored panel, at load
  // Re-decides these people; Groups that change are then in changed().
  void review(const core::gap::Plan& plan, const core::population::Population& population, std::span<const core::population::PersonId> people,
              const std::vector<std::string>& gone, const std::string& default_owner, core::Day as_of);
  // By hand, on one Group; nothing when the Group is not a panel.
  bool decide(const std::string& group, const core::panel::ByHand& decision);

  const std::set<std::string>& changed() const { return changed_; }
  void written() { changed_.clear(); }
  json::Document group_of(const std::string& id) const;      // as it stands, for storing
  std::optional<std::string> definition_of(const std::string& group) const;
  std::size_t capacity(const std::string& group) const;  // people that its owner can serve; 0: no limit known
  std::vector<core::panel::Member> members(const std::string& group) const;  // past ones too
  std::size_t size() const { return groups_.size(); }
  // Criteria that no programme's cohort asks, and the people somebody decided about by hand: what else changes as days pass.
  std::span<const std::vector<core::gap::Step>> own_criteria() const { return own_criteria_; }
  std::set<std::string> by_hand() const;
  void end_unknown(core::Day as_of);  // members of panels that no definition knows any more leave

 private:
  struct Entry {
    core::panel::Member member;
    core::panel::Change change = core::panel::Change::joined;
    std::string reason;
  };
  struct Group {
    std::string definition, owner;
    std::map<std::string, std::vector<Entry>> members;  // by patient, in order of time
    std::vector<core::panel::ByHand> by_hand;
  };
  explicit Panels(core::panel::Empanelment empanelment) : empanelment_(std::move(empanelment)) {}
  static std::string place_of(const std::string& definition, const std::string& patient) { return definition + " " + patient; }
  static json::Value members_of(json::Document& doc, const Group& group, std::size_t& current);
  void apply(std::size_t definition, const core::panel::MemberChange& change, core::Day as_of);
  void close(const std::string& definition, const std::string& patient, core::Day on, const std::string& but_owner);

  core::panel::Empanelment empanelment_;
  std::map<std::string, Group> groups_;                              // by id
  std::map<std::string, std::set<std::string>> groups_of_;           // "definition patient" -> Groups with this member
  std::set<std::string> changed_;
  std::vector<std::vector<core::gap::Step>> own_criteria_;
};

// The definition that a Group (actual = false) is: cohort rule, tiers, place, practice, owner, capacity.
core::Result<core::panel::PanelDefinition> panel_definition_from(const json::Value& group);
// Those of a folder of JSON files.
core::Result<std::vector<core::panel::PanelDefinition>> panels_in(const std::string& folder);

}  // namespace fhir::care
