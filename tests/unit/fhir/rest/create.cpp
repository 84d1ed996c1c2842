#include <atomic>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

std::string identified(const std::string& value) {
  return R"({"resourceType":"Patient","identifier":[{"system":"http://ids","value":")" + value + R"("}]})";
}

std::size_t total(Server& server, const std::string& search) {
  return std::stoul(std::string(parsed(server.get(search)).root().text("total")));
}

// Runs the same call in many threads at once and gives all answers.
template <class Call>
std::vector<Response> at_once(int threads, Call call) {
  std::vector<Response> answers(static_cast<std::size_t>(threads));
  std::atomic<int> waiting = threads;
  std::vector<std::thread> crew;
  for (int i = 0; i < threads; ++i)
    crew.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      answers[static_cast<std::size_t>(i)] = call(i);
    });
  for (std::thread& thread : crew) thread.join();
  return answers;
}

int with_status(const std::vector<Response>& answers, int status) {
  int count = 0;
  for (const Response& answer : answers) count += answer.status == status;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_create)

BOOST_AUTO_TEST_CASE(an_id_that_the_client_sends_is_replaced_and_its_meta_kept) {
  Server server;
  const Response created =
      server.post("/Patient", R"({"meta":{"versionId":"99","lastUpdated":"1999-01-01T00:00:00Z","source":"http://x",
      "profile":["http://p"],"tag":[{"code":"t"}]},"id":"mine","resourceType":"Patient","multipleBirthInteger":1})");
  BOOST_TEST_REQUIRE(created.status == 201);
  const auto document = parsed(created);
  BOOST_TEST(document.root().text("id") != "mine");
  BOOST_TEST(document.root()["meta"].text("versionId") == "1");
  BOOST_TEST(document.root()["meta"].text("lastUpdated").starts_with("2026"));
  BOOST_TEST(document.root()["meta"].text("source") == "http://x");
  BOOST_TEST(document.root()["meta"]["profile"][0].text() == "http://p");
  BOOST_TEST(document.root()["meta"]["tag"][0].text("code") == "t");
}

BOOST_AUTO_TEST_CASE(digits_and_extensions_survive) {
  Server server;
  const std::string rest =
      R"("extension":[{"url":"http://e","valueDecimal":1.00}],"status":"final","code":{"text":"x"},)"
      R"("valueQuantity":{"value":0.000000000000000000010,"unit":"mg"}})";
  const Response created = server.post("/Observation", R"({"resourceType":"Observation",)" + rest);
  BOOST_TEST_REQUIRE(created.status == 201);
  BOOST_TEST(body(created).ends_with(rest));
}

BOOST_AUTO_TEST_CASE(what_is_not_a_resource_is_400_and_what_breaks_its_definition_422_with_every_finding) {
  Server server;
  BOOST_TEST(server.post("/Patient", "{").status == 400);
  BOOST_TEST(server.post("/Patient", "").status == 400);
  BOOST_TEST(server.post("/Patient", "[]").status == 400);
  BOOST_TEST(server.post("/Patient", "{}").status == 400);
  BOOST_TEST(server.post("/Patient", R"({"resourceType":"Observation"})").status == 400);
  BOOST_TEST(server.post("/Patient", R"({"resourceType":"Patient","resourceType":"Patient"})").status == 400);
  const Response refused =
      server.post("/Patient", R"({"resourceType":"Patient","gender":"banana","birthDate":"2020-02-30","foo":1})");
  BOOST_TEST(refused.status == 422);
  std::set<std::string> places;
  const auto document = parsed(refused);
  for (const auto& issue : document.root()["issue"].elements()) places.emplace(issue["expression"][0].text());
  BOOST_TEST(places == (std::set<std::string>{"Patient.gender", "Patient.birthDate", "Patient.foo"}),
             boost::test_tools::per_element());
  BOOST_TEST(total(server, "/Patient?_summary=count") == 0U);
}

BOOST_AUTO_TEST_CASE(a_body_in_another_format_is_415_an_answer_in_another_406) {
  Server server;
  BOOST_TEST(server.post("/Patient", "x", {{"Content-Type", "text/plain"}}).status == 415);
  BOOST_TEST(server.post("/Patient", "{}", {{"Content-Type", "application/fhir+json; charset=latin1"}}).status == 415);
  BOOST_TEST(server.get("/Patient", {{"Accept", "text/turtle"}}).status == 406);
  BOOST_TEST(server.get("/Patient?_format=ttl", {{"Accept", "application/fhir+json"}}).status == 406);
  for (const char* accept :
       {"application/json+fhir", "application/json", "*/*", "text/html,application/xml;q=0.9,*/*;q=0.8",
        "application/fhir+xml, application/fhir+json;q=0.5", "application/fhir+json; fhirVersion=4.0"})
    BOOST_TEST(server.get("/Patient", {{"Accept", accept}}).status == 200, accept);
  BOOST_TEST(header(server.get("/Patient", {{"Accept", "application/json"}}), "Content-Type") ==
             "application/json; charset=utf-8");
  for (const char* type :
       {"application/json+fhir", "application/json; charset=UTF-8", "application/fhir+json;charset=utf-8"})
    BOOST_TEST(server.post("/Patient", R"({"resourceType":"Patient"})", {{"Content-Type", type}}).status == 201, type);
}

BOOST_AUTO_TEST_CASE(prefer_says_what_a_write_returns) {
  Server server;
  const std::string patient = R"({"resourceType":"Patient"})";
  BOOST_TEST(!server.post("/Patient", patient, {{"Prefer", "return=minimal"}}).body);
  BOOST_TEST(!server.post("/Patient", patient, {{"Prefer", "return=\"minimal\""}}).body);
  BOOST_TEST(
      parsed(server.post("/Patient", patient, {{"Prefer", "return=representation"}})).root().text("resourceType") ==
      "Patient");
  const Response outcome = server.post("/Patient", patient, {{"Prefer", "respond-async; return=OperationOutcome"}});
  BOOST_TEST(outcome.status == 201);
  BOOST_TEST(parsed(outcome).root().text("resourceType") == "OperationOutcome");
}

BOOST_AUTO_TEST_CASE(a_conditional_create_makes_one_and_then_finds_it) {
  Server server;
  const std::vector<Header> condition = {{"If-None-Exist", "identifier=http://ids|1"}};
  const Response first = server.post("/Patient", identified("1"), condition);
  const Response second = server.post("/Patient", identified("1"), condition);
  BOOST_TEST(first.status == 201);
  BOOST_TEST(second.status == 200);
  BOOST_TEST(id_of(first) == id_of(second));
  server.post("/Patient", identified("1"));
  BOOST_TEST(server.post("/Patient", identified("1"), condition).status == 412);
  BOOST_TEST(total(server, "/Patient?_summary=count") == 2U);
}

BOOST_AUTO_TEST_CASE(a_condition_that_filters_nothing_is_refused_never_matches_all) {
  Server server;
  server.post("/Patient", identified("1"));
  for (const char* condition : {"", "_count=1", "nonsense=1", "identifier=", "_sort=name"}) {
    BOOST_TEST(server.post("/Patient", identified("2"), {{"If-None-Exist", condition}}).status == 400, condition);
    BOOST_TEST(server.call("PUT", "/Patient?" + std::string(condition), identified("2")).status == 400, condition);
    BOOST_TEST(server.call("DELETE", "/Patient?" + std::string(condition)).status == 400, condition);
    BOOST_TEST(server.call("PATCH", "/Patient?" + std::string(condition), R"({"active":true})",
                           {{"Content-Type", "application/json"}})
                       .status == 400,
               condition);
  }
  BOOST_TEST(total(server, "/Patient?_summary=count") == 1U);
}

BOOST_AUTO_TEST_CASE(an_empty_condition_is_refused_however_its_name_is_written) {
  Server server;
  for (const char* name : {"If-None-Exist", "if-none-exist", "IF-NONE-EXIST"})
    BOOST_TEST(server.post("/Patient", identified("1"), {{name, ""}}).status == 400, name);
  BOOST_TEST(total(server, "/Patient?_summary=count") == 0U);
}

BOOST_AUTO_TEST_CASE(of_64_conditional_creates_at_once_one_creates_and_all_name_it) {
  Server server;
  const auto answers = at_once(64, [&](int) {
    return server.post("/Patient", identified("7"), {{"If-None-Exist", "identifier=http://ids|7"}});
  });
  BOOST_TEST(with_status(answers, 201) == 1);
  BOOST_TEST(with_status(answers, 200) == 63);
  std::set<std::string> names;
  for (const Response& answer : answers) names.insert(id_of(answer));
  BOOST_TEST(names.size() == 1U);
  BOOST_TEST(total(server, "/Patient?identifier=http://ids|7&_summary=count") == 1U);
}

BOOST_AUTO_TEST_CASE(of_64_updates_that_expect_the_same_version_one_wins_and_the_others_are_412) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const auto answers = at_once(64, [&](int) {
    return server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","active":true})", {{"If-Match", "W/\"1\""}});
  });
  BOOST_TEST(with_status(answers, 200) == 1);
  BOOST_TEST(with_status(answers, 412) == 63);
  BOOST_TEST(header(server.get("/Patient/a"), "ETag") == "W/\"2\"");
}

BOOST_AUTO_TEST_CASE(of_64_puts_that_want_to_be_first_one_creates) {
  Server server;
  const auto answers = at_once(64, [&](int) {
    return server.put("/Patient/n", R"({"resourceType":"Patient","id":"n"})", {{"If-None-Match", "*"}});
  });
  BOOST_TEST(with_status(answers, 201) == 1);
  BOOST_TEST(with_status(answers, 412) == 63);
}

BOOST_AUTO_TEST_CASE(of_64_conditional_updates_at_once_one_creates_and_the_rest_update_it) {
  Server server;
  const auto answers =
      at_once(64, [&](int) { return server.put("/Patient?identifier=http://ids|9", identified("9")); });
  BOOST_TEST(with_status(answers, 201) == 1);
  BOOST_TEST(with_status(answers, 200) == 63);
  BOOST_TEST(total(server, "/Patient?_summary=count") == 1U);
}

BOOST_AUTO_TEST_CASE(sixty_four_patches_at_once_all_take_effect) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p","name":[{"family":"x"}]})");
  const auto answers = at_once(64, [&](int i) {
    return server.call("PATCH", "/Patient/p",
                       R"([{"op":"add","path":"/name/-","value":{"family":")" + std::to_string(i) + R"("}}])",
                       {{"Content-Type", "application/json-patch+json"}});
  });
  BOOST_TEST(with_status(answers, 200) == 64);
  BOOST_TEST(parsed(server.get("/Patient/p")).root()["name"].size() == 65U);
}

BOOST_AUTO_TEST_CASE(sixty_four_transactions_at_once_create_their_organization_once) {
  Server server;
  const std::string bundle = R"({"resourceType":"Bundle","type":"transaction","entry":[
    {"fullUrl":"urn:uuid:0d3fd3a3-6c0c-4b0a-9c71-5d2a0f8d2b11","resource":{"resourceType":"Organization","name":"O","identifier":[{"system":"http://ids","value":"o"}]},
     "request":{"method":"POST","url":"Organization","ifNoneExist":"identifier=http://ids|o"}},
    {"resource":{"resourceType":"Patient","managingOrganization":{"reference":"urn:uuid:0d3fd3a3-6c0c-4b0a-9c71-5d2a0f8d2b11"}},
     "request":{"method":"POST","url":"Patient"}}]})";
  const auto answers = at_once(64, [&](int) { return server.post("", bundle); });
  BOOST_TEST(with_status(answers, 200) == 64);
  BOOST_TEST(total(server, "/Organization?_summary=count") == 1U);
  const std::string organization = ids(server.get("/Organization")).front();
  BOOST_TEST(total(server, "/Patient?organization=Organization/" + organization + "&_summary=count") == 64U);
}

BOOST_AUTO_TEST_SUITE_END()
