// A panel as a Group, both ways: members with their periods, what was decided by hand, the owner.
// Source: FHIR R4 Group; profiles/house/structuredefinition-panel.json.
#include <algorithm>

#include "core/panel/risk.hpp"
#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"
#include "fhir/care/panels.hpp"

namespace fhir::care {

using core::panel::ByHand;
using core::panel::Change;
using core::panel::PanelDefinition;
using core::population::no_day;
using core::population::open_end;
using json::Document;
using json::Value;

namespace {

std::string in_house(std::string_view path) { return std::string(house) + "/" + std::string(path); }

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
  push_part(doc, parts, "patient", "valueReference", reference_from(doc, decision.patient));
  push_part(doc, parts, "by", "valueReference", reference_from(doc, decision.by));
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

Value criterion(Document& doc, std::string_view name, std::string_view type, Value value) {
  Value what = doc.object(), characteristic = doc.object();
  doc.set(what, "coding", coding_list(doc, "panel-criterion", name));
  doc.set(characteristic, "code", what);
  doc.set(characteristic, type, value);
  doc.set(characteristic, "exclude", doc.boolean(false));
  return characteristic;
}

Value text_of(Document& doc, std::string_view text) {
  Value value = doc.object();
  doc.set(value, "text", doc.string(text));
  return value;
}

Value criteria_of(Document& doc, const std::string& title, const PanelDefinition* definition) {
  Value list = doc.array();
  doc.push(list, criterion(doc, "criteria", "valueCodeableConcept", text_of(doc, title)));
  if (!definition) return list;
  if (!definition->tiers.empty()) {
    Value tiers = doc.object(), codings = doc.array();
    for (const int tier : definition->tiers) {
      const Value one = coding_list(doc, "risk-tier", core::panel::text(static_cast<core::panel::Tier>(tier)));
      doc.push(codings, one[0]);
    }
    doc.set(tiers, "coding", codings);
    doc.push(list, criterion(doc, "tier", "valueCodeableConcept", tiers));
  }
  if (!definition->practice.empty()) doc.push(list, criterion(doc, "practice", "valueReference", reference_from(doc, definition->practice)));
  if (!definition->country.empty()) doc.push(list, criterion(doc, "country", "valueCodeableConcept", text_of(doc, definition->country)));
  if (!definition->postal_prefix.empty()) doc.push(list, criterion(doc, "postal-code", "valueCodeableConcept", text_of(doc, definition->postal_prefix)));
  return list;
}

}  // namespace

Value Panels::members_of(Document& doc, const Group& group, std::size_t& current) {
  Value members = doc.array();
  for (const auto& [patient, entries] : group.members)
    for (const Entry& entry : entries) {
      Value member = doc.object(), marks = doc.array(), period = doc.object();
      const bool over = entry.member.until != open_end;
      push_extension(doc, marks, "member-change", "valueCode", doc.string(entry.member.by_hand && !over ? "manual" : core::panel::code_of(entry.change)));
      doc.set(member, "extension", marks);
      doc.set(member, "entity", reference_from(doc, patient));
      if (entry.member.from != no_day) doc.set(period, "start", doc.string(core::text(entry.member.from)));
      if (over) doc.set(period, "end", doc.string(core::text(entry.member.until)));
      if (period.size() > 0) doc.set(member, "period", period);
      if (over) doc.set(member, "inactive", doc.boolean(true));
      doc.push(members, member);
      current += !over;
    }
  return members;
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
    groups_of_[place_of(panel.definition, entry.member.patient)].insert(id);
    panel.members[entry.member.patient].push_back(std::move(entry));
  }
  groups_[id] = std::move(panel);
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
  if (!group.owner.empty() && !organization) push_extension(doc, extensions, "panel-owner", "valueReference", reference_from(doc, group.owner));
  if (definition != empanelment_.definitions().end() && definition->capacity > 0)
    push_extension(doc, extensions, "panel-capacity", "valueInteger", doc.number(static_cast<std::int64_t>(definition->capacity)));
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
  const Value members = members_of(doc, group, current);
  doc.set(root, "quantity", doc.number(static_cast<std::int64_t>(current)));
  if (organization) doc.set(root, "managingEntity", reference_from(doc, group.owner));
  doc.set(root, "characteristic", criteria_of(doc, title, definition == empanelment_.definitions().end() ? nullptr : &*definition));
  if (members.size() > 0) doc.set(root, "member", members);
  return doc;
}

}  // namespace fhir::care
