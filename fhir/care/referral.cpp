#include "fhir/care/referral.hpp"

#include <algorithm>
#include <array>

#include "fhir/care/elements.hpp"
#include "fhir/care/facts.hpp"

namespace fhir::care {
namespace {

constexpr Actor requester = Actor::requester, owner = Actor::owner;

// A row for each step. Ends are left by their owner alone, and with a note: reopening is explicit.
constexpr std::array steps{
    ReferralStep{"draft", "requested", requester, ""},
    ReferralStep{"draft", "cancelled", requester, ""},
    ReferralStep{"requested", "cancelled", requester, ""},
    ReferralStep{"received", "cancelled", requester, ""},
    ReferralStep{"accepted", "cancelled", requester, ""},
    ReferralStep{"ready", "cancelled", requester, ""},
    ReferralStep{"requested", "received", owner, ""},
    ReferralStep{"requested", "accepted", owner, ""},
    ReferralStep{"requested", "rejected", owner, "statusReason"},
    ReferralStep{"received", "accepted", owner, ""},
    ReferralStep{"received", "rejected", owner, "statusReason"},
    ReferralStep{"accepted", "received", owner, ""},
    ReferralStep{"accepted", "ready", owner, ""},
    ReferralStep{"accepted", "in-progress", owner, ""},
    ReferralStep{"accepted", "on-hold", owner, ""},
    ReferralStep{"accepted", "rejected", owner, "statusReason"},
    ReferralStep{"accepted", "failed", owner, "statusReason"},
    ReferralStep{"ready", "in-progress", owner, ""},
    ReferralStep{"ready", "on-hold", owner, ""},
    ReferralStep{"in-progress", "accepted", owner, ""},
    ReferralStep{"in-progress", "on-hold", owner, ""},
    ReferralStep{"in-progress", "completed", owner, "output"},
    ReferralStep{"in-progress", "failed", owner, "statusReason"},
    ReferralStep{"in-progress", "cancelled", owner, "statusReason"},
    ReferralStep{"on-hold", "in-progress", owner, ""},
    ReferralStep{"on-hold", "accepted", owner, ""},
    ReferralStep{"on-hold", "rejected", owner, "statusReason"},
    ReferralStep{"on-hold", "failed", owner, "statusReason"},
    ReferralStep{"on-hold", "cancelled", owner, "statusReason"},
    ReferralStep{"completed", "in-progress", owner, "note"},
    ReferralStep{"failed", "in-progress", owner, "note"},
    ReferralStep{"cancelled", "in-progress", owner, "note"},
    ReferralStep{"rejected", "received", owner, "note"},
};

bool may(Actor row, Actor actor) { return (static_cast<unsigned>(row) & static_cast<unsigned>(actor)) != 0; }

const ReferralStep* step_of(std::string_view from, std::string_view to) {
  const auto found = std::find_if(steps.begin(), steps.end(),
                                  [&](const ReferralStep& step) { return step.from == from && step.to == to; });
  return found == steps.end() ? nullptr : &*found;
}

void refuse(validate::Issues& issues, std::string expression, std::string text) {
  issues.push_back({validate::Severity::error, "business-rule", std::move(expression), std::move(text), ""});
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "nothing" : text;
}

std::string allowed_in_words(std::string_view from) {
  return "its requester may set " + listed(steps_from(from, requester)) + "; its owner " +
         listed(steps_from(from, owner));
}

bool same(const json::Value& before, const json::Value& after, std::string_view name) {
  const json::Value *a = before.find(name), *b = after.find(name);
  return a && b ? json::equal(*a, *b) : a == b;
}

void guard_step(const json::Value& before, const json::Value& after, Actor actor, validate::Issues& issues) {
  const std::string_view from = before.text("status"), to = after.text("status");
  if (from == to) return;
  const ReferralStep* step = step_of(from, to);
  if (!step || !may(step->by, actor)) {
    std::string text = "A referral that is " + std::string(from) + " cannot become " + std::string(to) + ": " +
                       allowed_in_words(from) + ".";
    if (to == "cancelled" && has_started(from))
      text +=
          " To stop one that has started, its requester asks by a second Task with code abort and this Task as focus.";
    if (from == "rejected" || from == "failed" || from == "cancelled") text += " To ask again, make a new referral.";
    return refuse(issues, "Task.status", std::move(text));
  }
  if (step->needs == "note") {
    if (after["note"].size() <= before["note"].size())
      refuse(issues, "Task.note",
             "Opening a referral again that is " + std::string(from) + " needs a note that says who does it and why.");
  } else if (!step->needs.empty() && !after.find(step->needs)) {
    refuse(issues, "Task." + std::string(step->needs),
           "A referral becomes " + std::string(to) + " with " + std::string(step->needs) + ".");
  }
}

}  // namespace

std::span<const ReferralStep> referral_steps() { return steps; }

bool may_step(std::string_view from, std::string_view to, Actor actor) {
  const ReferralStep* step = step_of(from, to);
  return from == to || (step && may(step->by, actor));
}

bool may_reach(std::string_view from, std::string_view to, Actor actor) {
  std::vector<std::string_view> reached{from};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] == to) return true;
    for (const ReferralStep& step : steps)
      if (step.from == reached[i] && may(step.by, actor) &&
          std::find(reached.begin(), reached.end(), step.to) == reached.end())
        reached.push_back(step.to);
  }
  return false;
}

std::vector<std::string> steps_from(std::string_view status, Actor actor) {
  std::vector<std::string> to;
  for (const ReferralStep& step : steps)
    if (step.from == status && may(step.by, actor)) to.emplace_back(step.to);
  return to;
}

bool has_started(std::string_view status) { return status == "in-progress" || status == "on-hold"; }

bool is_referral(const json::Value& task) {
  return task.text("resourceType") == "Task" && task.text("intent") == "order" &&
         has_coding(task["code"], task_codes, "fulfill") && task.find("owner");
}

bool is_abort(const json::Value& task) {
  return task.text("resourceType") == "Task" && has_coding(task["code"], task_codes, "abort");
}

bool closes_need(const json::Value& task) {
  const std::string results = std::string(house) + "/CodeSystem/referral-result";
  bool outcome = false;
  for (const json::Value& output : task["output"].elements()) {
    if (has_coding(output["valueCodeableConcept"], results, "need-closed")) return true;
    if (has_coding(output["valueCodeableConcept"], results, "need-open")) return false;
    outcome = true;
  }
  return outcome && task.text("status") == "completed";
}

std::string need_of(const json::Value& task) {
  std::vector<Coding> codings;
  add_codings(task["reasonCode"], codings);
  for (const Coding& coding : codings)
    if (coding.system == std::string(house) + "/CodeSystem/need") return coding.code;
  return {};
}

bool owned_by(const json::Value& task, std::string_view organization, std::span<const std::string> identifiers) {
  const json::Value& who = task["owner"];
  if (!who.text("reference").empty()) return link_from(who) == organization;
  const std::string logical =
      std::string(who["identifier"].text("system")) + "|" + std::string(who["identifier"].text("value"));
  return std::find(identifiers.begin(), identifiers.end(), logical) != identifiers.end();
}

core::Result<std::vector<std::string>> identifiers_of(core::store::Snapshot& snapshot, std::string_view organization) {
  std::vector<std::string> identifiers;
  const std::size_t slash = organization.find('/');
  if (slash == std::string_view::npos) return identifiers;
  const auto record =
      snapshot.read({std::string(organization.substr(0, slash)), std::string(organization.substr(slash + 1))});
  if (!record) return record.error();
  if (!*record || (*record)->deleted()) return identifiers;
  const auto parsed = json::parse((*record)->body);
  if (!parsed) return parsed.error();
  for (const json::Value& each : parsed->root()["identifier"].elements())
    if (!each.text("value").empty())
      identifiers.push_back(std::string(each.text("system")) + "|" + std::string(each.text("value")));
  return identifiers;
}

ReferralRule::ReferralRule(core::store::Store* store, std::vector<std::string> organizations)
    : store_(store), organizations_(std::move(organizations)) {}

bool ReferralRule::applies(const json::Value& task) const {
  if (organizations_.empty() || !is_referral(task)) return false;
  for (const std::string& organization : organizations_) {
    if (owned_by(task, organization, {})) return true;
    if (!task["owner"].text("reference").empty() || store_ == nullptr) continue;
    auto snapshot = store_->snapshot();
    if (!snapshot) continue;
    if (const auto identifiers = identifiers_of(**snapshot, organization);
        identifiers && owned_by(task, organization, *identifiers))
      return true;
  }
  return false;
}

void ReferralRule::guard(const json::Value* before, const json::Value& after, const core::access::Caller&,
                         validate::Issues& issues) const {
  const bool was = before && applies(*before);
  if (!was && !applies(after)) return;
  if (!was) {
    const std::string_view status = after.text("status");
    if (status != "requested" && status != "draft")
      refuse(issues, "Task.status",
             "A referral begins as draft or requested, not as " + std::string(status) +
                 "; what follows is set by its owner.");
    if (link_from(after["for"]).empty()) refuse(issues, "Task.for", "A referral says for whom it is.");
    return;
  }
  if (before->text("status") != "draft")
    for (const char* name : {"intent", "code", "for", "owner"})
      if (!same(*before, after, name))
        refuse(issues, std::string("Task.") + name,
               std::string(name) + " of a referral cannot be changed once it was sent; cancel it and make a new one.");
  guard_step(*before, after, Actor::either, issues);
}

}  // namespace fhir::care
