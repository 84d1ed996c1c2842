// Faults that users of FHIR servers report, each shown to be absent. Those with a file of their own subject (races,
// paging, transactions, patches) are tested there; here is the rest.
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

using Ids = std::vector<std::string>;
const std::vector<Header> strict = {{"Prefer", "handling=strict"}};

std::string observation(const std::string& id, const std::string& rest) {
  return R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{"coding":[{"system":"http://c","code":")" + id +
         R"("}]},"subject":{"reference":"Patient/p"})" + rest + '}';
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_traps)

BOOST_AUTO_TEST_CASE(a_search_finds_what_was_written_just_before_it) {
  Server server;
  for (int i = 0; i < 50; ++i) {
    const std::string code = "c" + std::to_string(i);
    server.put("/Observation/" + code, observation(code, ""));
    BOOST_TEST(ids(server.get("/Observation?code=" + code)) == Ids{code});
    BOOST_TEST(ids(server.get("/Observation?_content=" + code)) == Ids{code});
    BOOST_TEST(ids(server.get("/Observation?_sort=-_lastUpdated&_count=1")) == Ids{code});
  }
}

BOOST_AUTO_TEST_CASE(has_twice_need_not_mean_the_same_resource) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  server.put("/Observation/x", observation("x", ""));
  server.put("/Observation/y", observation("y", ""));
  BOOST_TEST(ids(server.get("/Patient?_has:Observation:patient:code=x&_has:Observation:patient:code=y")) == Ids{"p"});
  BOOST_TEST(ids(server.get("/Patient?_has:Observation:patient:code=x&_has:Observation:patient:code=z")).empty());
}

BOOST_AUTO_TEST_CASE(names_are_found_with_spaces_accents_and_any_case) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p","name":[{"family":"Müller van  der Berg","given":["José"]}]})");
  for (const char* name : {"muller", "M%C3%BCLLER", "m%C3%BCller%20van", "muller+van+der", "jose", "JOS%C3%89"})
    BOOST_TEST(ids(server.get("/Patient?name=" + std::string(name))) == Ids{"p"}, name);
}

BOOST_AUTO_TEST_CASE(a_year_with_a_prefix_includes_its_own_beginning_and_end) {
  Server server;
  server.put("/Observation/first", observation("first", R"(,"effectiveDateTime":"2012-01-01T00:00:00Z")"));
  server.put("/Observation/last", observation("last", R"(,"effectiveDateTime":"2012-12-31T23:59:59Z")"));
  server.put("/Observation/before", observation("before", R"(,"effectiveDateTime":"2011-12-31T23:59:59Z")"));
  BOOST_TEST(ids(server.get("/Observation?date=ge2012")) == (Ids{"first", "last"}));
  BOOST_TEST(ids(server.get("/Observation?date=gt2012")).empty());
  BOOST_TEST(ids(server.get("/Observation?date=le2012")) == (Ids{"first", "last", "before"}));
  BOOST_TEST(ids(server.get("/Observation?date=lt2012")) == Ids{"before"});
  BOOST_TEST(ids(server.get("/Observation?date=ge2012-12")) == Ids{"last"});
}

BOOST_AUTO_TEST_CASE(a_year_holds_the_periods_that_lie_in_it_and_prefixes_find_what_reaches_beyond) {
  Server server;
  const auto period = [&](const std::string& id, const std::string& start, const std::string& end) {
    server.put("/Observation/" + id, observation(id, R"(,"effectivePeriod":{"start":")" + start + "\",\"end\":\"" + end + "\"}"));
  };
  period("inside", "1980-02", "1980-03");
  period("over", "1979-06", "1980-06");
  period("open", "1981", "1982");
  BOOST_TEST(ids(server.get("/Observation?date=1980")) == Ids{"inside"});
  BOOST_TEST(ids(server.get("/Observation?date=lt1980")) == Ids{"over"});
  BOOST_TEST(ids(server.get("/Observation?date=gt1980")) == Ids{"open"});
}

BOOST_AUTO_TEST_CASE(a_modifier_or_prefix_that_does_not_apply_is_refused_never_dropped) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p","gender":"male"})");
  for (const char* query : {"gender:contains=male", "gender:nonsense=male", "birthdate:exact=2000", "birthdate=xx2000", "name:of-type=x"})
    BOOST_TEST(server.get("/Patient?" + std::string(query)).status == 400, query);
}

BOOST_AUTO_TEST_CASE(a_parameter_spelt_wrongly_is_refused_when_strict_and_told_when_lenient) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  for (const char* query : {"_lastupdated=gt2050", "Gender=male", "nosuch=1"}) {
    BOOST_TEST(server.get("/Patient?" + std::string(query), strict).status == 400, query);
    const Response told = server.get("/Patient?" + std::string(query));
    BOOST_TEST(told.status == 200);
    BOOST_TEST(body(told).find("OperationOutcome") != std::string::npos, query);
    BOOST_TEST(link(told, "self").find('?') == std::string::npos, "the self link does not claim it");
  }
}

BOOST_AUTO_TEST_CASE(a_delete_whose_condition_filters_nothing_deletes_nothing) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  for (const char* query : {"?identifier=", "?_x=1", "?_count=1", "?_sort=name", "", "?_format=json", "?identifier=,", "?_text=x"})
    BOOST_TEST(server.call("DELETE", "/Patient" + std::string(query)).status >= 400, query);
  BOOST_TEST(server.get("/Patient/p").status == 200);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_body_is_refused_not_lost) {
  Server server;
  BOOST_TEST(server.post("/Patient", R"({"resourceType":"Patient","gender":"male","gender":"female"})").status == 400);
  for (const char* content : {R"("gender":"banana")", R"("birthDate":"2020-02-30")", R"("name":"Smith")", R"("shoe":1)",
                              R"("active":"true")", R"("name":[])", R"("birthDate":"")"})
    BOOST_TEST(server.post("/Patient", R"({"resourceType":"Patient",)" + std::string(content) + '}').status == 422, content);
}

BOOST_AUTO_TEST_CASE(types_and_operations_that_are_not_there_are_404_not_an_empty_bundle) {
  Server server;
  for (const char* url : {"/Shoe", "/patient", "/Patient/$nosuch", "/$nosuch", "/Patient/p/$nosuch", "/Patient/p/Shoe"})
    BOOST_TEST(server.get(url).status == 404, url);
}

BOOST_AUTO_TEST_CASE(ids_in_an_odd_encoding_are_refused_not_a_failure) {
  Server server;
  for (const char* url : {"/Patient/%FF", "/Patient/%00", "/Patient/%2F..", "/Patient/a%20b", "/Patient/%C3%A9", "/Patient/%zz",
                          "/Patient/'--", "/Patient?_id=%FF", "/Patient?name=%FF", "/Patient/..%2F..%2Fetc"}) {
    const int status = server.get(url).status;
    BOOST_TEST((status >= 400 && status < 500), url << ' ' << status);
  }
}

BOOST_AUTO_TEST_CASE(resources_without_the_value_sorted_by_come_last_both_ways) {
  Server server;
  server.put("/Patient/none", R"({"resourceType":"Patient","id":"none"})");
  server.put("/Patient/young", R"({"resourceType":"Patient","id":"young","birthDate":"2000"})");
  server.put("/Patient/old", R"({"resourceType":"Patient","id":"old","birthDate":"1950"})");
  BOOST_TEST(ids(server.get("/Patient?_sort=birthdate")) == (Ids{"old", "young", "none"}));
  BOOST_TEST(ids(server.get("/Patient?_sort=-birthdate")) == (Ids{"young", "old", "none"}));
}

BOOST_AUTO_TEST_CASE(pages_of_a_long_sorted_list_repeat_and_lose_nothing) {
  Services services;
  services.horizon = 10;
  Server server(services);
  for (int i = 0; i < 45; ++i) {
    const std::string id = "o" + std::to_string(i);
    server.put("/Observation/" + id, observation(id, R"(,"effectiveDateTime":"20)" + std::to_string(10 + (i * 7) % 45) + "\""));
  }
  Ids all;
  Response page = server.get("/Observation?_sort=-date&_count=4");
  for (int turn = 0; turn < 20; ++turn) {
    for (const std::string& id : ids(page)) all.push_back(id);
    const std::string next = link(page, "next");
    if (next.empty()) break;
    server.put("/Observation/new" + std::to_string(turn), observation("new" + std::to_string(turn), R"(,"effectiveDateTime":"2060")"));
    page = server.get(below(next));
  }
  const std::set<std::string> once(all.begin(), all.end());
  BOOST_TEST(once.size() == all.size());
  BOOST_TEST(all.size() == 45U);  // and nothing that came later
  BOOST_TEST(all.front() == ids(server.get("/Observation?_sort=-date&date=lt2059&_count=1")).front());
}

BOOST_AUTO_TEST_CASE(explain_tells_what_drove_and_how_much_was_read) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  BOOST_TEST(body(server.get("/Patient?_id=p&_explain=true")).find("scan of") != std::string::npos);
  BOOST_TEST(body(server.get("/Patient?_id=p")).find("scan of") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(meta_of_a_type_and_of_everything_is_what_is_in_use) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","meta":{"tag":[{"system":"s","code":"1"}],"profile":["http://p"]}})");
  server.put("/Group/b", R"({"resourceType":"Group","id":"b","type":"person","actual":true,"meta":{"tag":[{"system":"s","code":"2"},{"system":"s","code":"1"}]}})");
  const auto of = [&](const char* url) { return body(server.get(url)); };
  BOOST_TEST(of("/Patient/$meta").find(R"("tag":[{"system":"s","code":"1"}])") != std::string::npos);
  BOOST_TEST(of("/$meta").find(R"("tag":[{"system":"s","code":"1"},{"system":"s","code":"2"}])") != std::string::npos);
  BOOST_TEST(of("/$meta").find("http://p") != std::string::npos);
  BOOST_TEST(of("/Device/$meta") == R"({"resourceType":"Parameters"})");
}

BOOST_AUTO_TEST_CASE(the_modes_of_the_capability_statement_show_their_part) {
  Server server;
  const auto full = parsed(server.get("/metadata")), part = parsed(server.get("/metadata?mode=normative"));
  BOOST_TEST(full.root()["rest"][0]["resource"].size() > 140U);
  BOOST_TEST(part.root()["rest"][0]["resource"].size() == 11U);
  BOOST_TEST(parsed(server.get("/metadata?mode=terminology")).root().text("resourceType") == "TerminologyCapabilities");
  BOOST_TEST(server.get("/metadata?mode=x").status == 400);
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_not_claimed_and_is_refused_by_name) {
  Server server;
  const auto statement = parsed(server.get("/metadata"));
  const auto& rest = statement.root()["rest"][0];
  std::set<std::string> claimed, definitions;
  const auto note = [&](const std::string& type, const fhir::json::Value& list) {
    for (const auto& parameter : list.elements()) {
      claimed.insert(type + '.' + std::string(parameter.text("name")));
      definitions.insert(std::string(parameter.text("definition")));
    }
  };
  note("", rest["searchParam"]);
  for (const auto& resource : rest["resource"].elements()) note(std::string(resource.text("type")), resource["searchParam"]);
  BOOST_TEST(definitions.size() > 1'370U);
  for (const std::string& line : index().unsupported()) BOOST_TEST(!definitions.contains(line.substr(0, line.find(": "))), line);
  for (const char* name : {"Patient.age", "Patient.birthOrderBoolean", "._query", "._score", "._contained", "Patient.example-extension"})
    BOOST_TEST(!claimed.contains(name), name);
  for (const char* query : {"age=3", "birthOrderBoolean=true", "_query=x", "_score=1", "_list=$current-problems"}) {
    const Response refused = server.get("/Patient?" + std::string(query));
    BOOST_TEST(refused.status == 400, query);
    BOOST_TEST(body(refused).find(std::string(query).substr(0, std::string(query).find('='))) != std::string::npos, query);
  }
}

BOOST_AUTO_TEST_CASE(a_part_of_the_capability_statement_says_so) {
  Server server;
  const auto part = parsed(server.get("/metadata?_elements=fhirVersion"));
  BOOST_TEST(part.root().text("fhirVersion") == "4.0.1");
  BOOST_TEST(part.root().find("rest") == nullptr);
  BOOST_TEST(part.root()["meta"]["tag"][0].text("code") == "SUBSETTED");
}

BOOST_AUTO_TEST_CASE(an_operation_that_must_be_posted_says_so_in_allow) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  const Response refused = server.get("/Patient/p/$meta-add");
  BOOST_TEST(refused.status == 405);
  BOOST_TEST(header(refused, "Allow").find("POST") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_post_search_carries_in_its_body_counts_for_the_format_too) {
  Server server;
  const std::vector<Header> form = {{"Content-Type", "application/x-www-form-urlencoded"}};
  BOOST_TEST(body(server.post("/Patient/_search", "_format=xml", form)).starts_with("<?xml"));
  BOOST_TEST(body(server.post("/Patient/_search", "_pretty=true", form)).find("\n") != std::string::npos);
  BOOST_TEST(server.post("/Patient/_search", "_format=html", form).status == 406);
}

BOOST_AUTO_TEST_CASE(browsers_may_ask_before_they_send) {
  Server server;
  const Response asked = server.call("OPTIONS", "/Patient", {}, {{"Origin", "https://app.example"}, {"Access-Control-Request-Method", "POST"}});
  BOOST_TEST(asked.status == 204);
  BOOST_TEST(header(asked, "Access-Control-Allow-Headers").find("If-None-Exist") != std::string::npos);
  BOOST_TEST(header(asked, "Access-Control-Allow-Credentials").empty());
  const Response refused = server.get("/Patient/none", {{"Origin", "https://app.example"}, {"X-Request-Id", "r-1"}});
  BOOST_TEST(header(refused, "Access-Control-Allow-Origin") == "*");
  BOOST_TEST(header(refused, "X-Request-Id") == "r-1");
}

BOOST_AUTO_TEST_SUITE_END()
