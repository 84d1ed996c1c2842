#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {
constexpr const char* patient =
    R"({"resourceType":"Patient","active":true,"name":[{"family":"Jansen","given":["Ella"]}]})";
}

BOOST_AUTO_TEST_SUITE(rest_read)

BOOST_AUTO_TEST_CASE(what_was_created_is_read_back_with_id_and_meta_first) {
  Server server;
  const Response created = server.post("/Patient", patient);
  BOOST_TEST_REQUIRE(created.status == 201);
  const std::string id = id_of(created);
  BOOST_TEST(header(created, "Location") == "http://test/fhir/Patient/" + id + "/_history/1");
  BOOST_TEST(header(created, "ETag") == "W/\"1\"");
  const Response found = server.get("/Patient/" + id);
  BOOST_TEST(found.status == 200);
  BOOST_TEST(header(found, "Content-Type") == "application/fhir+json; charset=utf-8");
  BOOST_TEST(body(found) == body(created));
  BOOST_TEST(body(found).starts_with(R"({"resourceType":"Patient","id":")" + id +
                                     R"(","meta":{"versionId":"1","lastUpdated":"2026-)"));
  BOOST_TEST(body(found).ends_with(R"("active":true,"name":[{"family":"Jansen","given":["Ella"]}]})"));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_404_what_was_deleted_410_and_an_unknown_type_404) {
  Server server;
  BOOST_TEST(server.get("/Patient/nobody").status == 404);
  BOOST_TEST(server.get("/Patent/1").status == 404);
  BOOST_TEST(server.get("/patient/1").status == 404);
  const std::string id = id_of(server.post("/Patient", patient));
  BOOST_TEST(server.call("DELETE", "/Patient/" + id).status == 204);
  const Response gone = server.get("/Patient/" + id);
  BOOST_TEST(gone.status == 410);
  BOOST_TEST(parsed(gone).root().text("resourceType") == "OperationOutcome");
}

BOOST_AUTO_TEST_CASE(an_id_of_64_characters_is_one_of_65_is_none) {
  Server server;
  const std::string id(64, 'a');
  BOOST_TEST(server.put("/Patient/" + id, R"({"resourceType":"Patient","id":")" + id + "\"}").status == 201);
  BOOST_TEST(server.get("/Patient/" + id).status == 200);
  BOOST_TEST(server.get("/Patient/" + id + "a").status == 400);
  BOOST_TEST(server.put("/Patient/" + id + "a", R"({"resourceType":"Patient","id":")" + id + "a\"}").status == 400);
  for (const char* odd : {"/Patient/a%20b", "/Patient/%C3%A9", "/Patient/a_b", "/Patient/%00", "/Patient/a%2Fb",
                          "/Patient/%zz", "/Patient/%FF"})
    BOOST_TEST(server.get(odd).status == 400, odd);
}

BOOST_AUTO_TEST_CASE(a_read_of_what_the_client_has_is_304) {
  Server server;
  const Response created = server.post("/Patient", patient);
  const std::string url = "/Patient/" + id_of(created);
  BOOST_TEST(server.get(url, {{"If-None-Match", "W/\"1\""}}).status == 304);
  BOOST_TEST(server.get(url, {{"If-None-Match", "\"7\", W/\"1\""}}).status == 304);
  BOOST_TEST(server.get(url, {{"If-None-Match", "W/\"2\""}}).status == 200);
  BOOST_TEST(server.get(url, {{"If-Modified-Since", header(created, "Last-Modified")}}).status == 304);
  BOOST_TEST(server.get(url, {{"If-Modified-Since", "Thu, 01 Jan 2015 00:00:00 GMT"}}).status == 200);
  const Response same = server.get(url, {{"If-None-Match", "W/\"1\""}});
  BOOST_TEST(!same.body);
  BOOST_TEST(header(same, "ETag") == "W/\"1\"");
}

BOOST_AUTO_TEST_CASE(head_answers_as_get_so_that_the_edge_can_tell_the_length) {
  Server server;
  const std::string url = "/Patient/" + id_of(server.post("/Patient", patient));
  const Response head = server.call("HEAD", url);
  BOOST_TEST(head.status == 200);
  BOOST_TEST(body(head) == body(server.get(url)));
  BOOST_TEST(header(head, "ETag") == "W/\"1\"");
}

BOOST_AUTO_TEST_CASE(a_read_with_a_parameter_that_it_has_not_is_refused_when_strict) {
  Server server;
  const std::string url = "/Patient/" + id_of(server.post("/Patient", patient));
  BOOST_TEST(server.get(url + "?gender=male").status == 200);
  BOOST_TEST(server.get(url + "?gender=male", {{"Prefer", "handling=strict"}}).status == 400);
  BOOST_TEST(server.get(url + "/_history/1?gender=male", {{"Prefer", "handling=strict"}}).status == 400);
  BOOST_TEST(server.get(url + "?_elements=gender&_pretty=true", {{"Prefer", "handling=strict"}}).status == 200);
}

BOOST_AUTO_TEST_CASE(quick_reads_are_the_same_bytes_and_never_stale) {
  Server server;
  const std::string id = id_of(server.post("/Patient", patient));
  Request request;
  request.method = "GET";
  request.path = "/Patient/" + id;
  for (int version = 1; version <= 4; ++version) {
    for (int again = 0; again < 3; ++again) {
      const auto quick = server.api.quick(request);
      BOOST_TEST_REQUIRE(quick.has_value());
      BOOST_TEST(header(*quick, "ETag") == "W/\"" + std::to_string(version) + '"');
      BOOST_TEST(body(*quick) == body(server.get(request.path)));
    }
    Request same = request;
    same.headers = {{"If-None-Match", "W/\"" + std::to_string(version) + '"'}};
    BOOST_TEST(server.api.quick(same)->status == 304);
    BOOST_TEST(server.put(request.path, R"({"resourceType":"Patient","id":")" + id + "\"}").status == 200);
  }
  server.call("DELETE", request.path);
  BOOST_TEST(server.api.quick(request)->status == 410);
}

BOOST_AUTO_TEST_CASE(a_version_is_read_by_its_number) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","gender":"male"})");
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","gender":"female"})");
  server.call("DELETE", "/Patient/a");
  BOOST_TEST(parsed(server.get("/Patient/a/_history/1")).root().text("gender") == "male");
  BOOST_TEST(parsed(server.get("/Patient/a/_history/2")).root().text("gender") == "female");
  BOOST_TEST(server.get("/Patient/a/_history/3").status == 410);
  BOOST_TEST(server.get("/Patient/a/_history/4").status == 404);
  BOOST_TEST(server.get("/Patient/a/_history/01").status == 404);
  BOOST_TEST(server.get("/Patient/a/_history/x").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
