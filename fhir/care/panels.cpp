#include "fhir/care/panels.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/programme.hpp"
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
using json::Document;
using json::Value;

namespace {

std::string in_house(std::string_view path) { return std::string(house) + "/" + std::string(path); }

std::string place(const std::string& definition, const std::string& patient) { return definition + " " + patient; }

Value reference(Document& doc, std::string_view target) {
  Value value = doc.object();
  doc.set(value, "reference", doc.string(target));
  return value;
}

Value coding_list(Document& doc, std::string_view system, std::string_view code) {
  Value coding = doc.object(), list = doc.array();
  doc.set(coding, "system", doc.string(in_house("CodeSystem/" + std::string(system))));
  doc.set(coding, "code", doc.string(code));
  doc.push(list, coding);
  return list;
}

void push_extension(Document& doc, Value& list, std::string_view name, std::string_view type, Value value) {
  Value extension = doc.object();
  doc.set(extension, "url", doc.string(in_house("StructureDefinition/" + std::string(name))));
  doc.set(extension, type, value);
  doc.push(list, extension);
}

void push_part(Document& doc, Value& list, std::string_view name, std::string_view type, Value value) {
  Value part = doc.object();
  doc.set(part, "url", doc.string(name));
  doc.set(part, type, value);
  doc.push(list, part);
}

Change change_from(std::string_view code) {
  return code == "dropped" ? Change::left : code == "changed" ? Change::changed : Change::joined;
}

Value by_hand_extension(Document& doc, const ByHand& decision) {
  Value extension = doc.object(), parts = doc.array();
  doc.set(extension, "url", doc.string(in_house("StructureDefinition/member-decision")));
  push_part(doc, parts, "include", "valueBoolean", doc.boolean(decision.include));
  push_part(doc, parts, "patient", "valueReference", reference(doc, decision.patient));
  push_part(doc, parts, "by", "valueReference", reference(doc, decision.by));
  push_part(doc, parts, "reason", "valueString", doc.string(decision.reason.empty() ? "not stated" : decision.reason));
  if (decision.from != no_day) push_part(doc, parts, "from", "valueDate", doc.string(core::text(decision.from)));
  if (decision.until != open_end) push_part(doc, parts, "until", "valueDate", doc.string(core::text(decision.until)));
  doc.set(extension, "extension", parts);
  return extension;
}

std::optional<ByHand> by_hand_from(const Value& element) {
  if (element.text("url") != in_house("StructureDefinition/member-decision")) return std::nullopt;
  ByHand decision;
  for (const Value& part : element["extension"].elements()) {
    const std::string_view name = part.text("url");
    if (name == "include") decision.include = part["valueBoolean"].boolean();
    if (name == "patient") decision.patient = link_from(part["valueReference"]);
    if (name == "by") decision.by = link_from(part["valueReference"]);
    if (name == "reason") decision.reason = std::string(part.text("valueString"));
    if (name == "from") decision.from = when(part["valueDate"]).day;
    if (name == "until") decision.until = when(part["valueDate"]).day;
  }
  if (decision.patient.empty()) return std::nullopt;
  return decision;
}

}  // namespace

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

void Panels::take(const Value& group) {
  Group panel;
  for (const Value& identifier : group["identifier"].elements())
    if (identifier.text("system") == in_house("panel")) {
      const std::string_view value = identifier.text("value");
      panel.definition = std::string(value.substr(0, value.find('|')));
      panel.owner = value.find('|') == std::string_view::npos ? "" : std::string(value.substr(value.find('|') + 1));
    }
  if (panel.definition.empty()) return;
  const std::string id(group.text("id"));
  for (const Value& each : group["extension"].elements())
    if (auto decision = by_hand_from(each)) panel.by_hand.push_back(std::move(*decision));
  for (const Value& each : group["member"].elements()) {
    Entry entry;
    entry.member.patient = link_from(each["entity"]);
    entry.member.owner = panel.owner;
    entry.member.from = when(each["period"]["start"]).day;
    if (const When end = when(each["period"]["end"]); end.day != no_day) entry.member.until = end.day;
    if (const Value* change = extension(each, in_house("StructureDefinition/member-change"))) {
      entry.change = change_from(change->text("valueCode"));
      entry.member.by_hand = change->text("valueCode") == "manual";
    }
    groups_of_[place(panel.definition, entry.member.patient)].insert(id);
    panel.members[entry.member.patient].push_back(std::move(entry));
  }
  groups_[id] = std::move(panel);
}

void Panels::close(const std::string& definition, const std::string& patient, Day on, const std::string& but_owner) {
  const auto found = groups_of_.find(place(definition, patient));
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
  groups_of_[place(name, member.patient)].insert(id);
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
        const auto found = groups_of_.find(place(name, patient));
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
  groups_of_[place(found->second.definition, decision.patient)].insert(group);
  changed_.insert(group);
  return true;
}

void Panels::end_unknown(Day as_of) {
  for (auto& [id, group] : groups_) {
    const auto& all = empanelment_.definitions();
    if (std::any_of(all.begin(), all.end(), [&](const PanelDefinition& d) { return d.id == group.definition; })) continue;
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

Document Panels::group_of(const std::string& id) const {
  const Group& group = groups_.at(id);
  const auto definition = std::find_if(empanelment_.definitions().begin(), empanelment_.definitions().end(),
                                       [&](const PanelDefinition& d) { return d.id == group.definition; });
  Document doc;
  doc.root() = doc.object();
  Value& root = doc.root();
  doc.set(root, "resourceType", doc.string("Group"));
  doc.set(root, "id", doc.string(id));
  Value meta = doc.object(), profiles = doc.array();
  doc.push(profiles, doc.string(in_house("StructureDefinition/panel")));
  doc.set(meta, "profile", profiles);
  doc.set(meta, "tag", coding_list(doc, "origin", "panelbridge"));
  doc.set(root, "meta", meta);
  Value extensions = doc.array();
  const bool organization = group.owner.starts_with("Organization/") || group.owner.starts_with("Practitioner/") ||
                            group.owner.starts_with("PractitionerRole/") || group.owner.starts_with("RelatedPerson/");
  if (!group.owner.empty() && !organization) push_extension(doc, extensions, "panel-owner", "valueReference", reference(doc, group.owner));
  for (const ByHand& decision : group.by_hand) doc.push(extensions, by_hand_extension(doc, decision));
  if (extensions.size() > 0) doc.set(root, "extension", extensions);
  Value identifier = doc.object(), identifiers = doc.array();
  doc.set(identifier, "system", doc.string(in_house("panel")));
  doc.set(identifier, "value", doc.string(group.definition + "|" + group.owner));
  doc.push(identifiers, identifier);
  doc.set(root, "identifier", identifiers);
  doc.set(root, "active", doc.boolean(true));
  doc.set(root, "type", doc.string("person"));
  doc.set(root, "actual", doc.boolean(true));
  Value code = doc.object();
  doc.set(code, "coding", coding_list(doc, "panel", group.definition));
  const std::string title = definition == empanelment_.definitions().end() ? group.definition : definition->title;
  doc.set(code, "text", doc.string(title));
  doc.set(root, "code", code);
  doc.set(root, "name", doc.string(title));
  std::size_t current = 0;
  Value members = doc.array();
  for (const auto& [patient, entries] : group.members)
    for (const Entry& entry : entries) {
      Value member = doc.object(), marks = doc.array(), period = doc.object();
      const bool over = entry.member.until != open_end;
      push_extension(doc, marks, "member-change", "valueCode", doc.string(entry.member.by_hand && !over ? "manual" : core::panel::code_of(entry.change)));
      doc.set(member, "extension", marks);
      doc.set(member, "entity", reference(doc, patient));
      if (entry.member.from != no_day) doc.set(period, "start", doc.string(core::text(entry.member.from)));
      if (over) doc.set(period, "end", doc.string(core::text(entry.member.until)));
      if (period.size() > 0) doc.set(member, "period", period);
      if (over) doc.set(member, "inactive", doc.boolean(true));
      doc.push(members, member);
      current += !over;
    }
  doc.set(root, "quantity", doc.number(static_cast<std::int64_t>(current)));
  if (organization) doc.set(root, "managingEntity", reference(doc, group.owner));
  Value characteristic = doc.object(), characteristics = doc.array(), what = doc.object();
  doc.set(what, "coding", coding_list(doc, "panel-criterion", "criteria"));
  doc.set(characteristic, "code", what);
  Value text = doc.object();
  doc.set(text, "text", doc.string(title));
  doc.set(characteristic, "valueCodeableConcept", text);
  doc.set(characteristic, "exclude", doc.boolean(false));
  doc.push(characteristics, characteristic);
  doc.set(root, "characteristic", characteristics);
  if (members.size() > 0) doc.set(root, "member", members);
  return doc;
}

std::optional<std::string> Panels::definition_of(const std::string& group) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  return found->second.definition;
}

std::vector<Member> Panels::members(const std::string& group) const {
  std::vector<Member> members;
  const auto found = groups_.find(group);
  if (found == groups_.end()) return members;
  for (const auto& [patient, entries] : found->second.members)
    for (const Entry& entry : entries) members.push_back(entry.member);
  return members;
}

Result<std::vector<PanelDefinition>> panels_in(const std::string& folder) {
  std::vector<PanelDefinition> definitions;
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto parsed = json::parse(text);
    if (!parsed) return core::invalid(parsed.error().message, file.filename().string());
    const Value& group = parsed->root();
    const Value* cohort = extension(group, in_house("StructureDefinition/cohort"));
    auto rule = rule_from(cohort ? (*cohort)["valueExpression"].text("expression") : "");
    if (!rule) return core::invalid("the cohort of a panel: " + rule.error().message, file.filename().string());
    definitions.push_back({.id = std::string(group.text("id")), .title = std::string(group.text("name")), .criteria = std::move(*rule)});
  }
  return definitions;
}

}  // namespace fhir::care
