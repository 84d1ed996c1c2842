#include "fhir/rest/search_condition.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

void task(Server& server, const std::string& id, const std::string& status = "requested") {
  BOOST_REQUIRE(server.put("/Task/" + id, R"({"resourceType":"Task","id":")" + id + R"(","status":")" + status +
                                              R"(","intent":"order","owner":{"reference":"Practitioner/1"}})")
                    .status < 300);
}

Response again(Server& server, const std::string& url, const std::string& tag, bool quick) {
  Request request;
  request.method = "GET";
  request.path = url.substr(0, url.find('?'));
  request.query = url.substr(url.find('?') + 1);
  request.headers = {{"If-None-Match", tag}};
  if (!quick) return server.api.handle(request);
  auto answer = server.api.quick(request);
  return answer ? *answer : server.api.handle(request);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(search_condition)

BOOST_AUTO_TEST_CASE(a_search_is_not_sent_again_until_something_it_depends_on_changes) {
  Server server;
  const std::string url = "/Task?owner=Practitioner/1";
  task(server, "a");
  const std::string tag = header(server.get(url), "ETag");
  BOOST_TEST(tag.starts_with("W/\"q"));
  BOOST_TEST(header(server.get(url), "ETag") == tag);
  for (const bool quick : {false, true}) {
    const Response same = again(server, url, tag, quick);
    BOOST_TEST(same.status == 304);
    BOOST_TEST(header(same, "ETag") == tag);
    BOOST_TEST(again(server, url, "\"x\", " + tag, quick).status == 304);
    BOOST_TEST(again(server, url, "W/\"1\"", quick).status == 200);
  }
  BOOST_REQUIRE(server.put("/Organization/o", R"({"resourceType":"Organization","id":"o","name":"O"})").status == 201);
  BOOST_TEST(again(server, url, tag, true).status == 304);
  task(server, "a", "accepted");
  BOOST_TEST(again(server, url, tag, true).status == 200);
  BOOST_TEST(again(server, url, tag, false).status == 200);
  const std::string later = header(server.get(url), "ETag");
  BOOST_TEST(later != tag);
  BOOST_REQUIRE(server.call("DELETE", "/Task/a").status < 300);
  BOOST_TEST(again(server, url, later, true).status == 200);
}

BOOST_AUTO_TEST_CASE(an_included_type_counts_too) {
  Server server;
  task(server, "a");
  const std::string url = "/Task?owner=Practitioner/1&_include=Task:patient";
  const std::string tag = header(server.get(url), "ETag");
  BOOST_REQUIRE(server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})").status == 201);
  BOOST_TEST(again(server, url, tag, true).status == 200);
}

BOOST_AUTO_TEST_CASE(pages_that_are_gone_are_not_called_unchanged) {
  Server server;
  for (const std::string id : {"a", "b", "c"}) task(server, id);
  const std::string url = "/Task?owner=Practitioner/1&_count=2";
  const std::string tag = header(server.get(url), "ETag");
  BOOST_TEST(tag.find('.') != std::string::npos);
  BOOST_TEST(again(server, url, tag, true).status == 304);
  server.clock.skip(16 * 60 * 1000);
  BOOST_TEST(again(server, url, tag, true).status == 200);
}

BOOST_AUTO_TEST_CASE(an_incremental_search_goes_on_where_it_was_whatever_the_instants) {
  Server server;
  task(server, "a");
  task(server, "b");
  const std::string first = "/Task?owner=Practitioner/1&_lastUpdated=ge2020-01-01";
  const Response all = server.get(first);
  BOOST_TEST(ids(all).size() == 2);
  const std::string on = below(link(all, "self"));
  BOOST_TEST(on.find("_continue=s") != std::string::npos);
  BOOST_TEST(ids(server.get(on)).empty());
  task(server, "b", "accepted");
  task(server, "c");
  const Response news = server.get(on);
  BOOST_TEST(ids(news) == (std::vector<std::string>{"b", "c"}), boost::test_tools::per_element());
  BOOST_TEST(ids(server.get(below(link(news, "self")))).empty());
  BOOST_TEST(link(server.get("/Task?owner=Practitioner/1"), "self").find("_continue") == std::string::npos);
  for (const std::string bad : {"17", "s", "sx", "s-1", "s99999999999999999999"})
    BOOST_TEST(server.get("/Task?_continue=" + bad).status == 400, bad);
}

BOOST_AUTO_TEST_SUITE_END()
