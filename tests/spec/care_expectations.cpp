// What a story expects of gaps, Tasks, outreach, explanations and refusals, read through the API.
#include <algorithm>
#include <array>
#include <set>

#include "fhir/care/elements.hpp"
#include "tests/spec/care_checks.hpp"
#include "tests/spec/care_story.hpp"

namespace spec::care {

namespace json = fhir::json;

namespace {

constexpr std::array gap_words{"satisfied", "due-soon",       "open",         "overdue",
                               "excluded",  "not-applicable", "not-evaluable"};
constexpr std::array task_words{"requested", "received",  "accepted",  "in-progress", "on-hold",
                                "rejected",  "completed", "cancelled", "failed"};
template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> evidence_of(const json::Value& task) {
  std::vector<std::string> links;
  for (const auto& output : task["output"].elements())
    if (code_in(output["type"], house + "/CodeSystem/task-part") == "evidence")
      links.emplace_back(output["valueReference"].text("reference"));
  return links;
}

// The programmes that ask, by id: ".../PlanDefinition/diabetes|1.0.0" -> "diabetes".
std::set<std::string> asking(const json::Value& task) {
  std::set<std::string> names;
  for (const auto& input : task["input"].elements()) {
    const std::string_view canonical = input.text("valueCanonical"), url = canonical.substr(0, canonical.find('|'));
    names.emplace(url.substr(url.rfind('/') + 1));
  }
  return names;
}

std::string reason_of(const json::Value& task) {
  const json::Value& reason = task["statusReason"];
  return code_in(reason, house + "/CodeSystem/gap-decision") + " " + std::string(reason.text("text")) + " " +
         std::string(task.text("description"));
}

// What $explain answers.
struct Explained {
  explicit Explained(const json::Document& answer);
  std::set<std::string> used, missing;
  std::map<std::string, std::string> unused;  // reference -> why
  std::string decision, rule, text, history;
};

Explained::Explained(const json::Document& answer) {
  for (const auto& each : answer.root()["parameter"].elements()) {
    const std::string_view name = each.text("name");
    if (name == "used") used.emplace(each["valueReference"].text("reference"));
    if (name == "missing") missing.emplace(each.text("valueString"));
    if (name == "decision") decision = each.text("valueCode");
    if (name == "rule") rule = each.text("valueCanonical");
    if (name == "text") text = each.text("valueString");
    if (name == "notUsed")
      unused[std::string(each["part"][0].text("valueString"))] = each["part"][1].text("valueString");
    if (name != "history") continue;
    for (const auto& part : each["part"].elements())
      if (part.text("name") == "status")
        history += (history.empty() ? "" : " then ") + std::string(part.text("valueCode"));
  }
}

}  // namespace

void Story::check_all(const json::Value& task, const std::string& attributes) {
  for (const std::string& attribute : split(attributes, ',')) check(task, attribute);
}

void Story::check(const json::Value& task, const std::string& attribute) {
  const auto after = [&](std::string_view lead) -> std::optional<std::string> {
    return attribute.starts_with(lead) ? std::optional(unquoted(attribute.substr(lead.size()))) : std::nullopt;
  };
  if (has(gap_words, attribute))
    return same("the gap", attribute, code_in(task["businessStatus"], house + "/CodeSystem/gap-status"));
  if (has(task_words, attribute)) return same("the Task", attribute, std::string(task.text("status")));
  if (attribute == "no due date")
    return same("the due date", "", std::string(task["restriction"]["period"].text("end")));
  if (attribute == "without evidence") return same("the evidence", "0", std::to_string(evidence_of(task).size()));
  if (attribute == "without owner") return same("the owner", "", std::string(task["owner"].text("reference")));
  if (const auto day = after("due "))
    return same("the due date", *day, std::string(task["restriction"]["period"].text("end")));
  if (const auto who = after("owner "))
    return same("the owner", actor(*who), std::string(task["owner"].text("reference")));
  if (const auto who = after("in the name of "))
    return same("the requester", actor(*who), std::string(task["requester"].text("reference")));
  if (const auto who = after("about "))
    return same("the person", *who, name_of(std::string(task["for"].text("reference"))));
  if (const auto kind = after("reason that "))
    return same("the reason", last(*kind), std::string(task["reasonReference"].text("reference")));
  if (const auto names = after("asked by ")) return same("what asks", joined(names_in(*names)), joined(asking(task)));
  if (const auto why = after("because ")) return contains("the reason", reason_of(task), *why);
  if (const auto words = after("says ")) return contains("the text", std::string(task.text("description")), *words);
  if (const auto words = after("noted ")) {
    std::string notes;
    for (const auto& note : task["note"].elements()) notes += std::string(note.text("text")) + "; ";
    return contains("the notes", notes, *words);
  }
  std::string by = after("completed by that ").value_or(after("by that ").value_or(""));
  if (by.empty()) throw Failure("'" + attribute + "' is nothing that can be expected");
  if (attribute.starts_with("completed")) same("the Task", "completed", std::string(task.text("status")));
  const std::vector<std::string> links = evidence_of(task);
  if (!has(links, last(by)))
    throw Failure("the evidence is " + (links.empty() ? std::string("nothing") : links.front()) + ", expected " +
                  last(by));
}

void Story::expect_gap(const Groups& groups) {
  const std::string family = World::family_of(groups[0]);
  const json::Document bundle =
      world().get("/" + patient(groups[1]) + "/$gaps" + (groups[2].empty() ? "" : "?asOf=" + groups[2]));
  for (const auto& entry : bundle.root()["entry"].elements())
    if (code_in(entry["resource"]["code"], house + "/CodeSystem/item") == family)
      return check_all(entry["resource"], groups[3]);
  if (groups[3] != "not-applicable") throw Failure("the gap is not-applicable: nothing asks for it");
}

void Story::expect_task(const Groups& groups) {
  const json::Document task = the_task(groups[0], groups[1]);
  const std::string id(task.root().text("id"));
  std::string& seen = seen_tasks_[World::family_of(groups[0]) + " of " + groups[1]];
  for (const std::string& attribute : split(groups[2], ',')) {
    if (attribute == "the same task") {
      if (id != seen) throw Failure(seen.empty() ? "no Task was spoken of before" : "it is another Task");
    } else if (attribute == "a new task") {
      if (id == seen) throw Failure("it is the same Task");
    } else {
      check(task.root(), attribute);
    }
  }
  seen = id;
}

void Story::expect_no_task(const Groups& groups) {
  if (const auto found = task(groups[0], groups[1]))
    throw Failure("there is one: " + std::string(found->root().text("description")));
}

void Story::expect_tasks(const Groups& groups) {
  same("the number of Tasks", groups[0], std::to_string(tasks(groups[1], groups[2]).root()["entry"].size()));
}

void Story::expect_outreach(const Groups& groups) {
  std::vector<json::Document> found = children(std::string(the_task(groups[0], groups[1]).root().text("id")));
  if (found.size() > 1)  // attempts that were given up before the physician decided anew
    std::erase_if(found, [](const json::Document& each) { return each.root().text("status") == "failed"; });
  if (found.size() != 1) throw Failure("there are " + std::to_string(found.size()) + " outreach Tasks");
  const json::Value& child = found.front().root();
  same("the intent", "order", std::string(child.text("intent")));
  for (const std::string& attribute : split(groups[2], ',')) {
    const std::string kind = code_in(child["code"], house + "/CodeSystem/task-kind");
    if (attribute == "a contact") same("its kind", "outreach", kind);
    else if (attribute == "asks for the evidence") same("its kind", "ask-evidence", kind);
    else if (attribute.starts_with("for ") && attribute.ends_with(" gaps"))
      same("the number of gaps", attribute.substr(4, attribute.size() - 9), std::to_string(child["partOf"].size()));
    else check(child, attribute);
  }
}

void Story::expect_no_outreach(const Groups& groups) {
  if (const auto found = children(std::string(the_task(groups[0], groups[1]).root().text("id"))); !found.empty())
    throw Failure("there is one: " + std::string(found.front().root().text("description")));
}

void Story::expect_explanation(const Groups& groups) {
  const std::string id(the_task(groups[0], groups[1]).root().text("id"));
  const Explained told(world().get("/Task/" + id + "/$explain" + (groups[2].empty() ? "" : "?asOf=" + groups[2])));
  for (const std::string& attribute : split(groups[3], ',')) {
    if (has(gap_words, attribute)) same("the decision", attribute, told.decision);
    else if (attribute.starts_with("used that ")) {
      if (!told.used.contains(last(attribute.substr(10)))) throw Failure("used: " + joined(told.used));
    } else if (attribute.starts_with("did not use that ")) {
      const std::size_t colon = attribute.find(": ");
      const auto why = told.unused.find(last(attribute.substr(17, colon - 17)));
      same("why it was not used", unquoted(attribute.substr(colon + 2)), why == told.unused.end() ? "" : why->second);
    } else if (attribute.starts_with("looked for ")) {
      if (!told.missing.contains(attribute.substr(11)))
        throw Failure("looked for and not found: " + joined(told.missing));
    } else if (attribute.starts_with("rule of ")) contains("the rule", told.rule, "/" + attribute.substr(8) + "|");
    else if (attribute.starts_with("history ")) same("the history", attribute.substr(8), told.history);
    else if (attribute.starts_with("says ")) contains("the text", told.text, unquoted(attribute.substr(5)));
    else throw Failure("'" + attribute + "' is nothing that can be expected of an explanation");
  }
}

void Story::expect_refused(const Groups& groups) {
  if (refused_.empty()) throw Failure("the step before was taken");
  contains("the refusal", refused_, groups[0]);
  refused_.clear();
}

}  // namespace spec::care
