// A second panelbridge as the EHR: its people are pulled by the real worker, change and disappear with it, get their gaps
// here, and are there exactly once however often this server is killed in between.
#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "adapters/ehr/identity.hpp"
#include "core/base/time.hpp"
#include "fhir/json/json.hpp"
#include "tests/story/server.hpp"

using namespace std::chrono_literals;
using story::Client;
using story::Folder;
using story::Reply;
using story::Server;

namespace {

constexpr const char* types = R"(["Organization","Practitioner","Patient","Encounter","Condition","Observation","MedicationRequest","QuestionnaireResponse"])";

void configure(const Folder& folder, const std::string& url, const std::string& more = "") {
  folder.write("config.json", R"({"partners":[{"id":"hospital","kind":"fhir","base_url":")" + url + R"(","types":)" + types +
                                  R"(,"interval_s":1,"reconcile_s":600,"page_size":20,"allow_private_address":true)" + more + "}]}");
}

long total(Client& client, const std::string& query) {
  const Reply reply = client.call("GET", "/fhir/" + query + (query.find('?') == query.npos ? "?" : "&") + "_summary=count");
  const auto document = fhir::json::parse(reply.body);
  return document && reply.status == 200 ? std::atol(std::string(document->root().text("total")).c_str()) : -1;
}

bool eventually(const std::function<bool()>& holds, std::chrono::seconds patience = 20s) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

std::string local(const std::string& type, const std::string& id) { return adapters::ehr::local_id("hospital", type, id); }

std::string diabetic(const std::string& id) {
  return R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient","id":")" + id +
         R"(","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"99999)" + id.substr(1) + R"("}],"gender":"female","birthDate":"1960-01-01"},"request":{"method":"PUT","url":"Patient/)" + id +
         R"("}},{"resource":{"resourceType":"Condition","id":"c-)" + id + R"(","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}]},"onsetDateTime":"2020-01-01","subject":{"reference":"Patient/)" + id +
         R"("}},"request":{"method":"PUT","url":"Condition/c-)" + id + R"("}},{"resource":{"resourceType":"Observation","id":"o-)" + id + R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"subject":{"reference":"Patient/)" + id +
         R"("},"effectiveDateTime":"2021-01-01","valueQuantity":{"value":55,"unit":"mmol/mol","system":"http://unitsofmeasure.org","code":"mmol/mol"}},"request":{"method":"PUT","url":"Observation/o-)" + id + R"("}}]})";
}

std::string name_of(int number) { return "p" + std::to_string(1000 + number); }

}  // namespace

BOOST_AUTO_TEST_SUITE(pull_story)

BOOST_AUTO_TEST_CASE(people_of_an_ehr_are_pulled_get_gaps_and_follow_what_happens_there) {
  const Folder folder;
  Server upstream(folder / "ehr");
  Client there = upstream.client();
  for (int i = 0; i < 30; ++i) BOOST_REQUIRE(there.call("POST", "/fhir", diabetic(name_of(i))).status == 200);
  configure(folder, upstream.url());
  Server server(folder / "here", {"--config", folder / "config.json"});
  Client here = server.client();
  BOOST_REQUIRE(eventually([&] { return total(here, "Patient") == 30 && total(here, "Observation") == 30; }));
  const std::string anna = local("Patient", name_of(7));

  // Every reference leads to where its target is, and her missing HbA1c has become a Task.
  BOOST_TEST(total(here, "Observation?subject=Patient/" + anna) == 1);
  const std::string open = "Task?patient=" + anna + "&code=http://loinc.org%7C4548-4&status=requested";
  BOOST_TEST(eventually([&] { return total(here, open) == 1; }));

  // A result that comes in there closes it here.
  BOOST_TEST(there.call("PUT", "/fhir/Observation/new", R"({"resourceType":"Observation","id":"new","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},"subject":{"reference":"Patient/)" +
                                   name_of(7) + R"("},"effectiveDateTime":")" + core::text(core::day_of({std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()})) +
                                   R"(","valueQuantity":{"value":48,"unit":"mmol/mol","system":"http://unitsofmeasure.org","code":"mmol/mol"}})").status == 201);
  BOOST_TEST(eventually([&] { return total(here, open) == 0; }));

  // A change and a deletion arrive; what has not changed is not written again.
  BOOST_TEST(there.call("PUT", "/fhir/Patient/" + name_of(3), R"({"resourceType":"Patient","id":")" + name_of(3) + R"(","gender":"male","birthDate":"1960-01-01"})").status == 200);
  BOOST_TEST(there.call("DELETE", "/fhir/Observation/o-" + name_of(4)).status == 204);
  BOOST_TEST(eventually([&] { return here.call("GET", "/fhir/Observation/" + local("Observation", "o-" + name_of(4))).status == 410; }));
  BOOST_TEST(eventually([&] { return here.call("GET", "/fhir/Patient/" + local("Patient", name_of(3))).body.find("\"male\"") != std::string::npos; }));
  BOOST_TEST(here.call("GET", "/fhir/Patient/" + anna).body.find("\"versionId\":\"1\"") != std::string::npos);

  // It belongs to its source; what we add does not.
  BOOST_TEST(here.call("PUT", "/fhir/Patient/" + anna, R"({"resourceType":"Patient","id":")" + anna + "\"}").status == 403);
  BOOST_TEST(here.call("DELETE", "/fhir/Observation/" + local("Observation", "o-" + name_of(7))).status == 403);
  BOOST_TEST(total(there, "Task?_tag=https://w3id.org/panelbridge/fhir/CodeSystem/source%7Chospital") == 0);

  const std::string status = here.call("GET", "/fhir/$partner-status").body;
  BOOST_TEST(status.find("\"lastSuccess\"") != std::string::npos);
  BOOST_TEST(here.call("GET", "/metrics").body.find("panelbridge_partner") != std::string::npos);
  BOOST_TEST(server.stop() == 0);
}

// By export, as the other server offers it, and by pages: the same is there, and nothing came too early.
BOOST_AUTO_TEST_CASE(a_first_load_makes_no_tasks_that_later_pages_take_back) {
  const Folder folder;
  Server upstream(folder / "ehr");
  Client there = upstream.client();
  for (int i = 0; i < 40; ++i) BOOST_REQUIRE(there.call("POST", "/fhir", diabetic(name_of(i))).status == 200);
  std::string people[2];
  for (const bool bulk : {true, false}) {
    configure(folder, upstream.url(), bulk ? "" : R"(,"bulk":false)");
    Server server(folder / (bulk ? "exported" : "paged"), {"--config", folder / "config.json"});
    Client here = server.client();
    BOOST_REQUIRE(eventually([&] { return total(here, "Observation") == 40 && total(here, "Task?status=requested") > 0; }));
    std::this_thread::sleep_for(1s);
    BOOST_TEST(total(here, "Task?status=completed,cancelled") == 0);
    BOOST_TEST(here.call("GET", "/fhir/$partner-status").body.find("\"remark\"") == std::string::npos);
    for (int i = 0; i < 40; ++i) {
      const auto patient = fhir::json::parse(here.call("GET", "/fhir/Patient/" + local("Patient", name_of(i))).body);
      BOOST_REQUIRE(patient.ok());
      people[bulk] += fhir::json::write(patient->root()["identifier"]) + fhir::json::write(patient->root()["meta"]["source"]);
    }
    BOOST_TEST((upstream.log().find("$export") != std::string::npos) == true);
  }
  BOOST_TEST(people[0] == people[1]);
}

BOOST_AUTO_TEST_CASE(kill_9_in_the_middle_of_a_pull_loses_and_doubles_nothing) {
  const Folder folder;
  const int rounds = story::long_run() ? 50 : 5;
  std::mt19937 random(20'260'101);
  Server upstream(folder / "ehr");
  Client there = upstream.client();
  int people = 0;
  for (; people < 60; ++people) BOOST_REQUIRE(there.call("POST", "/fhir", diabetic(name_of(people))).status == 200);
  configure(folder, upstream.url(), R"(,"overlap_s":5)");
  std::set<std::string> deleted;
  for (int round = 0; round < rounds; ++round) {
    Server server(folder / "here", {"--config", folder / "config.json"});
    for (int i = 0; i < 3; ++i) there.call("POST", "/fhir", diabetic(name_of(people++)));
    const std::string gone = name_of(round);
    if (there.call("DELETE", "/fhir/Observation/o-" + gone).status == 204) deleted.insert(gone);
    std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<int>(5, 700)(random)));
    server.kill();
  }
  Server server(folder / "here", {"--config", folder / "config.json"});
  Client here = server.client();
  const long observations = people - static_cast<long>(deleted.size());
  BOOST_TEST(eventually([&] { return total(here, "Patient") == people && total(here, "Condition") == people && total(here, "Observation") == observations; }, 60s),
             total(here, "Patient") << " of " << people << " people, " << total(here, "Observation") << " of " << observations);
  for (const std::string& each : deleted)
    BOOST_TEST(here.call("GET", "/fhir/Observation/" + local("Observation", "o-" + each)).status != 200);
  long rewritten = 0;
  for (int i = 0; i < people; ++i)
    rewritten += here.call("GET", "/fhir/Patient/" + local("Patient", name_of(i))).body.find("\"versionId\":\"1\"") == std::string::npos;
  BOOST_TEST(rewritten == 0);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(story::panelbridge({"check", "--data", folder / "here"}).exit == 0);
}

BOOST_AUTO_TEST_SUITE_END()
