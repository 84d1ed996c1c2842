#include "fhir/rest/contained_search.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

void fill(Server& server, int patients) {
  server.put("/Organization/o", R"({"resourceType":"Organization","id":"o","name":"Org"})");
  for (int i = 0; i < patients; ++i) {
    const std::string id = "p" + std::to_string(i);
    server.put("/Patient/" + id, R"({"resourceType":"Patient","id":")" + id + R"(","gender":")" +
                                     (i % 2 ? "male" : "female") +
                                     R"(","managingOrganization":{"reference":"Organization/o"},"name":[{"family":"F)" +
                                     std::to_string(i) + R"("}]})");
  }
}

std::vector<std::string> all_pages(Server& server, std::string url, std::string_view mode = "match") {
  std::vector<std::string> out;
  for (int page = 0; page < 100 && !url.empty(); ++page) {
    const Response response = server.get(below(url));
    for (std::string& id : ids(response, mode)) out.push_back(std::move(id));
    url = link(response, "next");
  }
  return out;
}

std::size_t total(const Response& response) { return std::stoul(std::string(parsed(response).root().text("total"))); }

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_contained_search)

BOOST_AUTO_TEST_CASE(contained_resources_are_found_with_their_container_or_alone) {
  Server server;
  const auto order = [&](const std::string& id, const std::string& code, const std::string& maker) {
    server.put("/MedicationRequest/" + id, R"({"resourceType":"MedicationRequest","id":")" + id + R"(","status":"active","intent":"order",
      "contained":[{"resourceType":"Organization","id":"org","name":")" + maker + R"("},
        {"resourceType":"Medication","id":"med","code":{"coding":[{"system":"urn:rx","code":")" + code +
        R"("}]},"manufacturer":{"reference":"#org"}},{"resourceType":"Medication","id":"other","code":{"text":"o"},"manufacturer":{"reference":"Organization/o"}}],
      "medicationReference":{"reference":"#med"},"subject":{"reference":"Patient/p0"}})");
  };
  fill(server, 1);
  order("m1", "a", "Maker");
  order("m2", "b", "Baker");
  server.put("/Medication/free", R"({"resourceType":"Medication","id":"free","code":{"coding":[{"system":"urn:rx","code":"a"}]}})");
  BOOST_TEST(ids(server.get("/Medication?code=a")) == std::vector<std::string>{"free"});
  BOOST_TEST(ids(server.get("/Medication?code=a&_contained=false")) == std::vector<std::string>{"free"});
  BOOST_TEST(ids(server.get("/Medication?code=a&_contained=true")) == std::vector<std::string>{"m1"});
  BOOST_TEST(ids(server.get("/Medication?code=a&_contained=both")) == (std::vector<std::string>{"free", "m1"}), boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Medication?_contained=true")) == (std::vector<std::string>{"m1", "m2"}), boost::test_tools::per_element());
  const Response alone = server.get("/Medication?code=a&_contained=both&_containedType=contained");
  BOOST_TEST(ids(alone) == (std::vector<std::string>{"free", "med"}), boost::test_tools::per_element());
  const auto bundle = parsed(alone);
  BOOST_TEST(bundle.root()["entry"][1].text("fullUrl") == "http://test/fhir/MedicationRequest/m1#med");
  BOOST_TEST(bundle.root()["entry"][1]["resource"].text("resourceType") == "Medication");
  // Two conditions hold for one contained resource, not one for each.
  BOOST_TEST(ids(server.get("/Medication?code=a&manufacturer.name=maker&_contained=true")).size() == 1U);
  BOOST_TEST(ids(server.get("/Medication?code=a&manufacturer.name=org&_contained=true")).empty());
  BOOST_TEST(ids(server.get("/Medication?manufacturer.name=org&_contained=true&_containedType=contained")) == (std::vector<std::string>{"other", "other"}), boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Medication?_id=other&_contained=true")).size() == 2U);
  BOOST_TEST(ids(server.get("/?_type=Organization&_contained=true&name=baker")) == std::vector<std::string>{"m2"});
  BOOST_TEST(total(server.get("/Medication?_contained=both&_summary=count")) == 3U);
  const auto pages = all_pages(server, "/Medication?_contained=true&_containedType=contained&_count=1");
  BOOST_TEST(pages == (std::vector<std::string>{"med", "other", "med", "other"}), boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Medication?code=a&_contained=true&_containedType=contained&_include=Medication:manufacturer"), "include").empty());
  BOOST_TEST(ids(server.get("/Medication?_id=other&_contained=true&_containedType=contained&_include=Medication:manufacturer"), "include") == std::vector<std::string>{"o"});
  server.call("DELETE", "/MedicationRequest/m1");
  BOOST_TEST(ids(server.get("/Medication?code=a&_contained=true")).empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_asked_of_contained_resources_is_refused_by_name) {
  Server server;
  fill(server, 1);
  for (const char* more : {"_sort=name", "_revinclude=Patient:organization", "_has:Patient:organization:gender=male", "_text=a", "_list=1"})
    BOOST_TEST(server.get("/Organization?_contained=true&" + std::string(more)).status == 400, more);
  BOOST_TEST(server.get("/Patient/p0/Observation?_contained=true").status == 400);
  BOOST_TEST(server.get("/Patient?_contained=maybe").status == 400);
  BOOST_TEST(server.get("/Patient?_containedType=maybe").status == 400);
  BOOST_TEST(server.call("DELETE", "/Organization?name=org&_contained=both").status == 400);
  BOOST_TEST(ids(server.get("/Organization")).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
