#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

BOOST_AUTO_TEST_SUITE(rest_update)

BOOST_AUTO_TEST_CASE(an_update_of_what_is_not_there_creates_it_under_the_clients_id) {
  Server server;
  const Response created = server.put("/Patient/a.b-1", R"({"resourceType":"Patient","id":"a.b-1"})");
  BOOST_TEST(created.status == 201);
  BOOST_TEST(header(created, "Location") == "http://test/fhir/Patient/a.b-1/_history/1");
  const Response updated = server.put("/Patient/a.b-1", R"({"resourceType":"Patient","id":"a.b-1","active":false})");
  BOOST_TEST(updated.status == 200);
  BOOST_TEST(header(updated, "ETag") == "W/\"2\"");
}

BOOST_AUTO_TEST_CASE(a_body_whose_id_or_type_is_not_that_of_the_address_is_400) {
  Server server;
  BOOST_TEST(server.put("/Patient/a", R"({"resourceType":"Patient","id":"b"})").status == 400);
  BOOST_TEST(server.put("/Patient/a", R"({"resourceType":"Patient"})").status == 400);
  BOOST_TEST(server.put("/Patient/a", R"({"resourceType":"Group","id":"a"})").status == 400);
}

BOOST_AUTO_TEST_CASE(a_stale_if_match_is_412_and_changes_nothing) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","active":true})");
  const Response stale =
      server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","active":false})", {{"If-Match", "W/\"1\""}});
  BOOST_TEST(stale.status == 412);
  BOOST_TEST(parsed(stale).root().text("resourceType") == "OperationOutcome");
  BOOST_TEST(server.put("/Patient/new", R"({"resourceType":"Patient","id":"new"})", {{"If-Match", "W/\"1\""}}).status ==
             412);
  BOOST_TEST(server.call("DELETE", "/Patient/a", {}, {{"If-Match", "W/\"1\""}}).status == 412);
  BOOST_TEST(header(server.get("/Patient/a"), "ETag") == "W/\"2\"");
  BOOST_TEST(server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})", {{"If-Match", "W/\"2\""}}).status ==
             200);
}

BOOST_AUTO_TEST_CASE(an_update_brings_back_what_was_deleted_and_counts_on) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  server.call("DELETE", "/Patient/a");
  const Response back = server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  BOOST_TEST(back.status == 201);
  BOOST_TEST(header(back, "ETag") == "W/\"3\"");
}

BOOST_AUTO_TEST_CASE(a_conditional_update_finds_creates_or_refuses_as_r4_says) {
  Server server;
  const auto patient = [](std::string id, std::string extra) {
    return R"({"resourceType":"Patient",)" + (id.empty() ? "" : "\"id\":\"" + id + "\",") +
           R"("identifier":[{"system":"http://ids","value":"1"}])" + extra + '}';
  };
  const std::string url = "/Patient?identifier=http://ids|1";
  BOOST_TEST(server.put(url, patient("mine", "")).status == 201);
  BOOST_TEST(server.get("/Patient/mine").status == 200);
  BOOST_TEST(server.put(url, patient("", R"(,"active":true)")).status == 200);
  BOOST_TEST(server.put(url, patient("mine", R"(,"active":true)")).status == 200);
  BOOST_TEST(server.put(url, patient("other", "")).status == 400);
  server.put("/Patient/taken", R"({"resourceType":"Patient","id":"taken"})");
  BOOST_TEST(server.put("/Patient?identifier=http://ids|2", patient("taken", "")).status == 409);
  server.post("/Patient", patient("", ""));
  BOOST_TEST(server.put(url, patient("", "")).status == 412);
}

BOOST_AUTO_TEST_CASE(a_rule_of_the_house_sees_what_was_and_what_will_be_and_can_refuse) {
  Services extra;
  extra.rule_types = {"Task"};
  extra.rule = [](const fhir::json::Value* before, const fhir::json::Value& after, const core::access::Caller&,
                  fhir::validate::Issues& issues) {
    if (before != nullptr && before->text("status") == "requested" && after.text("status") == "completed")
      issues.push_back(
          {fhir::validate::Severity::error, "business-rule", "Task.status", "closed by evidence only", ""});
  };
  Server server(extra);
  const auto task = [](std::string status) {
    return R"({"resourceType":"Task","id":"t","intent":"order","status":")" + status + "\"}";
  };
  BOOST_TEST(server.put("/Task/t", task("requested")).status == 201);
  BOOST_TEST(server.put("/Task/t", task("completed")).status == 422);
  BOOST_TEST(
      server.call("PATCH", "/Task/t", R"({"status":"completed"})", {{"Content-Type", "application/json"}}).status ==
      422);
  const Response bundled = server.post("", R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" +
                                               task("completed") + R"(,"request":{"method":"PUT","url":"Task/t"}}]})");
  BOOST_TEST(bundled.status == 422);
  BOOST_TEST(body(bundled).find("closed by evidence only") != std::string::npos);
  BOOST_TEST(server.put("/Task/t", task("accepted")).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
