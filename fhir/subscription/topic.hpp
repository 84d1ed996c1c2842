// The topics that can be subscribed to: what each is about, which changes count, and which filters it takes.
// Never: a table that code and capability statement could read differently. Threads: const.
// Source: FHIR Subscriptions R5 Backport 1.1 (R4 has no SubscriptionTopic resource: a canonical stands for it).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json/json.hpp"

namespace fhir::subscription {

struct Topic {
  std::string_view url, title, description;
  std::string_view type;                      // of the resources that it is about
  std::span<const std::string_view> filters;  // parameters of a search on that type
  // Does this change count, whatever the filters? `before` is null for a new resource, `after` for a deleted one.
  bool (*counts)(const json::Value* before, const json::Value* after);
};

std::span<const Topic> topics();
const Topic* topic_of(std::string_view canonical);  // a version after '|' is left aside; nullptr: unknown
std::vector<std::string> topic_urls();

}  // namespace fhir::subscription
