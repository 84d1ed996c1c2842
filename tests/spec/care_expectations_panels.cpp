// What a story expects of panels, tiers, plans, contacts and work lists, read through the API.
#include "fhir/care/elements.hpp"
#include "tests/spec/care_checks.hpp"
#include "tests/spec/care_story.hpp"

namespace spec::care {

namespace json = fhir::json;

void Story::expect_panel(const Groups& groups) {
  std::set<std::string> members;
  const std::string group = panel(groups[0], groups[1]);
  if (world().knows(group)) {
    const json::Document stored = world().get("/" + group);
    for (const auto& member : stored.root()["member"].elements())
      if (!member["inactive"].boolean()) members.insert(name_of(std::string(member["entity"].text("reference"))));
    same("the number of members", std::string(stored.root().text("quantity")), std::to_string(members.size()));
  }
  same("the panel", joined(groups[2] == "nobody" ? std::set<std::string>{} : names_in(groups[2])), joined(members));
}

void Story::expect_member(const Groups& groups) {
  const std::string group = panel(groups[2], groups[3]), person = patient(groups[0]);
  const bool wanted = groups[1] == "in";
  json::Value found;
  json::Document stored;
  if (world().knows(group)) {
    stored = world().get("/" + group);
    for (const auto& member : stored.root()["member"].elements())
      if (member["entity"].text("reference") == person) found = member;  // the latest membership
  }
  const bool is_member = found.is_object() && !(found["inactive"].is_boolean() && found["inactive"].boolean());
  if (is_member != wanted) throw Failure(groups[0] + (is_member ? " is in it" : " is not in it"));
  for (const std::string& attribute : groups[4].empty() ? std::vector<std::string>{} : split(groups[4], ',')) {
    const json::Value* change = fhir::care::extension(found, house + "/StructureDefinition/member-change");
    if (attribute.starts_with("since "))
      same("the first day", attribute.substr(6), std::string(found["period"].text("start")));
    else if (attribute.starts_with("left on "))
      same("the last day", attribute.substr(8), std::string(found["period"].text("end")));
    else if (attribute == "by hand") same("the change", "manual", std::string(change ? change->text("valueCode") : ""));
    else throw Failure("'" + attribute + "' is nothing that can be expected of a member");
  }
}

// The newest assessment that counts: an overrule (it has a performer) before what was computed.
void Story::expect_tier(const Groups& groups) {
  const json::Document bundle = world().get("/RiskAssessment?patient=" + patient(groups[0]) + "&_count=100");
  std::string tier, by, until;
  for (const auto& entry : bundle.root()["entry"].elements()) {
    const json::Value& each = entry["resource"];
    if (code_in(each["method"], house + "/CodeSystem/algorithm") != "composite" || each.text("status") != "final")
      continue;
    const json::Value& prediction = each["prediction"][0];
    const std::string end(prediction["whenPeriod"].text("end")), performer(each["performer"].text("reference"));
    if (performer.empty() ? !by.empty() : !end.empty() && end < core::text(world().today())) continue;
    tier = code_in(prediction["qualitativeRisk"], house + "/CodeSystem/risk-tier");
    by = performer;
    until = end;
  }
  same("the tier", groups[1], tier);
  if (groups[2].empty()) same("who decided it", "nobody", by.empty() ? "nobody" : by);
  else same("who decided it", actor(groups[2]), by);
  if (!groups[3].empty()) same("its last day", groups[3], until);
}

// How many contacts were asked for, whatever they are for.
void Story::expect_calls(const Groups& groups) {
  const json::Document found = world().get("/Task?patient=" + patient(groups[1]) + "&code=" + house + "/CodeSystem/task-kind%7Coutreach&_count=100");
  same("the number of contacts asked for", groups[0], std::to_string(found.root()["entry"].size()));
}

// "monitoring", "care-management under way", "no social-referral", "active", "revoked", "says ...", "nothing".
void Story::expect_plan(const Groups& groups) {
  const json::Document found = world().get("/CarePlan?patient=" + patient(groups[0]) + "&_tag=" + house + "/CodeSystem/origin%7Cpanelbridge");
  const json::Value& entries = found.root()["entry"];
  if (entries.size() > 1) throw Failure("there are " + std::to_string(entries.size()) + " plans");
  const json::Value& plan = entries[0]["resource"];
  const auto state_of = [&](const std::string& kind) -> std::string {
    if (plan.text("status") != "active") return "none";
    for (const auto& activity : plan["activity"].elements())
      if (code_in(activity["detail"]["code"], house + "/CodeSystem/intervention") == kind) return std::string(activity["detail"].text("status"));
    return "none";
  };
  for (const std::string& attribute : split(groups[1], ',')) {
    if (attribute == "nothing") same("the plan", "0", std::to_string(entries.size()));
    else if (attribute == "active" || attribute == "revoked") same("the plan", attribute, std::string(plan.text("status")));
    else if (attribute.starts_with("says ")) contains("the plan", json::write(plan), unquoted(attribute.substr(5)));
    else if (attribute.starts_with("no ")) same(attribute.substr(3), "none", state_of(attribute.substr(3)));
    else if (attribute.ends_with(" under way")) same(attribute, "in-progress", state_of(attribute.substr(0, attribute.size() - 10)));
    else same(attribute, "not-started", state_of(attribute));
  }
}

void Story::expect_work_list(const Groups& groups) {
  const json::Document bundle =
      world().get("/$worklist?owner=" + actor(groups[0]) + (groups[1].empty() ? "" : "&minutes=" + groups[1]));
  std::string names, outcome;
  for (const auto& entry : bundle.root()["entry"].elements()) {
    const json::Value& each = entry["resource"];
    if (each.text("resourceType") == "OperationOutcome")
      outcome =
          std::string(each["issue"][0]["details"].text("text")) + std::string(each["issue"][0].text("diagnostics"));
    if (each.text("resourceType") != "Task") continue;
    const std::string name = name_of(std::string(each["for"].text("reference")));
    if (!names.ends_with(name)) names += (names.empty() ? "" : ", ") + name;
  }
  same("the list", groups[2] == "nobody" ? "" : groups[2], names);
  if (!groups[3].empty()) contains("what is left out", outcome, "Left out: " + groups[3] + " people");
  else same("what is left out", "", outcome);
}

}  // namespace spec::care
