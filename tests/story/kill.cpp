// kill -9 at random moments while eight clients write over HTTP: after the restart every acknowledged resource is
// there, as it was written, and no transaction is there by half. 5 rounds; 50 in a long run.
#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/story/server.hpp"

using namespace std::chrono_literals;
using story::Client;
using story::Folder;
using story::Reply;
using story::Server;

namespace {

constexpr int clients = 8, of_a_transaction = 5;

// What one client knows: what was acknowledged, and what may or may not have happened when the server died.
struct Knowledge {
  std::map<std::string, int> values;      // Observation id -> the last acknowledged value
  std::map<std::string, int> uncertain;   // id -> a value whose answer never came
  std::vector<std::string> transactions;  // tags of acknowledged ones
  std::string uncertain_transaction;      // tag
  std::vector<std::string> refused;       // answers other than success: there should be none
  int writes = 0;
};

std::string observation(const std::string& id, int value, const std::string& tag) {
  return R"({"resourceType":"Observation","id":")" + id + R"(","meta":{"tag":[{"system":"urn:story","code":")" + tag +
         R"("}]},"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"valueInteger":)" +
         std::to_string(value) + "}";
}

std::string transaction(const std::string& tag) {
  std::string entries;
  for (int i = 0; i < of_a_transaction; ++i) {
    const std::string id = tag + "-" + std::to_string(i);
    entries += (i ? "," : "") + std::string(R"({"resource":)") + observation(id, i, tag) +
               R"(,"request":{"method":"PUT","url":"Observation/)" + id + "\"}}";
  }
  return R"({"resourceType":"Bundle","type":"transaction","entry":[)" + entries + "]}";
}

// Writes until the server is gone: updates of its own few Observations, and transactions.
void write(std::uint16_t port, int who, int round, Knowledge& known) {
  Client client(port);
  for (int step = 0;; ++step) {
    if (step % 4 == 3) {
      const std::string tag = "t" + std::to_string(round) + "-" + std::to_string(who) + "-" + std::to_string(step);
      const Reply reply = client.call("POST", "/fhir", transaction(tag));
      if (reply.status == 0) {
        known.uncertain_transaction = tag;
        return;
      }
      if (reply.status != 200) known.refused.push_back(reply.body);
      if (reply.status != 200) continue;
      known.transactions.push_back(tag);
    } else {
      const std::string id = "o" + std::to_string(who) + "-" + std::to_string(step % 3);
      const int value = round * 100'000 + step;
      const Reply reply = client.call("PUT", "/fhir/Observation/" + id, observation(id, value, "single"));
      if (reply.status == 0) {
        known.uncertain[id] = value;
        return;
      }
      if (reply.status != 200 && reply.status != 201) known.refused.push_back(reply.body);
      if (reply.status != 200 && reply.status != 201) continue;
      known.values[id] = value;
    }
    ++known.writes;
  }
}

int value_in(const std::string& body) {
  const std::size_t at = body.find("\"valueInteger\":");
  return at == std::string::npos ? -1 : std::atoi(body.c_str() + at + 15);
}

int stored_of(Client& client, const std::string& tag) {
  int stored = 0;
  for (int i = 0; i < of_a_transaction; ++i) {
    if (client.call("GET", "/fhir/Observation/" + tag + "-" + std::to_string(i)).status == 200) ++stored;
  }
  return stored;
}

void check(Client& client, Knowledge& known) {
  for (auto& [id, value] : known.values) {
    const int found = value_in(client.call("GET", "/fhir/Observation/" + id).body);
    const auto maybe = known.uncertain.find(id);
    const bool later = maybe != known.uncertain.end() && found == maybe->second;
    BOOST_TEST((found == value || later), id << " should be " << value << " and is " << found);
    if (later) value = found;
  }
  for (const std::string& tag : known.transactions) BOOST_TEST(stored_of(client, tag) == of_a_transaction, tag);
  if (!known.uncertain_transaction.empty()) {
    const int stored = stored_of(client, known.uncertain_transaction);
    BOOST_TEST((stored == 0 || stored == of_a_transaction), known.uncertain_transaction << " is there by " << stored);
  }
  BOOST_TEST(known.refused.empty(), (known.refused.empty() ? "" : known.refused.front()));
  known.uncertain.clear();
  known.uncertain_transaction.clear();
  if (known.transactions.size() > 20)
    known.transactions.erase(known.transactions.begin(), known.transactions.end() - 20);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kill_story)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_kill_9_and_nothing_is_there_by_half) {
  const Folder folder;
  const int rounds = story::long_run() ? 50 : 5;
  std::mt19937 random(20'240'101);
  std::array<Knowledge, clients> known;
  auto server = std::make_unique<Server>(folder / "data");
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::thread> writers;
    for (int who = 0; who < clients; ++who)
      writers.emplace_back([&, who] { write(server->port(), who, round, known[static_cast<std::size_t>(who)]); });
    std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<int>(100, 1'200)(random)));
    server->kill();
    for (auto& writer : writers) writer.join();
    server = std::make_unique<Server>(folder / "data");
    Client client = server->client();
    for (Knowledge& one : known) check(client, one);
  }
  int writes = 0;
  for (const Knowledge& one : known) writes += one.writes;
  BOOST_TEST(writes > rounds * clients);
  BOOST_TEST_MESSAGE(rounds << " rounds, " << writes << " acknowledged writes");
  BOOST_TEST(server->stop() == 0);
  const story::Finished checked = story::panelbridge({"check", "--data", folder / "data"});
  BOOST_TEST(checked.exit == 0, checked.out << checked.err);
}

BOOST_AUTO_TEST_SUITE_END()
