// What stories about notifications share: a Subscription to the Tasks of an owner, and the numbers in what arrived.
// Threads: pure functions.
#pragma once
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json/json.hpp"

namespace story {

struct Subscribing {
  std::string id = "s", owner = "Practitioner/1", endpoint, content = "id-only";
  std::string filter = "Task?owner=" + owner, topic = "task";
  std::string more = {};  // further extensions of the channel, each beginning with ','
};

inline std::string extension(std::string_view name, std::string_view member, std::string_view value) {
  return R"({"url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/)" + std::string(name) +
         R"(",")" + std::string(member) + R"(":)" + std::string(value) + "}";
}

inline std::string subscription_to_tasks(const Subscribing& wish) {
  const auto text = [](const std::string& value) { return '"' + value + '"'; };
  return R"({"resourceType":"Subscription","id":")" + wish.id +
         R"(","meta":{"profile":["http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription"]},)"
         R"("status":"requested","reason":"story","criteria":"https://w3id.org/panelbridge/fhir/SubscriptionTopic/)" +
         wish.topic + R"(",)"
         R"("_criteria":{"extension":[)" +
         extension("backport-filter-criteria", "valueString", text(wish.filter)) +
         R"(]},"channel":{"extension":[)" + extension("backport-timeout", "valueUnsignedInt", "1") + wish.more +
         R"(],"type":"rest-hook","endpoint":")" + wish.endpoint +
         R"(","header":["Authorization: Bearer secret"],"payload":"application/fhir+json","_payload":{"extension":[)" +
         extension("backport-payload-content", "valueCode", text(wish.content)) + "]}}}";
}

// The numbers of the events in a notification.
inline std::vector<int> numbers(const std::string& body) {
  std::vector<int> out;
  const auto bundle = fhir::json::parse(body);
  if (!bundle) return out;
  for (const fhir::json::Value& p : bundle->root()["entry"][0]["resource"]["parameter"].elements())
    if (p.text("name") == "notification-event")
      out.push_back(std::atoi(std::string(p["part"][0].text("valueString")).c_str()));
  return out;
}

}  // namespace story
