#include "fhir/light/worklist.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/light/csv.hpp"
#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir;
using namespace fhir::light;
using rest::Response;

namespace {

const partner::Disclosure& disclosure() {
  static const partner::Disclosure table = [] {
    auto loaded = partner::Disclosure::load(PANELBRIDGE_SOURCE "/profiles");
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return std::move(*loaded);
  }();
  return table;
}

ListGround ground() {
  return {&disclosure(), {"Organization/town"}, [](const core::access::Caller& caller) {
            return caller.id == "community" ? caller.id : std::string();
          }};
}

struct Desk : rest::test::Server {
  Desk() {
    for (rest::Operation& operation : light_operations(ground())) api.add(std::move(operation));
    store_ok(
        "/Patient/p",
        R"({"resourceType":"Patient","id":"p","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"CANARY-BSN"}],)"
        R"("name":[{"family":"CANARY-FAMILY","given":["Anna"]}],"birthDate":"1950-01-01","telecom":[{"system":"phone","value":"+31612345678"}],)"
        R"("address":[{"text":"CANARY-ADDRESS"}]})");
    for (const std::string id : {"a", "b", "c"})
      store_ok(
          "/Task/" + id,
          R"({"resourceType":"Task","id":")" + id +
              R"(","status":"requested","intent":"order","code":{"text":"Visit"},"for":{"reference":"Patient/p"},)"
              R"("owner":{"reference":"Practitioner/1"},"description":"CANARY-WORDS","note":[{"text":"CANARY-NOTE"}]})");
    store_ok(
        "/Task/other",
        R"({"resourceType":"Task","id":"other","status":"requested","intent":"order","owner":{"reference":"Practitioner/2"}})");
  }
  void store_ok(const std::string& url, const std::string& body) {
    const Response response = put(url, body);
    BOOST_REQUIRE_MESSAGE(response.status < 300, rest::test::body(response));
  }
  Response send(const std::string& text, const std::string& query = {}) {
    return call("POST", "/$worklist-csv" + query, text, {{"Content-Type", "text/csv"}});
  }
  std::string status_of(const std::string& id) {
    return std::string(rest::test::parsed(get("/Task/" + id)).root().text("status"));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(worklist_csv)

BOOST_AUTO_TEST_CASE(the_list_has_the_open_tasks_of_the_owner) {
  Desk desk;
  const Response response = desk.get("/$worklist-csv?owner=Practitioner/1");
  BOOST_REQUIRE(response.status == 200);
  BOOST_TEST(rest::test::header(response, "Content-Type") == "text/csv; charset=utf-8");
  const auto table = read_table(rest::test::body(response));
  BOOST_REQUIRE(table.ok());
  BOOST_TEST(table->rows.size() == 3);
  BOOST_TEST(table->cell(0, "version") == "1");
  BOOST_TEST(table->cell(0, "what") == "Visit");
  BOOST_TEST(table->cell(0, "given") == "Anna");
  BOOST_TEST(rest::test::body(response).find("\"'+31612345678\"") != std::string::npos);
  BOOST_TEST(
      rest::test::body(desk.get("/$worklist-csv?owner=Practitioner/1&separator=;")).find("\"task_id\";\"version\"") !=
      std::string::npos);
  BOOST_TEST(desk.get("/$worklist-csv?owner=Practitioner/1&separator=x").status == 400);
  BOOST_TEST(desk.get("/$worklist-csv").status == 400);
  for (const std::string accept : {"text/csv", "*/*", "text/csv;q=0.9, text/html"})
    BOOST_TEST(desk.get("/$worklist-csv?owner=Practitioner/1", {{"Accept", accept}}).status == 200, accept);
  BOOST_TEST(desk.get("/$worklist-csv?owner=Practitioner/1&_format=text/csv").status == 200);
  BOOST_TEST(desk.get("/Task", {{"Accept", "text/csv"}}).status == 406);
  BOOST_TEST(desk.get("/$worklist-csv?owner=Practitioner/1&recipient=x").status == 400);
}

BOOST_AUTO_TEST_CASE(no_recipient_gets_more_than_its_row_of_the_table) {
  Desk desk;
  for (const std::string recipient : {"municipality", "practice", "community", "vendor"}) {
    const std::string text = rest::test::body(desk.get("/$worklist-csv?owner=Practitioner/1&recipient=" + recipient));
    BOOST_TEST(text.find("CANARY-BSN") == std::string::npos, recipient);
    BOOST_TEST(text.find("CANARY-NOTE") == std::string::npos, recipient);
    BOOST_TEST(text.find("CANARY-ADDRESS") == std::string::npos, recipient);
    BOOST_TEST((text.find("CANARY-WORDS") == std::string::npos) == (recipient != "municipality"), recipient);
    BOOST_TEST((text.find("CANARY-FAMILY") == std::string::npos) == (recipient == "community"), recipient);
  }
}

BOOST_AUTO_TEST_CASE(what_the_owner_is_decides_which_row) {
  Desk desk;
  const auto seen = [&](const std::string& owner, const std::string& caller = {}, const std::string& more = {}) {
    desk.store_ok(
        "/Task/a",
        R"({"resourceType":"Task","id":"a","status":"requested","intent":"order","for":{"reference":"Patient/p"},"description":"CANARY-WORDS","owner":{"reference":")" +
            owner + R"("}})");
    rest::Request request;
    request.method = "GET";
    request.path = "/$worklist-csv";
    request.query = "owner=" + owner + more;
    request.caller.id = caller;
    const Response response = desk.api.handle(request);
    if (response.status != 200) return std::to_string(response.status);
    const std::string text = rest::test::body(response);
    return std::string(text.find("CANARY-WORDS") != text.npos ? "words " : "") +
           (text.find("CANARY-FAMILY") != text.npos ? "family " : "") + (text.find("Anna") != text.npos ? "given" : "");
  };
  desk.store_ok(
      "/Organization/gp",
      R"({"resourceType":"Organization","id":"gp","type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/organization-type","code":"prov"}]}]})");
  desk.store_ok(
      "/Organization/city",
      R"({"resourceType":"Organization","id":"city","type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/organization-type","code":"govt"}]}]})");
  desk.store_ok("/Organization/club", R"({"resourceType":"Organization","id":"club","name":"Club"})");
  BOOST_TEST(seen("Practitioner/1") == "family given");
  BOOST_TEST(seen("Organization/gp") == "family given");
  BOOST_TEST(seen("Organization/city") == "words family given");
  BOOST_TEST(seen("Organization/town") == "words family given");  // a partner's
  BOOST_TEST(seen("Organization/club") == "given");
  BOOST_TEST(seen("Organization/unknown") == "given");
  BOOST_TEST(seen("Organization/city", "community") == "given");
  BOOST_TEST(seen("Organization/city", "community", "&recipient=operator") == "403");
  BOOST_TEST(seen("Organization/club", {}, "&recipient=practice") == "family given");
}

BOOST_AUTO_TEST_CASE(a_file_is_taken_back_whole) {
  Desk desk;
  const std::string file = "task_id,version,new_status,comment\na,1,accepted,called\nb,1,in-progress,\nc,1,,\n";
  const Response dry = desk.send(file, "?dryRun=true");
  BOOST_TEST(dry.status == 200);
  BOOST_TEST(rest::test::body(dry).find("2 of 3 rows would be taken") != std::string::npos);
  BOOST_TEST(desk.status_of("a") == "requested");
  const Response taken = desk.send(file);
  BOOST_TEST(taken.status == 200, rest::test::body(taken));
  BOOST_TEST(desk.status_of("a") == "accepted");
  BOOST_TEST(desk.status_of("b") == "in-progress");
  BOOST_TEST(desk.status_of("c") == "requested");
  BOOST_TEST(rest::test::body(desk.get("/Task/a")).find(R"("text":"called")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_stale_row_refuses_the_file_and_all_are_named) {
  Desk desk;
  BOOST_REQUIRE(desk.send("task_id,version,new_status\na,1,accepted\n").status == 200);
  const Response response = desk.send(
      "task_id,version,new_status\nb,1,accepted\na,1,rejected\nnone,1,accepted\nc,1,nonsense\nb,1,accepted\n");
  BOOST_TEST(response.status == 409);
  const std::string text = rest::test::body(response);
  for (const std::string line : {"Line 3", "Line 4", "Line 5", "Line 6"})
    BOOST_TEST(text.find(line) != std::string::npos, line);
  BOOST_TEST(desk.status_of("b") == "requested");
  BOOST_TEST(desk.send("task_id,new_status\nb,accepted\n").status == 400);
  BOOST_TEST(desk.send("task_id,version,new_status\nb,x,accepted\n").status == 422);
  BOOST_TEST(desk.call("POST", "/$worklist-csv", "x", {{"Content-Type", "application/json"}}).status == 415);
}

BOOST_AUTO_TEST_CASE(the_rules_of_the_house_hold_for_a_file_too) {
  rest::Services services;
  services.rule = [](const json::Value*, const json::Value& after, const core::access::Caller&,
                     validate::Issues& issues) {
    if (after.text("status") == "completed")
      issues.push_back({validate::Severity::error, "business-rule", "Task.status", "evidence closes it", {}});
  };
  rest::test::Server server(std::move(services));
  for (rest::Operation& operation : light_operations(ground())) server.api.add(std::move(operation));
  BOOST_REQUIRE(
      server.put("/Task/a", R"({"resourceType":"Task","id":"a","status":"requested","intent":"order"})").status == 201);
  const Response response = server.call("POST", "/$worklist-csv", "task_id,version,new_status\na,1,completed\n",
                                        {{"Content-Type", "text/csv"}});
  BOOST_TEST(response.status == 422);
  BOOST_TEST(rest::test::body(response).find("evidence closes it") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
