// Subscriptions over real processes: the server, its workers, an endpoint.
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/story/endpoint.hpp"
#include "tests/story/notified.hpp"
#include "tests/story/server.hpp"

using namespace story;
using namespace std::chrono_literals;

namespace {

std::string config(const Endpoint& endpoint, std::string_view recipient) {
  return R"({"notifications": {"allow_private_address": true, "targets": [{"url": ")" + endpoint.url() +
         R"(", "recipient": ")" + std::string(recipient) + R"("}]}})";
}

std::string subscription(const Endpoint& endpoint, std::string_view content) {
  return subscription_to_tasks({.endpoint = endpoint.url() + "/hook", .content = std::string(content)});
}

void task(Client& client, int number) {
  const std::string id = "t" + std::to_string(number);
  const Reply reply = client.call(
      "PUT", "/fhir/Task/" + id,
      R"({"resourceType":"Task","id":")" + id +
          R"(","status":"requested","intent":"order","owner":{"reference":"Practitioner/1"},"description":"CANARY","note":[{"text":"CANARY"}]})");
  BOOST_REQUIRE_MESSAGE(reply.status == 201, reply.body);
}

std::set<int> all_numbers(const Endpoint& endpoint) {
  std::set<int> out;
  for (const auto& request : endpoint.requests())
    for (const int number : numbers(request.body)) out.insert(number);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(notifications_story)

BOOST_AUTO_TEST_CASE(a_subscriber_is_told_in_order_and_gets_nothing_it_may_not_see) {
  Folder folder;
  Endpoint endpoint;
  folder.write("config.json", config(endpoint, "practice"));
  Server server(folder / "data", {"--config", folder / "config.json"});
  Client client(server.port());
  BOOST_TEST(client.call("GET", "/fhir/metadata").body.find("SubscriptionTopic/task") != std::string::npos);
  const Reply made = client.call("PUT", "/fhir/Subscription/s", subscription(endpoint, "full-resource"));
  BOOST_REQUIRE_MESSAGE(made.status == 201, made.body);
  BOOST_REQUIRE(endpoint.wait(1).size() == 1);
  BOOST_TEST(endpoint.requests()[0].body.find("handshake") != std::string::npos);
  BOOST_TEST(endpoint.requests()[0].head.find("Bearer secret") != std::string::npos);
  for (int i = 0; i < 10; ++i) task(client, i);
  for (int i = 0; i < 500 && all_numbers(endpoint).size() < 10; ++i) std::this_thread::sleep_for(10ms);
  std::vector<int> told;
  for (const auto& request : endpoint.requests()) {
    for (const int number : numbers(request.body)) told.push_back(number);
    BOOST_TEST(request.body.find("CANARY") == std::string::npos);
  }
  BOOST_TEST(told == (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), boost::test_tools::per_element());
  const Reply status = client.call("GET", "/fhir/Subscription/s/$status");
  BOOST_TEST(status.body.find(R"("valueCode":"active")") != std::string::npos);
  bool counted = false;  // a moment after the answer
  for (int i = 0; i < 500 && !counted; ++i, std::this_thread::sleep_for(10ms))
    counted =
        client.call("GET", "/metrics").body.find("panelbridge_notifications_delivered_total 10\n") != std::string::npos;
  BOOST_TEST(counted);
  BOOST_TEST(
      client
          .call(
              "PUT", "/fhir/Subscription/other",
              R"({"resourceType":"Subscription","id":"other","status":"requested","reason":"x","criteria":"Task?owner=Practitioner/1","channel":{"type":"rest-hook","endpoint":"http://127.0.0.1:1/"}})")
          .status == 422);
}

BOOST_AUTO_TEST_SUITE_END()
