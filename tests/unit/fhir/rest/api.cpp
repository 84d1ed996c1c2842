#include "fhir/rest/api.hpp"

#include <boost/test/unit_test.hpp>

#include "fhir/rest/header.hpp"
#include "fhir/rest/identity.hpp"
#include "fhir/rest/routes.hpp"
#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

BOOST_AUTO_TEST_SUITE(rest_api)

BOOST_AUTO_TEST_CASE(options_and_405_say_what_a_path_allows) {
  Server server;
  const Response options = server.call("OPTIONS", "/Patient/1", {}, {{"Origin", "http://app"}});
  BOOST_TEST(options.status == 204);
  BOOST_TEST(header(options, "Allow") == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
  BOOST_TEST(header(options, "Access-Control-Allow-Origin") == "*");
  BOOST_TEST(header(options, "Access-Control-Allow-Methods").find("PATCH") != std::string::npos);
  const Response refused = server.call("POST", "/Patient/1", "{}");
  BOOST_TEST(refused.status == 405);
  BOOST_TEST(header(refused, "Allow") == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
  BOOST_TEST(server.call("DELETE", "/metadata").status == 405);
  BOOST_TEST(server.call("BREW", "/Patient/1").status == 405);
  BOOST_TEST(server.get("/Patient/1/a/b/c/d/e").status == 404);
}

BOOST_AUTO_TEST_CASE(browsers_are_told_what_they_may_see_and_a_request_id_comes_back) {
  Server server;
  const Response plain = server.get("/metadata");
  BOOST_TEST(header(plain, "Access-Control-Allow-Origin").empty());
  const Response response = server.get("/metadata", {{"Origin", "http://app"}, {"X-Request-Id", "abc-1"}});
  BOOST_TEST(header(response, "Access-Control-Expose-Headers").find("ETag") != std::string::npos);
  BOOST_TEST(header(response, "X-Request-Id") == "abc-1");
  BOOST_TEST(header(server.get("/metadata", {{"X-Request-Id", "a\r\nb"}}), "X-Request-Id").empty());
}

BOOST_AUTO_TEST_CASE(pretty_answers_are_indented_and_equal) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const Response pretty = server.get("/Patient/a?_pretty=true");
  BOOST_TEST(body(pretty).find("\n  \"resourceType\"") != std::string::npos);
  BOOST_TEST(fhir::json::equal(parsed(pretty).root(), parsed(server.get("/Patient/a")).root()));
}

BOOST_AUTO_TEST_CASE(every_error_is_an_operation_outcome) {
  Server server;
  for (const Response& response : {server.get("/Patient/x"), server.get("/X"), server.post("/Patient", "{"),
                                   server.call("POST", "/metadata", "{}"), server.get("/Patient?_count=x"),
                                   server.get("/Patient", {{"Accept", "text/turtle"}}), server.get("/a/b/c/d/e/f/g")}) {
    const auto outcome = parsed(response);
    BOOST_TEST(response.status >= 400);
    BOOST_TEST(outcome.root().text("resourceType") == "OperationOutcome");
    BOOST_TEST(!outcome.root()["issue"][0].text("diagnostics").empty());
    BOOST_TEST(header(response, "Content-Type") == "application/fhir+json; charset=utf-8");
  }
}

BOOST_AUTO_TEST_CASE(binaries_are_taken_and_given_raw_or_as_resources) {
  Server server;
  const std::string bytes("\x00\xff%PDF", 6);
  const Response created = server.post("/Binary", bytes, {{"Content-Type", "application/pdf"}});
  BOOST_TEST_REQUIRE(created.status == 201);
  const std::string url = "/Binary/" + id_of(created);
  const Response raw = server.get(url, {{"Accept", "application/pdf"}});
  BOOST_TEST(header(raw, "Content-Type") == "application/pdf");
  BOOST_TEST(body(raw) == bytes);
  BOOST_TEST(parsed(server.get(url)).root().text("contentType") == "application/pdf");
  BOOST_TEST(server.put("/Binary/b", "text", {{"Content-Type", "text/plain"}}).status == 201);
  BOOST_TEST(body(server.get("/Binary/b", {{"Accept", "text/plain"}})) == "text");
  server.put("/Binary/c", "text", {{"Content-Type", "text/plain"}, {"X-Security-Context", "Patient/p"}});
  BOOST_TEST(parsed(server.get("/Binary/c")).root()["securityContext"].text("reference") == "Patient/p");
  BOOST_TEST(header(server.get("/Binary/c", {{"Accept", "text/plain"}}), "X-Security-Context") == "Patient/p");
}

BOOST_AUTO_TEST_CASE(dates_and_tags_of_http_are_read_as_they_are_written) {
  const core::Instant instant{1'795'500'010'000};
  BOOST_TEST(http_date(instant) == "Tue, 24 Nov 2026 06:00:10 GMT");
  BOOST_TEST(instant_from_http_date(http_date(instant))->ms == instant.ms);
  BOOST_TEST(!instant_from_http_date("Tue, 31 Feb 2026 06:00:10 GMT"));
  BOOST_TEST(!instant_from_http_date("yesterday"));
  BOOST_TEST(version_from_etag("W/\"3\"").value() == 3);
  BOOST_TEST(version_from_etag("\"3\"").value() == 3);
  BOOST_TEST(!version_from_etag("W/\"x\""));
  BOOST_TEST(!version_from_etag("W/\"0\""));
}

BOOST_AUTO_TEST_CASE(ids_given_are_ids_in_the_order_of_time) {
  const std::string earlier = new_id({1000}), later = new_id({2000});
  BOOST_TEST(is_id(earlier));
  BOOST_TEST(earlier < later);
  BOOST_TEST(earlier.size() == 36U);
  BOOST_TEST(new_id({1000}) != new_id({1000}));
  BOOST_TEST(new_token() != new_token());
}

BOOST_AUTO_TEST_CASE(a_stamp_stands_first_in_meta) {
  for (const char* meta : {"", R"("meta":{"source":"x"},)"}) {
    auto document =
        fhir::json::parse(R"({"resourceType":"Patient",)" + std::string(meta) + R"("id":"a","active":true})");
    const Stored stored = stored_form(document->root(), "a");
    const auto stamped = fhir::json::parse(stamp(stored.body, stored.stamp_at, 7, {0}));
    BOOST_TEST_REQUIRE(stamped.ok());
    BOOST_TEST(stamped->root()["meta"].text("versionId") == "7");
    BOOST_TEST(stamped->root()["meta"].text("lastUpdated") == "1970-01-01T00:00:00.000Z");
    BOOST_TEST((stamped->root()["meta"].text("source") == "x") == (*meta != 0));
  }
}

BOOST_AUTO_TEST_SUITE_END()
