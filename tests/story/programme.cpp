// A programme at run time, over HTTP: refused with its faults named, tried dry, live on a ramp, changed to a new version with everybody
// decided anew in the background, retired. Closed Tasks keep the version that they were asked by.
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

const std::string today = "2026-11-24", url = "https://example.org/PlanDefinition/weight-watch", house = "https://w3id.org/panelbridge/fhir/";

json::Document parsed(const Reply& reply) {
  auto document = json::parse(reply.body);
  BOOST_REQUIRE_MESSAGE(document.ok(), "no JSON in an answer of status " << reply.status);
  return std::move(*document);
}

template <class Holds>
bool soon(Holds&& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return holds();
}

// One item: a weight measured, once a year.
std::string programme(const std::string& version, const std::string& status, int ramp, const std::string& cohort = "age() >= 18", const std::string& set = "BMI") {
  const auto extension = [](const std::string& name, const std::string& value) { return R"({"url":")" + house + "StructureDefinition/" + name + "\"," + value + "}"; };
  const auto rule = [&](const std::string& name, const std::string& expression) {
    return extension("item-rule", R"("extension":[{"url":"name","valueCode":")" + name + R"("},{"url":"value","valueExpression":{"language":"text/fhirpath","expression":")" + expression + "\"}}]");
  };
  return R"({"resourceType":"PlanDefinition","id":"weight-watch","url":")" + url + R"(","version":")" + version + R"(","title":"Weight watch","status":")" + status +
         R"(","meta":{"profile":[")" + house + R"(StructureDefinition/programme"]},"extension":[)" +
         extension("cohort", R"("valueExpression":{"language":"text/fhirpath","expression":")" + cohort + "\"}") +
         (ramp > 0 ? "," + extension("ramp", "\"valueInteger\":" + std::to_string(ramp)) : "") +
         R"(],"action":[{"id":"ww-weigh","title":"Weigh","code":[{"coding":[{"system":")" + house + R"(CodeSystem/item","code":"weighed-here"}]}],"extension":[)" +
         rule("evidence", "last('" + set + "')") + "," + rule("every", "365") + "]}]}";
}

// Person -> status of the Task, and the version that asked.
std::map<std::string, std::string> tasks(Client& client) {
  std::map<std::string, std::string> found;
  const json::Document bundle = parsed(client.call("GET", "/fhir/Task?code=" + house + "CodeSystem/item%7Cweighed-here&_count=100"));
  for (const json::Value& entry : bundle.root()["entry"].elements()) {
    const json::Value& task = entry["resource"];
    const std::string_view asked = task["input"][0].text("valueCanonical");
    found[std::string(task["for"].text("reference"))] = std::string(task.text("status")) + " " + std::string(asked.substr(asked.find('|') + 1));
  }
  return found;
}

std::size_t with(const std::map<std::string, std::string>& tasks, const std::string& what) {
  std::size_t count = 0;
  for (const auto& [person, state] : tasks) count += state == what;
  return count;
}

int count_of(const json::Document& parameters, std::string_view name) {
  for (const json::Value& each : parameters.root()["parameter"].elements())
    if (each.text("name") == name) return std::stoi(std::string(each.text("valueInteger")));
  return -1;
}

BOOST_AUTO_TEST_SUITE(story_programme)

BOOST_AUTO_TEST_CASE(a_programme_is_refused_tried_ramped_up_changed_and_retired) {
  const Folder data;
  Server server(data.path().string(), {"--today", today});
  Client client = server.client();
  for (const char* id : {"a", "b", "c", "d"})
    BOOST_REQUIRE(client.call("PUT", std::string("/fhir/Patient/") + id, std::string(R"({"resourceType":"Patient","id":")") + id +
                                         R"(","birthDate":"1970-01-01","gender":"male","generalPractitioner":[{"reference":"Practitioner/vos"}]})").status == 201);
  BOOST_REQUIRE(client.call("PUT", "/fhir/Patient/child", R"({"resourceType":"Patient","id":"child","birthDate":"2019-01-01"})").status == 201);
  BOOST_REQUIRE(client.call("PUT", "/fhir/Observation/known", R"({"resourceType":"Observation","id":"known","status":"final","subject":{"reference":"Patient/a"},
    "code":{"coding":[{"system":"http://loinc.org","code":"39156-5"}]},"effectiveDateTime":"2024-01-01","valueQuantity":{"value":24,"unit":"kg/m2","system":"http://unitsofmeasure.org","code":"kg/m2"}})").status == 201);

  // Refused, with where and what.
  const Reply unknown = client.call("PUT", "/fhir/PlanDefinition/weight-watch", programme("1", "active", 0, "age() >= 18", "NOWHERE"));
  BOOST_TEST(unknown.status == 422);
  BOOST_TEST(unknown.body.find("NOWHERE") != std::string::npos);
  BOOST_TEST(unknown.body.find("ww-weigh") != std::string::npos);
  const Reply broken = client.call("POST", "/fhir/PlanDefinition", programme("1", "active", 0, "age( >= 18"));
  BOOST_TEST(broken.status == 422);
  BOOST_TEST(broken.body.find("cohort") != std::string::npos);
  BOOST_TEST(client.call("GET", "/fhir/PlanDefinition?url=" + url + "&_summary=count").body.find("\"total\":0") != std::string::npos);

  // Tried: counted, stored nowhere.
  const json::Document dry = parsed(client.call("POST", "/fhir/PlanDefinition/$dry-run", programme("1", "active", 2)));
  BOOST_TEST(count_of(dry, "people") == 4);
  BOOST_TEST(json::write(dry.root()).find("ww-weigh") != std::string::npos);
  BOOST_TEST(tasks(client).empty());
  const json::Document dry_fault = parsed(client.call("POST", "/fhir/PlanDefinition/$dry-run", programme("1", "active", 0, "age() >= 18", "NOWHERE")));
  BOOST_TEST(json::write(dry_fault.root()).find("\"fault\"") != std::string::npos);

  // Live on a ramp: two a week for each owner.
  BOOST_REQUIRE(client.call("PUT", "/fhir/PlanDefinition/weight-watch", programme("1", "active", 2)).status == 201);
  BOOST_TEST(soon([&] { return with(tasks(client), "requested 1") == 2; }));
  BOOST_REQUIRE(client.call("PUT", "/fhir/Patient/e", R"({"resourceType":"Patient","id":"e","birthDate":"1970-01-01","gender":"male","generalPractitioner":[{"reference":"Practitioner/vos"}]})").status == 201);
  BOOST_REQUIRE(client.call("PUT", "/fhir/Patient/other", R"({"resourceType":"Patient","id":"other","birthDate":"1970-01-01","gender":"male","generalPractitioner":[{"reference":"Practitioner/smit"}]})").status == 201);
  BOOST_TEST(soon([&] { return tasks(client).contains("Patient/other"); }));  // another owner's week is not full
  BOOST_TEST(tasks(client).size() == 3U);

  // One of them is closed by evidence before the programme changes.
  std::string closed;
  for (const auto& [person, state] : tasks(client))
    if (person != "Patient/other") closed = person;
  BOOST_REQUIRE(client.call("POST", "/fhir/Observation", R"({"resourceType":"Observation","status":"final","subject":{"reference":")" + closed +
    R"("},"code":{"coding":[{"system":"http://loinc.org","code":"39156-5"}]},"effectiveDateTime":")" + today +
    R"(","valueQuantity":{"value":25,"unit":"kg/m2","system":"http://unitsofmeasure.org","code":"kg/m2"}})").status == 201);
  BOOST_TEST(soon([&] { return tasks(client)[closed] == "completed 1"; }));

  // A new version without a ramp: everybody is decided anew in the background, what was closed keeps its reason.
  BOOST_REQUIRE(client.call("PUT", "/fhir/PlanDefinition/weight-watch", programme("2", "active", 0)).status == 200);
  BOOST_TEST(soon([&] { return with(tasks(client), "requested 2") == 5; }));
  BOOST_TEST(tasks(client)[closed] == "completed 1");

  // It holds over a restart.
  BOOST_TEST(server.stop() == 0);
  Server again(data.path().string(), {"--today", today});
  Client later = again.client();
  BOOST_TEST(soon([&] { return later.call("GET", "/readyz").status == 200; }));
  BOOST_TEST(with(tasks(later), "requested 2") == 5U);

  // Retired: what it asked ends.
  BOOST_REQUIRE(later.call("PUT", "/fhir/PlanDefinition/weight-watch", programme("2", "retired", 0)).status == 200);
  BOOST_TEST(soon([&] { return with(tasks(later), "cancelled 2") == 5; }));
  BOOST_TEST(tasks(later)[closed] == "completed 1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
