#include "fhir/subscription/topic.hpp"

#include <array>

namespace fhir::subscription {
namespace {

constexpr std::array<std::string_view, 7> of_task = {"owner",     "status", "code", "patient",
                                                     "requester", "intent", "_id"};
constexpr std::array<std::string_view, 6> of_panel = {"_id", "managing-entity", "member", "code", "identifier", "type"};

bool always(const json::Value*, const json::Value*) { return true; }

bool members_differ(const json::Value* before, const json::Value* after) {
  static const json::Value none;
  const json::Value& old = before != nullptr ? (*before)["member"] : none;
  const json::Value& now = after != nullptr ? (*after)["member"] : none;
  if (old.size() == 0 && now.size() == 0) return false;
  return !json::equal(old, now);
}

constexpr std::array<Topic, 2> table = {{
    {"https://w3id.org/panelbridge/fhir/SubscriptionTopic/task", "Tasks of an owner",
     "A Task that matches the filters, or did before, was created, changed or deleted.", "Task", of_task, always},
    {"https://w3id.org/panelbridge/fhir/SubscriptionTopic/panel-membership", "Membership of a panel",
     "Somebody joined or left a panel (Group).", "Group", of_panel, members_differ},
}};

}  // namespace

std::span<const Topic> topics() { return table; }

const Topic* topic_of(std::string_view canonical) {
  canonical = canonical.substr(0, canonical.find('|'));
  for (const Topic& topic : table)
    if (topic.url == canonical) return &topic;
  return nullptr;
}

std::vector<std::string> topic_urls() {
  std::vector<std::string> urls;
  for (const Topic& topic : table) urls.emplace_back(topic.url);
  return urls;
}

}  // namespace fhir::subscription
