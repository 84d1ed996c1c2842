#include <boost/test/unit_test.hpp>
#include <deque>

#include "fhir/rest/async.hpp"
#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

struct World {
  std::deque<std::function<void()>> waiting;
  Server server{[this] {
    Services services;
    services.later = [this](std::function<void()> work) {
      if (waiting.size() >= 20) return false;
      waiting.push_back(std::move(work));
      return true;
    };
    return services;
  }()};
  void run_all() {
    for (; !waiting.empty(); waiting.pop_front()) waiting.front()();
  }
};

const std::vector<Header> async = {{"Prefer", "respond-async"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_async)

BOOST_AUTO_TEST_CASE(a_search_is_fetched_later) {
  World world;
  world.server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","gender":"male"})");
  const Response begun = world.server.get("/Patient?gender=male", async);
  BOOST_TEST_REQUIRE(begun.status == 202);
  const std::string place = below(header(begun, "Content-Location"));
  BOOST_TEST_REQUIRE(place.starts_with("/_async/"));
  const Response early = world.server.get(place);
  BOOST_TEST(early.status == 202);
  BOOST_TEST(header(early, "X-Progress") == "running");
  world.run_all();
  const auto bundle = parsed(world.server.get(place));
  BOOST_TEST(bundle.root().text("type") == "batch-response");
  const auto& entry = bundle.root()["entry"][0];
  BOOST_TEST(entry["response"].text("status") == "200 OK");
  BOOST_TEST(entry["resource"]["entry"][0]["resource"].text("id") == "a");
  BOOST_TEST(world.server.get(place).status == 200);
  BOOST_TEST(world.server.call("DELETE", place).status == 202);
  BOOST_TEST(world.server.get(place).status == 404);
}

BOOST_AUTO_TEST_CASE(a_failing_search_tells_so_in_its_answer_and_a_cancelled_one_has_none) {
  World world;
  const std::string wrong = below(header(world.server.get("/Patient?_count=x", async), "Content-Location"));
  const std::string cancelled = below(header(world.server.post("/Patient/_search", "gender=male",
                                                               {{"Prefer", "respond-async"},
                                                                {"Content-Type", "application/x-www-form-urlencoded"}}),
                                             "Content-Location"));
  BOOST_TEST_REQUIRE(!cancelled.empty());
  BOOST_TEST(world.server.call("DELETE", cancelled).status == 202);
  world.run_all();
  const auto bundle = parsed(world.server.get(wrong));
  BOOST_TEST(bundle.root()["entry"][0]["response"].text("status") == "400 Bad Request");
  BOOST_TEST(!bundle.root()["entry"][0]["response"]["outcome"]["issue"][0].text("diagnostics").empty());
  BOOST_TEST(world.server.get(cancelled).status == 404);
}

BOOST_AUTO_TEST_CASE(only_so_many_run_and_another_caller_sees_nothing) {
  World world;
  std::string place;
  for (std::size_t i = 0; i < AsyncJobs::most_running; ++i) {
    const Response begun = world.server.get("/Patient", async);
    BOOST_TEST(begun.status == 202);
    place = below(header(begun, "Content-Location"));
  }
  BOOST_TEST(world.server.get("/Patient", async).status == 503);
  BOOST_TEST(world.server.get("/Patient").status == 200);
  Request other;
  other.method = "GET";
  other.path = place;
  other.caller.id = "somebody else";
  BOOST_TEST(world.server.api.handle(other).status == 404);
  world.run_all();
  BOOST_TEST(world.server.get("/Patient", async).status == 202);
}

BOOST_AUTO_TEST_CASE(the_answer_is_as_the_one_who_fetches_it_wishes) {
  World world;
  const std::string place = below(header(world.server.get("/Patient?_format=xml&_pretty=true", async), "Content-Location"));
  world.run_all();
  BOOST_TEST(parsed(world.server.get(place)).root()["entry"][0]["resource"].text("type") == "searchset");
  BOOST_TEST(body(world.server.get(place, {{"Accept", "application/fhir+xml"}})).find("<Bundle") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_threads_the_preference_is_a_wish_that_is_not_met) {
  Server server;
  BOOST_TEST(server.get("/Patient", async).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
