// The main loop end to end over HTTP: a missing result opens a gap Task, the result closes it by evidence, its withdrawal opens
// it again, two programmes that ask for the same have one Task with two reasons, and a physician's decision stands.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <map>
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

constexpr auto patience = std::chrono::seconds(5);
const std::string today = "2026-11-24";

json::Document parsed(const Reply& reply) {
  auto document = json::parse(reply.body);
  BOOST_REQUIRE_MESSAGE(document.ok(), "no JSON in an answer of status " << reply.status);
  return std::move(*document);
}

std::string put(Client& client, const std::string& type, const std::string& id, const std::string& rest) {
  const Reply reply = client.call("PUT", "/fhir/" + type + "/" + id, R"({"resourceType":")" + type + R"(","id":")" + id + "\"," + rest + "}");
  BOOST_REQUIRE_MESSAGE(reply.status == 200 || reply.status == 201, reply.body);
  return id;
}

void put_person(Client& client, const std::string& id) {
  put(client, "Practitioner", "dokter", R"("name":[{"family":"Dokter"}])");
  put(client, "Patient", id, R"("birthDate":"1960-05-05","gender":"female","name":[{"family":"Voorbeeld"}],"generalPractitioner":[{"reference":"Practitioner/dokter"}])");
}

void put_condition(Client& client, const std::string& id, const std::string& patient, const std::string& snomed) {
  put(client, "Condition", id,
      R"("clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":")" +
          snomed + R"("}]},"subject":{"reference":"Patient/)" + patient + R"("},"onsetDateTime":"2015-01-01")");
}

std::string result(const std::string& patient, const std::string& loinc, const std::string& value, const std::string& unit) {
  return R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":")" + loinc + R"("}]},"subject":{"reference":"Patient/)" + patient +
         R"("},"effectiveDateTime":")" + today + R"(","valueQuantity":{"value":)" + value + R"(,"unit":")" + unit + R"(","system":"http://unitsofmeasure.org","code":")" + unit + "\"}}";
}

// The gap Tasks of a person for one house item.
json::Document tasks_of(Client& client, const std::string& patient, const std::string& item) {
  return parsed(client.call("GET", "/fhir/Task?patient=" + patient + "&code=https://w3id.org/panelbridge/fhir/CodeSystem/item%7C" + item));
}

template <class Holds>
bool soon(Holds&& holds) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return holds();
}

std::string status_of(const json::Document& tasks) {
  const json::Value& entries = tasks.root()["entry"];
  return entries.size() == 1 ? std::string(entries[0]["resource"].text("status")) : std::to_string(entries.size()) + " Tasks";
}

struct Scene {
  Folder data;
  Server server{data.path().string(), {"--today", today}};
  Client client = server.client();
};

std::string item_of(Client& client, const std::string& patient, const std::string& loinc) {  // the house item that has this clinical code
  const json::Document tasks = parsed(client.call("GET", "/fhir/Task?patient=" + patient + "&code=http://loinc.org%7C" + loinc));
  const json::Value& entries = tasks.root()["entry"];
  if (entries.size() == 0) return {};
  return std::string(entries[0]["resource"]["code"]["coding"][1].text("code"));
}

BOOST_AUTO_TEST_SUITE(story_gaps)

BOOST_AUTO_TEST_CASE(a_result_closes_its_task_and_its_withdrawal_opens_the_same_one_again) {
  Scene scene;
  Client& client = scene.client;
  put_person(client, "p1");
  put_condition(client, "dm1", "p1", "44054006");
  std::string item;
  BOOST_REQUIRE(soon([&] { return !(item = item_of(client, "p1", "4548-4")).empty(); }));
  BOOST_TEST(status_of(tasks_of(client, "p1", item)) == "requested");
  const std::string task = std::string(tasks_of(client, "p1", item).root()["entry"][0]["resource"].text("id"));

  const Reply created = client.call("POST", "/fhir/Observation", result("p1", "4548-4", "6.4", "%"));
  BOOST_REQUIRE(created.status == 201);
  const std::string observation = "Observation/" + std::string(parsed(created).root().text("id"));
  BOOST_TEST(soon([&] { return status_of(tasks_of(client, "p1", item)) == "completed"; }));
  const json::Document done = parsed(client.call("GET", "/fhir/Task/" + task));
  BOOST_TEST(done.root()["output"][0]["valueReference"].text("reference") == observation);

  BOOST_TEST(client.call("DELETE", "/fhir/" + observation).status < 300);
  BOOST_TEST(soon([&] { return status_of(tasks_of(client, "p1", item)) == "requested"; }));
  BOOST_TEST(tasks_of(client, "p1", item).root()["entry"][0]["resource"].text("id") == task);

  BOOST_REQUIRE(client.call("POST", "/fhir/Observation", result("p1", "4548-4", "6.4", "%")).status == 201);
  BOOST_TEST(soon([&] { return status_of(tasks_of(client, "p1", item)) == "completed"; }));  // one Task, the same
}

BOOST_AUTO_TEST_CASE(two_programmes_that_want_the_same_test_have_one_task_with_two_reasons) {
  Scene scene;
  Client& client = scene.client;
  put_person(client, "p2");
  put_condition(client, "dm2", "p2", "44054006");
  put_condition(client, "ckd2", "p2", "433144002");
  const auto reasons = [&] {
    const std::string item = item_of(client, "p2", "14959-1");
    if (item.empty()) return std::size_t{0};
    const json::Document tasks = tasks_of(client, "p2", item);
    return tasks.root()["entry"].size() == 1 ? tasks.root()["entry"][0]["resource"]["input"].size() : std::size_t{0};
  };
  BOOST_TEST(soon([&] { return reasons() >= 2; }));
}

BOOST_AUTO_TEST_CASE(a_client_cannot_complete_or_create_a_gap_task) {
  Scene scene;
  Client& client = scene.client;
  put_person(client, "p3");
  put_condition(client, "dm3", "p3", "44054006");
  std::string item;
  BOOST_REQUIRE(soon([&] { return !(item = item_of(client, "p3", "4548-4")).empty(); }));
  json::Document tasks = tasks_of(client, "p3", item);
  json::Document task;
  task.root() = task.copy(tasks.root()["entry"][0]["resource"]);
  const std::string path = "/fhir/Task/" + std::string(task.root().text("id"));
  task.set(task.root(), "status", task.string("completed"));
  const Reply refused = client.call("PUT", path, json::write(task.root()));
  BOOST_TEST(refused.status == 422);
  BOOST_TEST(refused.body.find("evidence") != std::string::npos);
  task.set(task.root(), "status", task.string("accepted"));
  BOOST_TEST(client.call("PUT", path, json::write(task.root())).status == 200);
  task.remove(task.root(), "id");
  BOOST_TEST(client.call("POST", "/fhir/Task", json::write(task.root())).status == 422);
}

BOOST_AUTO_TEST_CASE(a_decision_makes_outreach_that_ends_with_the_gap) {
  Scene scene;
  Client& client = scene.client;
  put_person(client, "p4");
  put_condition(client, "dm4", "p4", "44054006");
  std::string item;
  BOOST_REQUIRE(soon([&] { return !(item = item_of(client, "p4", "4548-4")).empty(); }));
  const std::string task = std::string(tasks_of(client, "p4", item).root()["entry"][0]["resource"].text("id"));
  const std::string approve = R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":"approve"},{"name":"by","valueReference":{"reference":"Practitioner/dokter"}}]})";
  const Reply decided = client.call("POST", "/fhir/Task/" + task + "/$decide", approve);
  BOOST_REQUIRE_MESSAGE(decided.status == 200, decided.body);
  const auto child = [&] { return parsed(client.call("GET", "/fhir/Task?part-of=Task/" + task)); };
  const json::Document children = child();
  BOOST_REQUIRE(children.root()["entry"].size() == 1U);
  BOOST_TEST(children.root()["entry"][0]["resource"].text("intent") == "order");
  BOOST_TEST(children.root()["entry"][0]["resource"]["requester"].text("reference") == "Practitioner/dokter");
  BOOST_REQUIRE(client.call("POST", "/fhir/Observation", result("p4", "4548-4", "6.4", "%")).status == 201);
  BOOST_TEST(soon([&] { return child().root()["entry"][0]["resource"].text("status") == "cancelled"; }));
  BOOST_TEST(client.call("POST", "/fhir/Task/" + task + "/$decide", approve).status == 422);  // it is completed
}

BOOST_AUTO_TEST_CASE(an_overrule_wins_and_members_by_hand_stay) {
  Scene scene;
  Client& client = scene.client;
  put_person(client, "p5");
  put_condition(client, "dm5", "p5", "44054006");
  std::string item;
  BOOST_REQUIRE(soon([&] { return !(item = item_of(client, "p5", "4548-4")).empty(); }));
  const auto high = [&] { return parsed(client.call("GET", "/fhir/Group?member=Patient/p5&code=high-risk")).root()["entry"].size(); };
  BOOST_TEST(high() == 0U);
  const Reply overruled = client.call("POST", "/fhir/Patient/p5/$overrule",
      R"({"resourceType":"Parameters","parameter":[{"name":"tier","valueCode":"very-high"},{"name":"by","valueReference":{"reference":"Practitioner/dokter"}},{"name":"reason","valueString":"lives alone"}]})");
  BOOST_REQUIRE_MESSAGE(overruled.status == 200, overruled.body);
  BOOST_TEST(high() == 1U);
  const json::Document group = parsed(client.call("GET", "/fhir/Group?member=Patient/p5&code=diabetes"));
  BOOST_REQUIRE(group.root()["entry"].size() == 1U);
  const std::string id(group.root()["entry"][0]["resource"].text("id"));
  const Reply excluded = client.call("POST", "/fhir/Group/" + id + "/$exclude-member",
      R"({"resourceType":"Parameters","parameter":[{"name":"patient","valueReference":{"reference":"Patient/p5"}},{"name":"by","valueReference":{"reference":"Practitioner/dokter"}},{"name":"reason","valueString":"seen by the hospital"}]})");
  BOOST_REQUIRE_MESSAGE(excluded.status == 200, excluded.body);
  BOOST_TEST(parsed(excluded).root()["member"][0]["inactive"].boolean());
  const Reply evaluated = client.call("GET", "/fhir/Group/" + id + "/$evaluate?periodStart=2026-01-01&periodEnd=2026-11-24");
  BOOST_REQUIRE_MESSAGE(evaluated.status == 200, evaluated.body);
  for (const char* aim : {"effect", "cost", "process"}) BOOST_TEST(evaluated.body.find(std::string("\"code\":\"") + aim) != std::string::npos, aim);
  BOOST_TEST(client.call("GET", "/fhir/Group/" + id + "/$evaluate?periodStart=2026-11-24&periodEnd=2026-01-01").status == 422);
}

BOOST_AUTO_TEST_CASE(a_work_list_is_cut_to_the_minutes_and_says_what_was_left_out) {
  Scene scene;
  Client& client = scene.client;
  put_person(client, "p6");
  put_condition(client, "dm6", "p6", "44054006");
  BOOST_REQUIRE(soon([&] { return !item_of(client, "p6", "4548-4").empty(); }));
  const json::Document whole = parsed(client.call("GET", "/fhir/$worklist?owner=Practitioner/dokter"));
  BOOST_TEST(whole.root()["entry"].size() > 2U);
  const Reply cut = client.call("GET", "/fhir/$worklist?owner=Practitioner/dokter&minutes=1");
  BOOST_TEST(cut.body.find("Left out: 1 people") != std::string::npos);
  BOOST_TEST(parsed(cut).root().text("total") == whole.root().text("total"));
}

BOOST_AUTO_TEST_CASE(a_person_who_needs_more_than_the_whole_slot_does_not_leave_it_empty) {
  Scene scene;
  Client& client = scene.client;
  put_person(client, "much");
  put_condition(client, "dm", "much", "44054006");
  put_person(client, "little");
  BOOST_REQUIRE(soon([&] { return !item_of(client, "much", "4548-4").empty(); }));
  const auto minutes_by_person = [&](const std::string& limit) {
    std::map<std::string, int> minutes;
    const json::Document list = parsed(client.call("GET", "/fhir/$worklist?owner=Practitioner/dokter" + limit));
    for (const auto& entry : list.root()["entry"].elements())
      for (const auto& extension : entry["resource"]["extension"].elements())
        if (extension.text("url").ends_with("/effort-minutes"))
          minutes[std::string(entry["resource"]["for"].text("reference"))] += std::stoi(std::string(extension.text("valueInteger")));
    return minutes;
  };
  BOOST_REQUIRE(soon([&] { return minutes_by_person("").size() == 2; }));
  const std::map<std::string, int> whole = minutes_by_person("");
  const int little = whole.at("Patient/little");
  BOOST_REQUIRE(little < whole.at("Patient/much"));
  BOOST_TEST((minutes_by_person("&minutes=" + std::to_string(little)) == std::map<std::string, int>{{"Patient/little", little}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
