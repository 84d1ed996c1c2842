#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

std::vector<std::string> etags(const Response& response) {
  std::vector<std::string> out;
  const auto bundle = parsed(response);
  for (const auto& entry : bundle.root()["entry"].elements()) out.emplace_back(entry["response"].text("etag"));
  return out;
}

void three_versions_and_a_delete(Server& server) {
  for (int i = 0; i < 3; ++i) server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  server.call("DELETE", "/Patient/a");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_history)

BOOST_AUTO_TEST_CASE(an_instance_shows_its_versions_newest_first_a_delete_included) {
  Server server;
  three_versions_and_a_delete(server);
  const Response history = server.get("/Patient/a/_history");
  BOOST_TEST(history.status == 200);
  const auto bundle = parsed(history);
  BOOST_TEST(bundle.root().text("type") == "history");
  BOOST_TEST(bundle.root().text("total") == "4");
  BOOST_TEST(etags(history) == (std::vector<std::string>{"W/\"4\"", "W/\"3\"", "W/\"2\"", "W/\"1\""}),
             boost::test_tools::per_element());
  const auto& entries = bundle.root()["entry"];
  BOOST_TEST(entries[0]["request"].text("method") == "DELETE");
  BOOST_TEST(entries[0].find("resource") == nullptr);
  BOOST_TEST(entries[1]["request"].text("method") == "PUT");
  BOOST_TEST(entries[3]["request"].text("method") == "POST");
  BOOST_TEST(entries[3]["resource"]["meta"].text("versionId") == "1");
  BOOST_TEST(server.get("/Patient/b/_history").status == 404);
}

BOOST_AUTO_TEST_CASE(pages_of_a_history_neither_repeat_nor_hide_a_version) {
  Server server;
  three_versions_and_a_delete(server);
  const Response first = server.get("/Patient/a/_history?_count=3");
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const Response second = server.get(below(link(first, "next")));
  BOOST_TEST(etags(first) == (std::vector<std::string>{"W/\"4\"", "W/\"3\"", "W/\"2\""}),
             boost::test_tools::per_element());
  BOOST_TEST(etags(second) == (std::vector<std::string>{"W/\"1\""}), boost::test_tools::per_element());
  BOOST_TEST(link(second, "next").empty());
}

BOOST_AUTO_TEST_CASE(since_and_at_choose_by_time) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  server.clock.skip(3'600'000);
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","active":true})");
  const auto second = parsed(server.get("/Patient/a"));
  const std::string updated(second.root()["meta"].text("lastUpdated"));
  server.clock.skip(3'600'000);
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","active":false})");
  BOOST_TEST(
      etags(server.get("/Patient/a/_history?_since=" + updated)) == (std::vector<std::string>{"W/\"3\"", "W/\"2\""}),
      boost::test_tools::per_element());
  BOOST_TEST(etags(server.get("/Patient/a/_history?_at=" + updated)) == (std::vector<std::string>{"W/\"2\""}),
             boost::test_tools::per_element());
  BOOST_TEST(etags(server.get("/Patient/a/_history?_at=2020")).empty());
  BOOST_TEST(etags(server.get("/Patient/a/_history?_at=2026")).size() == 3U);
  BOOST_TEST(server.get("/Patient/a/_history?_since=banana").status == 400);
}

BOOST_AUTO_TEST_CASE(a_zone_with_a_plus_that_was_not_encoded_is_understood) {
  Server server;
  three_versions_and_a_delete(server);
  BOOST_TEST(etags(server.get("/Patient/a/_history?_since=2020-01-01T00:00:00+02:00")).size() == 4U);
}

BOOST_AUTO_TEST_CASE(what_a_history_cannot_do_is_refused_not_dropped) {
  Server server;
  three_versions_and_a_delete(server);
  for (const char* parameter : {"_list=1", "_sort=_lastUpdated", "_type=Patient"})
    BOOST_TEST(server.get("/_history?" + std::string(parameter)).status == 400, parameter);
  BOOST_TEST(server.get("/Patient/a/_history?gender=male").status == 200);
  BOOST_TEST(server.get("/Patient/a/_history?gender=male", {{"Prefer", "handling=strict"}}).status == 400);
  BOOST_TEST(server.get("/Patient/_history?_summary=count").status == 400);
}

BOOST_AUTO_TEST_CASE(a_summary_of_count_is_the_number_of_versions_alone) {
  Server server;
  three_versions_and_a_delete(server);
  const Response counted = server.get("/Patient/a/_history?_summary=count");
  BOOST_TEST(parsed(counted).root().text("total") == "4");
  BOOST_TEST(etags(counted).empty());
}

BOOST_AUTO_TEST_CASE(versions_that_were_erased_are_not_counted) {
  Server server;
  three_versions_and_a_delete(server);
  BOOST_TEST(server.post("/Patient/a/$erase", "").status == 200);
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  BOOST_TEST(parsed(server.get("/Patient/a/_history")).root().text("total") == "1");
}

BOOST_AUTO_TEST_CASE(a_type_and_the_system_have_histories_too) {
  Server server;
  three_versions_and_a_delete(server);
  server.put("/Group/g", R"({"resourceType":"Group","id":"g","type":"person","actual":true})");
  BOOST_TEST(etags(server.get("/Patient/_history")).size() == 4U);
  BOOST_TEST(etags(server.get("/Group/_history")).size() == 1U);
  BOOST_TEST(etags(server.get("/_history")).size() == 5U);
  std::string url = "/_history?_count=2";
  std::size_t seen = 0;
  for (int page = 0; page < 9 && !url.empty(); ++page) {
    const Response response = server.get(url);
    seen += etags(response).size();
    url = below(link(response, "next"));
  }
  BOOST_TEST(seen == 5U);
}

BOOST_AUTO_TEST_SUITE_END()
