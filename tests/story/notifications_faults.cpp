// Subscriptions whose endpoint fails in every way and whose server is killed at any moment: whatever happens, the
// events of each arrive in order and without a gap. 10 rounds; 200 when PANELBRIDGE_LONG is set.
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

#include "tests/story/endpoint.hpp"
#include "tests/story/notified.hpp"
#include "tests/story/server.hpp"

using namespace story;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view classic =
    R"({"resourceType":"Subscription","id":"d","status":"requested","reason":"story","criteria":"Task?owner=Practitioner/1",)"
    R"("channel":{"type":"rest-hook","extension":[TIMEOUT],"endpoint":"ENDPOINT","payload":"application/fhir+json"}})";

struct Attack {
  Attack() {
    folder.write("config.json",
                 R"({"notifications": {"allow_private_address": true, "workers": 3, "targets": [{"url": ")" +
                     endpoint.url() + R"(", "recipient": "practice"}]}})");
    const std::string beat = "," + extension("backport-heartbeat-period", "valueUnsignedInt", "1");
    const std::string three = "," + extension("backport-max-count", "valuePositiveInt", "3");
    bodies = {subscription_to_tasks({.id = "a", .endpoint = endpoint.url() + "/a"}),
              subscription_to_tasks(
                  {.id = "b", .endpoint = endpoint.url() + "/b", .content = "full-resource", .more = beat + three}),
              subscription_to_tasks(
                  {.id = "c", .owner = "Practitioner/2", .endpoint = endpoint.url() + "/c", .content = "empty"}),
              std::string(classic)};
    bodies[3].replace(bodies[3].find("TIMEOUT"), 7, extension("backport-timeout", "valueUnsignedInt", "1"));
    bodies[3].replace(bodies[3].find("ENDPOINT"), 8, endpoint.url() + "/d");
  }

  int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(chance); }

  // Writes that may or may not be answered: the server dies among them.
  void write(std::uint16_t port, int count) {
    Client client(port);
    for (int i = 0; i < count; ++i) {
      const int owner = up_to(3) == 0 ? 2 : 1;
      const std::string id = (owner == 1 ? "a" : "b") + std::to_string(up_to(15));
      const int what = up_to(11);
      if (what == 0) client.call("DELETE", "/fhir/Task/" + id);
      else if (what == 1) {
        const int which = up_to(3);  // as it is, which asks for a handshake
        client.call("PUT", std::string("/fhir/Subscription/") + "abcd"[which], bodies[which]);
      } else
        client.call("PUT", "/fhir/Task/" + id,
                    R"({"resourceType":"Task","id":")" + id +
                        R"(","status":"requested","intent":"order","owner":{"reference":"Practitioner/)" +
                        std::to_string(owner) + R"("},"description":"CANARY )" + std::to_string(made++) + R"("})");
      if (up_to(3) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(up_to(20)));
    }
  }

  void round() {
    using Mood = Endpoint::Mood;
    constexpr Mood moods[] = {Mood::answer, Mood::answer, Mood::answer, Mood::refuse,  Mood::redirect,
                              Mood::hang,   Mood::drop,   Mood::half,   Mood::garbage, Mood::answer};
    const bool fine = up_to(2) == 0;
    endpoint.behave([this, fine, moods] { return fine ? Mood::answer : moods[mood(chance_of_moods)]; });
    Server server(folder / "data", {"--config", folder / "config.json"});
    std::thread killer([&, pause = up_to(300)] {
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
      server.process().signal(SIGKILL);
    });
    write(server.port(), 5 + up_to(40));
    killer.join();
  }

  Folder folder;
  Endpoint endpoint;
  std::vector<std::string> bodies;
  std::mt19937 chance{std::random_device{}()}, chance_of_moods{chance()};
  std::uniform_int_distribution<int> mood{0, 9};
  int made = 0;
};

// "Task/a3" -> its versions, oldest first; a deletion is -version.
std::map<std::string, std::vector<int>> versions(Client& client) {
  std::map<std::string, std::vector<int>> out;
  std::string path = "/fhir/Task/_history?_count=500";
  while (!path.empty()) {
    const auto page = fhir::json::parse(client.call("GET", path).body);
    BOOST_REQUIRE(page.ok());
    path.clear();
    for (const fhir::json::Value& link : page->root()["link"].elements())
      if (link.text("relation") == "next") path = std::string(link.text("url")).substr(link.text("url").find("/fhir"));
    for (const fhir::json::Value& entry : page->root()["entry"].elements()) {
      const std::string url(entry["request"].text("url")), full(entry.text("fullUrl"));
      const std::string etag(entry["response"].text("etag"));
      const int version = std::atoi(etag.substr(etag.find('"') + 1).c_str());
      std::vector<int>& all = out[full.substr(full.rfind('/') + 1)];
      all.insert(all.begin(), entry["request"].text("method") == "DELETE" ? -version : version);
    }
  }
  return out;
}

int number_of_events(Client& client, const std::string& id) {
  const std::string body = client.call("GET", "/fhir/Subscription/" + id + "/$status").body;
  const std::string name = R"("events-since-subscription-start","valueString":")";
  const std::size_t at = body.find(name);
  return at == std::string::npos ? -1 : std::atoi(body.c_str() + at + name.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(notifications_faults, *boost::unit_test::disabled())  // a test of its own: way_out_faults

BOOST_AUTO_TEST_CASE(whatever_fails_every_event_arrives_in_order) {
  Attack attack;
  {
    Server server(attack.folder / "data", {"--config", attack.folder / "config.json"});
    Client client(server.port());
    for (int i = 0; i < 4; ++i)
      BOOST_REQUIRE(client.call("PUT", std::string("/fhir/Subscription/") + "abcd"[i], attack.bodies[i]).status == 201);
    server.kill();
  }
  const int rounds = long_run() ? 200 : 10;
  for (int i = 0; i < rounds; ++i) attack.round();

  attack.endpoint.behave(nullptr);
  Server server(attack.folder / "data", {"--config", attack.folder / "config.json"});
  Client client(server.port());
  client.call(
      "PUT", "/fhir/Task/a0",
      R"({"resourceType":"Task","id":"a0","status":"completed","intent":"order","owner":{"reference":"Practitioner/1"}})");
  client.call(
      "PUT", "/fhir/Task/b0",
      R"({"resourceType":"Task","id":"b0","status":"completed","intent":"order","owner":{"reference":"Practitioner/2"}})");
  const auto all = versions(client);
  int of_first = 0, of_second = 0, waiting = 1;
  for (const auto& [id, list] : all) (id[0] == 'a' ? of_first : of_second) += static_cast<int>(list.size());
  for (int i = 0; i < 3'000 && waiting > 0; ++i) {
    const std::string metrics = client.call("GET", "/metrics").body;
    const std::string name = "\npanelbridge_notifications_waiting ";
    const std::size_t at = metrics.find(name);
    waiting = at == std::string::npos ? 1 : std::atoi(metrics.c_str() + at + name.size());
    if (number_of_events(client, "a") < of_first || number_of_events(client, "c") < of_second) waiting = 1;
    std::this_thread::sleep_for(10ms);
  }
  BOOST_TEST_MESSAGE(rounds << " rounds, " << of_first << " and " << of_second << " events, "
                            << attack.endpoint.requests().size() << " calls");

  std::map<std::string, int> reached;
  std::map<std::string, std::vector<int>> seen;  // by the classic one
  for (const auto& request : attack.endpoint.requests()) {
    BOOST_TEST(request.body.find("CANARY") == std::string::npos);
    BOOST_TEST(request.path() != "/elsewhere");
    int& most = reached[request.path()];
    for (const int number : numbers(request.body)) {
      BOOST_REQUIRE_MESSAGE(number <= most + 1, request.path() << ": " << number << " came after " << most);
      most = std::max(most, number);
    }
    if (request.path() != "/d" || request.body.empty()) continue;
    const auto task = fhir::json::parse(request.body);
    BOOST_REQUIRE(task.ok());
    std::vector<int>& list = seen[std::string(task->root().text("id"))];
    const int version = std::atoi(std::string(task->root()["meta"].text("versionId")).c_str());
    if (std::find(list.begin(), list.end(), version) == list.end()) list.push_back(version);
  }
  for (const char* id : {"a", "b"}) {
    BOOST_TEST(reached["/" + std::string(id)] == of_first);
    BOOST_TEST(number_of_events(client, id) == of_first);
  }
  BOOST_TEST(reached["/c"] == of_second);
  for (const auto& [id, list] : all) {
    if (id[0] != 'a') continue;
    std::vector<int> present = list;
    std::erase_if(present, [](int version) { return version < 0; });
    BOOST_TEST(seen[id] == present, boost::test_tools::per_element());
  }
  for (const char id : std::string_view("abcd"))
    BOOST_TEST(client.call("GET", std::string("/fhir/Subscription/") + id).body.find(R"("status":"active")") !=
               std::string::npos);
  // what was missed can be had again, by number
  const int from = std::max(1, of_first - 20);
  const std::vector<int> again =
      numbers(client.call("GET", "/fhir/Subscription/a/$events?eventsSinceNumber=" + std::to_string(from)).body);
  BOOST_REQUIRE(static_cast<int>(again.size()) == of_first - from + 1);
  for (std::size_t i = 0; i < again.size(); ++i) BOOST_TEST(again[i] == from + static_cast<int>(i));
}

BOOST_AUTO_TEST_SUITE_END()
