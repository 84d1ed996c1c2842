// kill -9 at any step between evidence and Task: clients bring evidence, take it back and let a physician approve, the server dies at a
// random moment. After the restart each person has one Task for the item, standing as the stored evidence says, one outreach while it is
// approved and none when it is closed; and a sweep finds nothing left to do. 10 rounds; 200 in a long run.
#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "fhir/json/json.hpp"
#include "tests/story/server.hpp"

namespace {

namespace json = fhir::json;
using story::Client;
using story::Folder;
using story::Reply;
using story::Server;

const std::string today = "2026-11-24", item = "https://w3id.org/panelbridge/fhir/CodeSystem/item%7Ca1c";
constexpr int writers = 3, people_of_each = 2;

json::Document parsed(const Reply& reply) {
  auto document = json::parse(reply.body);
  BOOST_REQUIRE_MESSAGE(document.ok(), "no JSON in an answer of status " << reply.status);
  return std::move(*document);
}

std::string person(int who, int which) { return "p" + std::to_string(who) + "-" + std::to_string(which); }

void put_people(Client& client) {
  for (int who = 0; who < writers; ++who)
    for (int which = 0; which < people_of_each; ++which) {
      const std::string id = person(who, which);
      BOOST_REQUIRE(client.call("PUT", "/fhir/Patient/" + id, R"({"resourceType":"Patient","id":")" + id +
                                    R"(","birthDate":"1960-05-05","generalPractitioner":[{"reference":"Practitioner/vos"}]})").status == 201);
      BOOST_REQUIRE(client.call("PUT", "/fhir/Condition/" + id, R"({"resourceType":"Condition","id":")" + id + R"(","subject":{"reference":"Patient/)" + id +
        R"("},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}]},"onsetDateTime":"2015-01-01"})").status == 201);
    }
}

std::string evidence(const std::string& id, bool holds) {
  return R"({"resourceType":"Observation","id":")" + id + R"(","status":")" + (holds ? "final" : "entered-in-error") + R"(","subject":{"reference":"Patient/)" + id +
         R"("},"code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"effectiveDateTime":")" + today +
         R"(","valueQuantity":{"value":6.4,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}})";
}

// Works until the server is gone.
void work(std::uint16_t port, int who, unsigned seed) {
  Client client(port);
  std::mt19937 random(seed);
  while (true) {
    const std::string id = person(who, static_cast<int>(random() % people_of_each));
    Reply reply;
    if (random() % 3 == 0) {
      const Reply found = client.call("GET", "/fhir/Task?patient=" + id + "&status=requested&code=" + item);
      if (found.status == 0) return;
      const auto tasks = json::parse(found.body);
      if (!tasks || tasks->root()["entry"].size() == 0) continue;
      reply = client.call("POST", "/fhir/Task/" + std::string(tasks->root()["entry"][0]["resource"].text("id")) + "/$decide",
                          R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":"approve"},{"name":"by","valueReference":{"reference":"Practitioner/vos"}}]})");
    } else {
      reply = client.call("PUT", "/fhir/Observation/" + id, evidence(id, random() % 2 == 0));
    }
    if (reply.status == 0) return;
  }
}

// Empty: all is as the stored evidence says.
std::string wrong_with(Client& client, const std::string& id) {
  const Reply observation = client.call("GET", "/fhir/Observation/" + id);
  const bool holds = observation.status == 200 && observation.body.find("\"final\"") != std::string::npos;
  const json::Document tasks = parsed(client.call("GET", "/fhir/Task?patient=" + id + "&code=" + item));
  const json::Value& entries = tasks.root()["entry"];
  if (entries.size() != 1) return id + " has " + std::to_string(entries.size()) + " Tasks";
  const json::Value& task = entries[0]["resource"];
  const std::string status(task.text("status"));
  if (holds != (status == "completed")) return id + " has" + (holds ? "" : " no") + " evidence and the Task is " + status;
  if (holds && task["output"][0]["valueReference"].text("reference") != "Observation/" + id) return id + ": the Task does not name its evidence";
  const json::Document children = parsed(client.call("GET", "/fhir/Task?status=requested,received,accepted,in-progress&part-of=Task/" + std::string(task.text("id"))));
  const std::size_t open = children.root()["entry"].size(), wanted = status == "accepted" || status == "in-progress" ? 1 : 0;
  if (open != wanted) return id + ": the Task is " + status + " with " + std::to_string(open) + " outreach";
  return {};
}

std::string all_wrong(Client& client) {
  std::string all;
  for (int who = 0; who < writers; ++who)
    for (int which = 0; which < people_of_each; ++which)
      if (const std::string wrong = wrong_with(client, person(who, which)); !wrong.empty()) all += wrong + "; ";
  return all;
}

std::string settled(Client& client) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string wrong;
  while (!(wrong = all_wrong(client)).empty() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return wrong;
}

BOOST_AUTO_TEST_SUITE(story_kill_gaps)

BOOST_AUTO_TEST_CASE(between_evidence_and_task_nothing_is_lost_or_double) {
  const Folder folder;
  const std::string data = folder / "data";
  const int rounds = story::long_run() ? 200 : 10;
  std::mt19937 random(20'261'124);
  auto server = std::make_unique<Server>(data, std::vector<std::string>{"--today", today});
  {
    Client client = server->client();
    put_people(client);
    BOOST_REQUIRE_EQUAL(settled(client), "");
  }
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::thread> all;
    for (int who = 0; who < writers; ++who) all.emplace_back(work, server->port(), who, static_cast<unsigned>(random()));
    std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<int>(10, 150)(random)));
    server->kill();
    for (std::thread& each : all) each.join();
    server = std::make_unique<Server>(data, std::vector<std::string>{"--today", today});
    Client client = server->client();
    BOOST_REQUIRE_EQUAL(settled(client), "");
  }
  BOOST_TEST(server->stop() == 0);
  const story::Finished swept = story::panelbridge({"surveil", "--data", data, "--as-of", today, "--json"});
  BOOST_REQUIRE_MESSAGE(swept.exit == 0, swept.err);
  const auto figures = json::parse(swept.out);
  BOOST_REQUIRE(figures.ok());
  for (const char* each : {"created", "closed", "reopened", "cancelled"}) BOOST_TEST(figures->root()["tasks"].text(each) == "0", each);
  const story::Finished checked = story::panelbridge({"check", "--data", data});
  BOOST_TEST(checked.exit == 0, checked.out << checked.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
