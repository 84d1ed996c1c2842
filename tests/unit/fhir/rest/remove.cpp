#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

std::string observation(const std::string& id, const std::string& patient, const std::string& status = "final") {
  return R"({"resourceType":"Observation","id":")" + id + R"(","status":")" + status +
         R"(","code":{"text":"c"},"subject":{"reference":"Patient/)" + patient + R"("}})";
}

void person_with_data(Server& server) {
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  server.put("/Observation/o1", observation("o1", "p"));
  server.put("/Observation/o2", observation("o2", "p"));
  server.put("/Observation/other", observation("other", "q"));
  server.put(
      "/Task/t",
      R"({"resourceType":"Task","id":"t","status":"requested","intent":"proposal","for":{"reference":"Patient/p"}})");
  server.put(
      "/Task/done",
      R"({"resourceType":"Task","id":"done","status":"completed","intent":"proposal","for":{"reference":"Patient/p"}})");
  server.put(
      "/Group/g",
      R"({"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/p"}}]})");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_remove)

BOOST_AUTO_TEST_CASE(a_delete_is_idempotent) {
  Server server;
  server.put("/Group/g", R"({"resourceType":"Group","id":"g","type":"person","actual":true})");
  BOOST_TEST(server.call("DELETE", "/Group/g").status == 204);
  BOOST_TEST(server.call("DELETE", "/Group/g").status == 204);
  BOOST_TEST(server.call("DELETE", "/Group/never").status == 204);
  BOOST_TEST(server.call("DELETE", "/Group/g", {}, {{"Prefer", "return=OperationOutcome"}}).status == 200);
  BOOST_TEST(parsed(server.get("/Group/g/_history")).root()["entry"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_patient_with_data_is_refused_and_nothing_changes) {
  Server server;
  person_with_data(server);
  const auto before = server.store->last();
  const Response refused = server.call("DELETE", "/Patient/p");
  BOOST_TEST(refused.status == 409);
  BOOST_TEST(body(refused).find("2 Observation") != std::string::npos);
  BOOST_TEST(server.store->last() == before);
}

BOOST_AUTO_TEST_CASE(a_cascade_takes_the_compartment_cancels_open_tasks_and_leaves_others_alone) {
  for (const bool by_header : {false, true}) {
    Server server;
    person_with_data(server);
    const Response deleted = by_header ? server.call("DELETE", "/Patient/p", {}, {{"X-Cascade", "delete"}})
                                       : server.call("DELETE", "/Patient/p?_cascade=delete");
    BOOST_TEST(deleted.status == 200);
    for (const char* gone : {"/Patient/p", "/Observation/o1", "/Observation/o2"})
      BOOST_TEST(server.get(gone).status == 410, gone);
    for (const char* there : {"/Observation/other", "/Group/g", "/Task/done"})
      BOOST_TEST(server.get(there).status == 200, there);
    BOOST_TEST(parsed(server.get("/Task/t")).root().text("status") == "cancelled");
    BOOST_TEST(header(server.get("/Task/done"), "ETag") == "W/\"1\"");
  }
}

BOOST_AUTO_TEST_CASE(a_patient_without_data_goes_without_more_words) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  server.put(
      "/Task/t",
      R"({"resourceType":"Task","id":"t","status":"requested","intent":"proposal","for":{"reference":"Patient/p"}})");
  BOOST_TEST(server.call("DELETE", "/Patient/p").status == 200);
  BOOST_TEST(parsed(server.get("/Task/t")).root().text("status") == "cancelled");
}

BOOST_AUTO_TEST_CASE(a_computed_risk_goes_with_its_patient_and_an_overruled_one_is_data) {
  const auto risk = [](const char* id, const char* more) {
    return R"({"resourceType":"RiskAssessment","id":")" + std::string(id) +
           R"(","meta":{"tag":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/origin","code":"panelbridge"}]},)"
           R"("status":"final","subject":{"reference":"Patient/p"})" + more + "}";
  };
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  server.put("/RiskAssessment/computed", risk("computed", ""));
  server.put("/RiskAssessment/overruled", risk("overruled", R"(,"performer":{"reference":"Practitioner/gp"})"));
  const Response refused = server.call("DELETE", "/Patient/p");
  BOOST_TEST(refused.status == 409);
  BOOST_TEST(body(refused).find("1 RiskAssessment") != std::string::npos);
  BOOST_TEST(server.call("DELETE", "/RiskAssessment/overruled").status == 204);
  BOOST_TEST(server.call("DELETE", "/Patient/p").status == 200);
  BOOST_TEST(server.get("/RiskAssessment/computed").status == 410);
}

BOOST_AUTO_TEST_CASE(a_conditional_delete_takes_one_or_as_many_as_were_asked_for_or_none) {
  Server server;
  for (const char* id : {"a", "b", "c"}) server.put("/Observation/" + std::string(id), observation(id, "p", "amended"));
  server.put("/Observation/d", observation("d", "p"));
  BOOST_TEST(server.call("DELETE", "/Observation?status=registered").status == 204);
  BOOST_TEST(server.call("DELETE", "/Observation?status=amended").status == 412);
  BOOST_TEST(server.call("DELETE", "/Observation?status=amended&_count=2").status == 412);
  BOOST_TEST(server.call("DELETE", "/Observation?status=amended&_count=0").status == 400);
  BOOST_TEST(ids(server.get("/Observation")).size() == 4U);
  BOOST_TEST(server.call("DELETE", "/Observation?status=amended&_count=3").status == 200);
  BOOST_TEST(ids(server.get("/Observation")) == std::vector<std::string>{"d"}, boost::test_tools::per_element());
  BOOST_TEST(server.call("DELETE", "/Observation?status=final").status == 204);
}

BOOST_AUTO_TEST_SUITE_END()
