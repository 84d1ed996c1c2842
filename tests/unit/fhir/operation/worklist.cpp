#include <boost/test/unit_test.hpp>
#include <map>

#include "fhir/operation/desk.hpp"
#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir;
using rest::Response;

namespace {

struct Floor : rest::test::Server {
  Floor() {
    desk.store = store.get();
    desk.index = &rest::test::index();
    desk.clock = &clock;
    desk.base_url = "http://test/fhir";
    for (rest::Operation& operation : operation::panel_operations(desk))
      if (operation.name == "worklist") api.add(std::move(operation));
    for (int person = 0; person < 5; ++person) {
      const std::string id = std::to_string(person);
      ok("/Patient/p" + id, R"({"resourceType":"Patient","id":"p)" + id + R"("})");
      for (int item = 0; item < 3; ++item) task("t" + id + std::to_string(item), "p" + id, 10 * item + person);
    }
  }
  void ok(const std::string& url, const std::string& body) {
    const Response response = put(url, body);
    BOOST_REQUIRE_MESSAGE(response.status < 300, rest::test::body(response));
  }
  void task(const std::string& id, const std::string& person, int rank) {
    const std::string house = "https://w3id.org/panelbridge/fhir";
    ok("/Task/" + id, R"({"resourceType":"Task","id":")" + id + R"(","identifier":[{"system":")" + house +
                          R"(/gap","value":")" + id + R"("}],"extension":[{"url":")" + house +
                          R"(/StructureDefinition/rank","valueInteger":)" + std::to_string(rank) +
                          R"(}],"status":"requested","intent":"proposal","for":{"reference":"Patient/)" + person +
                          R"("},"owner":{"reference":"Practitioner/1"}})");
  }
  operation::Desk desk;
};

std::string below(const std::string& url) { return url.substr(url.find("/$worklist")); }

// "t00" ... as they stand, and who is included.
struct Page {
  std::vector<std::string> tasks, people;
  std::string next, total;
};
Page page_of(const Response& response) {
  Page page;
  BOOST_REQUIRE_MESSAGE(response.status == 200, rest::test::body(response));
  const json::Document bundle = rest::test::parsed(response);
  page.total = bundle.root().text("total");
  for (const json::Value& link : bundle.root()["link"].elements())
    if (link.text("relation") == "next") page.next = below(std::string(link.text("url")));
  for (const json::Value& entry : bundle.root()["entry"].elements())
    (entry["search"].text("mode") == "match" ? page.tasks : page.people).emplace_back(entry["resource"].text("id"));
  return page;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(worklist)

BOOST_AUTO_TEST_CASE(pages_follow_each_other_and_no_person_is_cut_in_two) {
  Floor floor;
  std::vector<std::string> tasks, people;
  int pages = 0;
  for (std::string url = "/$worklist?owner=Practitioner/1&_count=7"; !url.empty(); ++pages) {
    const Page page = page_of(floor.get(url));
    BOOST_TEST(page.total == "15");
    BOOST_TEST(page.tasks.size() == 3 * page.people.size());
    BOOST_TEST(page.tasks.size() <= 7U);
    tasks.insert(tasks.end(), page.tasks.begin(), page.tasks.end());
    people.insert(people.end(), page.people.begin(), page.people.end());
    url = page.next;
  }
  BOOST_TEST(pages == 3);
  BOOST_TEST(people == (std::vector<std::string>{"p0", "p1", "p2", "p3", "p4"}), boost::test_tools::per_element());
  BOOST_TEST(tasks == page_of(floor.get("/$worklist?owner=Practitioner/1")).tasks, boost::test_tools::per_element());
  BOOST_TEST(page_of(floor.get("/$worklist?owner=Practitioner/1&_count=1")).tasks.size() == 3U);
  BOOST_TEST(page_of(floor.get("/$worklist?owner=Practitioner/1&_count=0")).tasks.empty());
  BOOST_TEST(floor.get("/$worklist?owner=Practitioner/1&_count=x").status == 400);
}

BOOST_AUTO_TEST_CASE(later_pages_show_what_the_first_one_found_and_only_to_its_caller) {
  Floor floor;
  const Page first = page_of(floor.get("/$worklist?owner=Practitioner/1&_count=6"));
  floor.task("t20", "p2", 1);
  floor.task("t99", "p0", 0);
  BOOST_REQUIRE(floor.call("DELETE", "/Task/t30").status < 300);
  const Response second = floor.get(first.next);
  const Page page = page_of(second);
  BOOST_TEST(page.tasks == (std::vector<std::string>{"t20", "t21", "t22", "t30", "t31", "t32"}),
             boost::test_tools::per_element());
  BOOST_TEST(rest::test::body(second).find(R"("versionId":"2")") == std::string::npos);
  rest::Request request;
  request.method = "GET";
  request.path = "/$worklist";
  request.query = first.next.substr(first.next.find('?') + 1);
  request.caller.id = "somebody";
  BOOST_TEST(floor.api.handle(request).status == 410);
  BOOST_TEST(floor.get(first.next.substr(0, first.next.rfind('.')) + ".99").status == 410);
  floor.clock.skip(16 * 60 * 1000);
  BOOST_TEST(floor.get(first.next).status == 410);
}

BOOST_AUTO_TEST_SUITE_END()
