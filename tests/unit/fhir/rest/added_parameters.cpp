// Search parameters that come at run time, and rows made anew.
#include "fhir/rest/added_parameters.hpp"

#include <boost/test/unit_test.hpp>
#include <deque>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

// Work for later waits here until a test runs it.
struct World {
  std::deque<std::function<void()>> waiting;
  fhir::search::Index index{definitions(), {.base_url = "http://test/fhir"}};
  Server server;

  explicit World(bool threads = true) : server(extra(threads)) {}
  Services extra(bool threads) {
    Services services;
    services.index = services.adjustable = &index;
    if (threads)
      services.later = [this](std::function<void()> work) {
        waiting.push_back(std::move(work));
        return true;
      };
    return services;
  }
  void run_one() {
    auto work = std::move(waiting.front());
    waiting.pop_front();
    work();
  }
  void run_all() {
    while (!waiting.empty()) run_one();
  }
};

const std::string eye = R"({"resourceType":"SearchParameter","id":"eye","url":"http://x/eye","name":"eye","status":"active","description":"d",
  "code":"eye-color","base":["Patient"],"type":"token","expression":"Patient.extension('http://x/eye').value"})";
std::string patient(const std::string& id, const std::string& color) {
  return R"({"resourceType":"Patient","id":")" + id + R"(","extension":[{"url":"http://x/eye","valueCode":")" + color + R"("}]})";
}
std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}
const std::vector<Header> strict = {{"Prefer", "handling=strict"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_added_parameters)

BOOST_AUTO_TEST_CASE(a_parameter_is_indexed_in_the_background_and_refused_with_its_progress_until_then) {
  World world;
  Server& server = world.server;
  for (int i = 0; i < 3'000; ++i) server.put("/Patient/p" + std::to_string(i), patient("p" + std::to_string(i), i % 1000 ? "brown" : "blue"));
  BOOST_TEST(server.get("/Patient?eye-color=blue", strict).status == 400);
  BOOST_TEST_REQUIRE(server.put("/SearchParameter/eye", eye).status == 201);
  const Response early = server.get("/Patient?eye-color=blue");
  BOOST_TEST(early.status == 400);
  BOOST_TEST(body(early).find("being indexed (0 %)") != std::string::npos, body(early));
  BOOST_TEST(body(server.get("/metadata")).find("eye-color") == std::string::npos);
  world.run_one();
  const std::string half = body(server.get("/Patient?eye-color=blue"));
  BOOST_TEST(half.find("being indexed (") != std::string::npos);
  BOOST_TEST(half.find("(0 %)") == std::string::npos, half);
  BOOST_TEST(body(server.get("/$reindex-status")).find("http://x/eye") != std::string::npos);
  server.put("/Patient/new", patient("new", "blue"));
  world.run_all();
  BOOST_TEST(ids(server.get("/Patient?eye-color=blue", strict)).size() == 4U);
  BOOST_TEST(ids(server.get("/Observation?subject:Patient.eye-color=blue", strict)).empty());
  BOOST_TEST(body(server.get("/metadata")).find("eye-color") != std::string::npos);
  BOOST_TEST(body(server.get("/$reindex-status")).find("complete") != std::string::npos);
  server.put("/Patient/new", patient("new", "green"));
  BOOST_TEST(ids(server.get("/Patient?eye-color=green", strict)).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_deleted_or_retired_parameter_is_gone_and_one_that_comes_back_is_indexed_anew) {
  World world(false);
  Server& server = world.server;
  server.put("/SearchParameter/eye", eye);
  server.put("/Patient/a", patient("a", "blue"));
  BOOST_TEST(ids(server.get("/Patient?eye-color=blue", strict)).size() == 1U);
  BOOST_TEST(server.put("/SearchParameter/eye", with(eye, "active", "retired")).status == 200);
  BOOST_TEST(server.get("/Patient?eye-color=blue", strict).status == 400);
  server.put("/Patient/b", patient("b", "blue"));
  BOOST_TEST(server.put("/SearchParameter/eye", eye).status == 200);
  BOOST_TEST(ids(server.get("/Patient?eye-color=blue", strict)).size() == 2U);
  BOOST_TEST(server.put("/SearchParameter/eye", with(eye, "http://x/eye').value", "http://x/none').value")).status == 200);
  BOOST_TEST(ids(server.get("/Patient?eye-color=blue", strict)).empty());
  BOOST_TEST(server.call("DELETE", "/SearchParameter/eye").status == 204);
  BOOST_TEST(server.get("/Patient?eye-color=blue", strict).status == 400);
}

BOOST_AUTO_TEST_CASE(a_parameter_survives_a_restart_and_is_not_indexed_twice) {
  World world;
  world.server.put("/Patient/a", patient("a", "blue"));
  world.server.put("/SearchParameter/eye", eye);
  world.run_all();
  for (const bool whole : {true, false}) {
    if (!whole) {
      core::store::Batch batch;
      batch.forgotten = {"rest.parameter/http://x/eye"};
      BOOST_TEST(world.server.store->commit(std::move(batch)).ok());
    }
    fhir::search::Index index{definitions(), {.base_url = "http://test/fhir"}};
    std::size_t asked = 0;
    Services services = world.server.services({});
    services.index = services.adjustable = &index;
    services.later = [&](const std::function<void()>&) { return ++asked > 0; };
    Api again(services);
    Request request;
    request.method = "GET";
    request.path = "/Patient";
    request.query = "eye-color=blue";
    BOOST_TEST(again.handle(request).status == (whole ? 200 : 400));
    BOOST_TEST(asked == (whole ? 0U : 1U));
  }
}

BOOST_AUTO_TEST_CASE(an_active_parameter_that_cannot_be_used_is_refused_by_name) {
  World world(false);
  Server& server = world.server;
  const std::pair<std::string, std::string> cases[] = {{"\"base\":[\"Patient\"]", "\"base\":[\"Resource\"],\"x\":1"},
                                                       {"eye-color", "name"},
                                                       {"eye-color", "a:b"},
                                                       {"eye-color", "_mine"},
                                                       {"Patient.extension('http://x/eye').value", "Patient.((("},
                                                       {"Patient.extension('http://x/eye').value", "Patient.shoe"},
                                                       {"\"token\"", "\"special\""}};
  for (const auto& [from, to] : cases) {
    const Response refused = server.put("/SearchParameter/eye", with(eye, from, to));
    BOOST_TEST(refused.status == 422, to);
    BOOST_TEST(server.put("/SearchParameter/eye2", with(with(with(eye, "\"eye\"", "\"eye2\""), "active", "draft"), from, to)).status < 423, to);
  }
  BOOST_TEST(body(server.put("/SearchParameter/eye", with(eye, "eye-color", "name"))).find("Patient-name") != std::string::npos);
  server.put("/SearchParameter/eye", eye);
  const Response twice = server.put("/SearchParameter/other", with(with(eye, "\"eye\"", "\"other\""), "http://x/eye", "http://x/other"));
  BOOST_TEST(twice.status == 422);
  BOOST_TEST(body(twice).find("http://x/eye") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(references_of_an_added_parameter_are_chained_and_included) {
  World world(false);
  Server& server = world.server;
  server.put("/SearchParameter/r", R"({"resourceType":"SearchParameter","id":"r","url":"http://x/r","name":"r","status":"active","description":"d",
    "code":"friend","base":["Patient"],"type":"reference","target":["Patient"],"expression":"Patient.extension('http://x/friend').value"})");
  server.put("/Patient/b", R"({"resourceType":"Patient","id":"b","gender":"male"})");
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","extension":[{"url":"http://x/friend","valueReference":{"reference":"Patient/b"}}]})");
  BOOST_TEST(ids(server.get("/Patient?friend:Patient.gender=male", strict)) == std::vector<std::string>{"a"});
  BOOST_TEST(ids(server.get("/Patient?_has:Patient:friend:_id=a", strict)) == std::vector<std::string>{"b"});
  BOOST_TEST(ids(server.get("/Patient?_id=a&_include=Patient:friend", strict), "include") == std::vector<std::string>{"b"});
}

BOOST_AUTO_TEST_CASE(facts_are_made_anew_with_the_rows_and_their_followers_told_when_they_differ) {
  std::string facts = "old";
  int told = 0;
  Services services;
  services.digest = [&facts](const fhir::json::Value&) { return facts; };
  services.digests_renewed = [&told] { ++told; };
  Server server(std::move(services));
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const auto kept = [&] { return (*(*server.store->snapshot())->digest({"Patient", "a"})).value_or("none"); };
  BOOST_TEST(kept() == "old");
  for (const char* url : {"/Patient/a/$reindex", "/Patient/$reindex", "/$reindex"}) {
    BOOST_TEST(server.post(url, "").status == 200);
    BOOST_TEST(told == 0, url);
    facts = "new of " + std::string(url);
    BOOST_TEST(server.post(url, "").status == 200);
    BOOST_TEST(kept() == facts);
    BOOST_TEST(std::exchange(told, 0) == 1, url);
  }
  BOOST_TEST(header(server.get("/Patient/a"), "ETag") == "W/\"1\"");
}

BOOST_AUTO_TEST_CASE(a_search_asked_again_after_a_reindex_is_not_called_unchanged_not_after_a_restart_either) {
  World world;
  Server& server = world.server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","gender":"male"})");
  const auto tag = [&](std::string_view url) { return header(server.get(url), "ETag"); };
  const auto again = [&](const std::string& given) { return server.get("/Patient?gender=male", {{"If-None-Match", given}}).status; };
  std::string before = tag("/Patient?gender=male");
  BOOST_TEST(again(before) == 304);
  for (const char* url : {"/Patient/a/$reindex", "/Patient/$reindex", "/$reindex"}) {
    server.post(url, "");
    world.run_all();
    BOOST_TEST(again(before) == 200, url);
    before = tag("/Patient?gender=male");
    BOOST_TEST(again(before) == 304, url);
  }
  Services services = server.services(world.extra(true));
  Api restarted(services);
  Request request;
  request.method = "GET";
  request.path = "/Patient";
  request.query = "gender=male";
  request.headers = {{"If-None-Match", before}};
  BOOST_TEST(restarted.handle(request).status == 304);
  server.put("/SearchParameter/eye", eye);
  world.run_all();
  BOOST_TEST(again(before) == 200);
}

BOOST_AUTO_TEST_CASE(rows_are_made_anew_on_request) {
  World world;
  Server& server = world.server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","gender":"male"})");
  const auto spoil = [&] {
    core::store::Batch batch;
    core::store::Op& op = batch.ops.emplace_back();
    op.action = core::store::Op::Action::index;
    op.key = {"Patient", "a"};
    BOOST_TEST(server.store->commit(std::move(batch)).ok());
  };
  for (const char* url : {"/Patient/a/$reindex", "/Patient/$reindex", "/$reindex"}) {
    spoil();
    const Response begun = server.post(url, "");
    BOOST_TEST((begun.status == 200 || begun.status == 202), url);
    world.run_all();
    BOOST_TEST(ids(server.get("/Patient?gender=male")).size() == 1U, url);
  }
  BOOST_TEST(header(server.get("/Patient/a"), "ETag") == "W/\"1\"");
  BOOST_TEST(server.get("/$reindex").status == 405);
  BOOST_TEST(server.post("/Patient/nobody/$reindex", "").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
