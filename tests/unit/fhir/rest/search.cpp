#include <set>
#include <string>
#include <vector>

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

std::string task(int i, const std::string& patient) {
  return R"({"resourceType":"Task","id":"t)" + std::to_string(i) +
         R"(","status":"requested","intent":"proposal","for":{"reference":"Patient/)" + patient +
         R"("},"owner":{"reference":"Organization/o"}})";
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

BOOST_AUTO_TEST_SUITE(rest_search)

BOOST_AUTO_TEST_CASE(a_search_answers_a_searchset_with_total_self_link_and_full_urls) {
  Server server;
  fill(server, 3);
  const Response found = server.get("/Patient?gender=female");
  BOOST_TEST(found.status == 200);
  const auto bundle = parsed(found);
  BOOST_TEST(bundle.root().text("type") == "searchset");
  BOOST_TEST(bundle.root().text("total") == "2");
  BOOST_TEST(link(found, "self") == "http://test/fhir/Patient?gender=female");
  BOOST_TEST(link(found, "next").empty());
  BOOST_TEST(bundle.root()["entry"][0].text("fullUrl") == "http://test/fhir/Patient/p0");
  BOOST_TEST(ids(found) == (std::vector<std::string>{"p0", "p2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_search_by_post_is_the_same_and_joins_its_body_with_the_query) {
  Server server;
  fill(server, 4);
  const std::vector<Header> form = {{"Content-Type", "application/x-www-form-urlencoded"}};
  BOOST_TEST(ids(server.post("/Patient/_search", "gender=female", form)).size() == 2U);
  BOOST_TEST(ids(server.post("/Patient/_search?family=F0", "gender=female", form)).size() == 1U);
  BOOST_TEST(ids(server.post("/_search", "_type=Patient&gender=female", form)).size() == 2U);
  BOOST_TEST(server.post("/Patient/_search", "{}", {{"Content-Type", "application/fhir+json"}}).status == 415);
}

BOOST_AUTO_TEST_CASE(pages_show_every_row_once_whatever_is_written_between_them) {
  Server server;
  fill(server, 25);
  const Response first = server.get("/Patient?_count=10&_sort=family");
  BOOST_TEST(total(first) == 25U);
  const auto first_ids = ids(first);
  server.put("/Patient/zz", R"({"resourceType":"Patient","id":"zz","name":[{"family":"A"}]})");
  server.put("/Patient/p9", R"({"resourceType":"Patient","id":"p9","name":[{"family":"A"}]})");
  server.call("DELETE", "/Patient/p8");
  auto rest = all_pages(server, link(first, "next"));
  std::multiset<std::string> seen(first_ids.begin(), first_ids.end());
  seen.insert(rest.begin(), rest.end());
  BOOST_TEST(seen.size() == 25U);
  BOOST_TEST(std::set<std::string>(seen.begin(), seen.end()).size() == 25U);
  BOOST_TEST(seen.contains("p8"));
  BOOST_TEST(!seen.contains("zz"));
  const Response last = server.get(below(link(first, "last")));
  const auto bundle = parsed(last);
  for (const auto& entry : bundle.root()["entry"].elements())
    if (entry["resource"].text("id") == "p9") BOOST_TEST(entry["resource"]["name"][0].text("family") == "F9");
  BOOST_TEST(ids(server.get(below(link(last, "previous")))).size() == 10U);
  BOOST_TEST(ids(server.get(below(link(last, "first")))) == first_ids, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pages_that_are_kept_no_longer_are_410_and_a_made_up_one_is_refused) {
  Server server;
  fill(server, 5);
  const std::string next = below(link(server.get("/Patient?_count=2"), "next"));
  BOOST_TEST(server.get(next).status == 200);
  BOOST_TEST(server.get("/Organization" + next.substr(8)).status == 410);
  server.clock.skip(16 * 60 * 1000);
  const Response expired = server.get(next);
  BOOST_TEST(expired.status == 410);
  BOOST_TEST(body(expired).find("Repeat the search") != std::string::npos);
  BOOST_TEST(server.get("/Patient?_page=x").status == 400);
  BOOST_TEST(server.get("/Patient?_page=0123456789abcdef0123456789abcdef.2").status == 410);
}

BOOST_AUTO_TEST_CASE(a_list_longer_than_the_horizon_is_continued_in_the_state_of_its_first_page) {
  Services services;
  services.horizon = 10;
  Server server(services);
  fill(server, 45);
  const Response first = server.get("/Patient?_count=4");
  BOOST_TEST(link(first, "last").empty());
  BOOST_TEST(total(first) == 45U);  // cheap to know
  BOOST_TEST(total(server.get("/Patient?_count=4&gender=male&_sort=-birthdate")) == 22U);
  BOOST_TEST(parsed(server.get("/Patient?_count=4&_total=none")).root().find("total") == nullptr);
  BOOST_TEST(total(server.get("/Patient?_count=4&_total=accurate")) == 45U);
  BOOST_TEST(total(server.get("/Patient?_summary=count")) == 45U);
  BOOST_TEST(total(server.get("/Patient?_summary=count&gender=male")) == 22U);
  const auto all = all_pages(server, "/Patient?_count=4");
  BOOST_TEST(std::set<std::string>(all.begin(), all.end()).size() == 45U);
  BOOST_TEST(all.size() == 45U);
  std::string url = below(link(first, "next")), last;
  for (; !url.empty(); url = below(link(server.get(url), "next"))) last = url;
  BOOST_TEST(total(server.get(last)) == 45U);  // the last page knows
  BOOST_TEST(ids(server.get(last), "outcome").empty());
}

BOOST_AUTO_TEST_CASE(writes_between_the_pages_of_a_long_list_change_none_of_it) {
  for (const char* sort : {"", "&_sort=family", "&_sort=-gender,family", "&_sort=-_lastUpdated"}) {
    Services services;
    services.horizon = 10;
    Server server(services);
    fill(server, 45);
    const std::string url = "/Patient?organization:missing=false" + std::string(sort) + "&_count=";
    const std::vector<std::string> expected = ids(server.get(url + "100"));
    Response page = server.get(url + "4");
    std::vector<std::string> seen = ids(page);
    for (int turn = 0; !link(page, "next").empty(); ++turn) {
      const std::string changed = "p" + std::to_string(44 - turn), gone = "p" + std::to_string(20 + turn), fresh = "x" + std::to_string(turn);
      server.put("/Patient/" + changed, R"({"resourceType":"Patient","id":")" + changed + R"(","gender":"other","name":[{"family":"A"}]})");
      server.call("DELETE", "/Patient/" + gone);
      server.put("/Patient/" + fresh, R"({"resourceType":"Patient","id":")" + fresh + R"(","managingOrganization":{"reference":"Organization/o"},"name":[{"family":"A"}]})");
      page = server.get(below(link(page, "next")));
      const auto bundle = parsed(page);
      for (const auto& entry : bundle.root()["entry"].elements())
        BOOST_TEST(entry["resource"]["name"][0].text("family").substr(0, 1) == "F", sort);  // as it was
      for (const std::string& id : ids(page)) seen.push_back(id);
    }
    BOOST_TEST(expected.size() == 45U);
    BOOST_TEST(seen == expected, sort);
  }
}

BOOST_AUTO_TEST_CASE(no_count_and_a_summary_of_count_give_the_total_alone) {
  Server server;
  fill(server, 5);
  for (const char* url : {"/Patient?_count=0", "/Patient?_summary=count"}) {
    const Response found = server.get(url);
    BOOST_TEST(total(found) == 5U);
    BOOST_TEST(parsed(found).root().find("entry") == nullptr);
  }
  BOOST_TEST(parsed(server.get("/Patient?_total=none&_count=1")).root().find("total") == nullptr);
  BOOST_TEST(server.get("/Patient?_count=-1").status == 400);
  BOOST_TEST(server.get("/Patient?_count=x").status == 400);
}

BOOST_AUTO_TEST_CASE(included_resources_come_once_and_on_every_page) {
  Server server;
  fill(server, 4);
  for (int i = 0; i < 6; ++i) server.put("/Task/t" + std::to_string(i), task(i, "p" + std::to_string(i % 4)));
  const Response all = server.get("/Task?_include=Task:patient&_sort=_id");
  BOOST_TEST(ids(all).size() == 6U);
  BOOST_TEST(ids(all, "include").size() == 4U);
  BOOST_TEST(total(all) == 6U);
  std::vector<std::string> everywhere = all_pages(server, "/Task?_include=Task:patient&_sort=_id&_count=2", "include");
  BOOST_TEST(everywhere == (std::vector<std::string>{"p0", "p1", "p2", "p3", "p0", "p1"}),
             boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Task?_include=Task:owner:Patient"), "include").empty());
  BOOST_TEST(ids(server.get("/Task?_id=t0&_include=*"), "include").size() == 2U);
  BOOST_TEST(
      ids(server.get("/Task?_id=t0&_include=Task:patient&_include:iterate=Patient:organization"), "include").size() ==
      2U);
  BOOST_TEST(ids(server.get("/Task?_id=t0&_include=Task:patient&_include=Patient:organization"), "include").size() ==
             1U);
}

BOOST_AUTO_TEST_CASE(a_reference_to_a_version_includes_that_version) {
  Server server;
  server.put("/Patient/v", R"({"resourceType":"Patient","id":"v","gender":"male"})");
  server.put("/Patient/v", R"({"resourceType":"Patient","id":"v","gender":"female"})");
  server.put("/Task/t0", task(0, "v/_history/1"));
  const auto bundle = parsed(server.get("/Task?_include=Task:patient"));
  BOOST_TEST_REQUIRE(bundle.root()["entry"].size() == 2U);
  BOOST_TEST(bundle.root()["entry"][1]["resource"].text("gender") == "male");
  BOOST_TEST(ids(server.get("/Task?patient=Patient/v")).size() == 1U);
}

BOOST_AUTO_TEST_CASE(more_than_the_bound_of_includes_is_cut_with_a_mark) {
  Server server;
  server.put("/Patient/p0", R"({"resourceType":"Patient","id":"p0"})");
  std::string entries;
  for (int i = 0; i < 5001; ++i)
    entries += (i ? "," : "") + std::string(R"({"resource":)") + task(i, "p0") +
               R"(,"request":{"method":"PUT","url":"Task/t)" + std::to_string(i) + "\"}}";
  BOOST_TEST_REQUIRE(
      server.post("", R"({"resourceType":"Bundle","type":"transaction","entry":[)" + entries + "]}").status == 200);
  const Response found = server.get("/Patient?_revinclude=Task:patient");
  BOOST_TEST(ids(found, "include").size() == 5000U);
  BOOST_TEST(ids(found, "outcome").size() == 1U);
  BOOST_TEST(body(found).find("5000 resources are to be included") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stored_value_sets_and_code_systems_answer_in_above_and_below) {
  Server server;
  server.put("/CodeSystem/c",
             R"({"resourceType":"CodeSystem","id":"c","url":"http://c","status":"active","content":"complete",
      "concept":[{"code":"a","concept":[{"code":"b","concept":[{"code":"c"}]}]},{"code":"x"}]})");
  server.put("/ValueSet/v",
             R"({"resourceType":"ValueSet","id":"v","url":"http://v","status":"active","compose":{"include":[
      {"system":"http://c","filter":[{"property":"concept","op":"is-a","value":"b"}]}]}})");
  for (const char* code : {"a", "b", "c", "x"})
    server.put("/Observation/" + std::string(code),
               R"({"resourceType":"Observation","id":")" + std::string(code) +
                   R"(","status":"final","code":{"coding":[{"system":"http://c","code":")" + code + "\"}]}}");
  using Ids = std::vector<std::string>;
  BOOST_TEST(ids(server.get("/Observation?code:in=http://v")) == (Ids{"b", "c"}), boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Observation?code:not-in=http://v")) == (Ids{"a", "x"}), boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Observation?code:below=http://c|b")) == (Ids{"b", "c"}),
             boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Observation?code:above=http://c|b")) == (Ids{"a", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(server.get("/Observation?code:in=http://unknown").status == 400);
  server.put("/ValueSet/again", R"({"resourceType":"ValueSet","id":"again","url":"http://again","status":"active","compose":{"include":[
      {"valueSet":["http://again"]},{"valueSet":["http://again"]},{"valueSet":["http://again"]}]}})");
  BOOST_TEST(server.get("/Observation?code:in=http://again").status == 400);  // and at once, not after 3^20 looks
  Request request;
  request.method = "GET";
  request.path = "/Observation";
  request.query = "code:in=http://v";
  server.api.handle(request);
  BOOST_TEST(server.api.quick(request).has_value());
  server.put("/ValueSet/v",
             R"({"resourceType":"ValueSet","id":"v","url":"http://v","status":"active","compose":{"include":[
      {"system":"http://c","concept":[{"code":"x"}]}]}})");
  BOOST_TEST(!server.api.quick(request).has_value());
  BOOST_TEST(ids(server.api.handle(request)) == (Ids{"x"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(reverse_includes_bring_what_refers_to_the_matches) {
  Server server;
  fill(server, 4);
  for (int i = 0; i < 6; ++i) server.put("/Task/t" + std::to_string(i), task(i, "p" + std::to_string(i % 2)));
  BOOST_TEST(ids(server.get("/Patient?_id=p0&_revinclude=Task:patient"), "include").size() == 3U);
  BOOST_TEST(ids(server.get("/Patient?_id=p2&_revinclude=Task:patient"), "include").empty());
  BOOST_TEST(
      ids(server.get("/Organization?_revinclude=Patient:organization&_revinclude:iterate=Task:patient"), "include")
          .size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_reverse_include_of_everything_brings_whatever_refers_to_the_match) {
  Server server;
  fill(server, 2);
  server.put("/Task/t1", task(1, "p0"));
  server.put("/Condition/c", R"({"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p0"}})");
  server.put("/Condition/d", R"({"resourceType":"Condition","id":"d","subject":{"reference":"Patient/p1"}})");
  const auto found = ids(server.get("/Patient?_id=p0&_revinclude=*"), "include");
  BOOST_TEST(std::set<std::string>(found.begin(), found.end()) == (std::set<std::string>{"t1", "c"}), boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Patient?_id=p0&_revinclude=Condition:*"), "include") == std::vector<std::string>{"c"});
}

BOOST_AUTO_TEST_CASE(a_kept_search_that_includes_anything_is_never_stale) {
  Server server;
  fill(server, 1);
  const std::string url = "/Patient?_id=p0&_include=*";
  for (const char* name : {"One", "Two"}) {
    server.put("/Organization/o", std::string(R"({"resourceType":"Organization","id":"o","name":")") + name + "\"}");
    BOOST_TEST(body(server.get(url)).find(name) != std::string::npos);
    BOOST_TEST(body(server.get(url)).find(name) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_result_parameter_with_a_modifier_that_it_has_not_is_refused) {
  Server server;
  fill(server, 1);
  for (const char* name : {"_sort:desc=family", "_include:all=Patient:organization", "_count:max=1", "_summary:x=true", "_revinclude:x=Task:patient"}) {
    const Response refused = server.get("/Patient?" + std::string(name));
    BOOST_TEST(refused.status == 400, name);
    BOOST_TEST(body(refused).find(std::string(name).substr(0, std::string(name).find('='))) != std::string::npos, name);
  }
}

BOOST_AUTO_TEST_CASE(a_deleted_resource_leaves_search_includes_and_has_at_once) {
  Server server;
  fill(server, 2);
  server.put("/Task/t0", task(0, "p0"));
  BOOST_TEST(ids(server.get("/Task?_include=Task:patient"), "include").size() == 1U);
  BOOST_TEST(ids(server.get("/Patient?_has:Task:patient:status=requested")).size() == 1U);
  server.call("DELETE", "/Task/t0");
  BOOST_TEST(ids(server.get("/Patient?_has:Task:patient:status=requested")).empty());
  server.put("/Task/t1", task(1, "p0"));
  server.call("DELETE", "/Patient/p0");
  BOOST_TEST(ids(server.get("/Task?_include=Task:patient"), "include").empty());
  BOOST_TEST(ids(server.get("/Patient")).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_repeated_search_is_answered_quickly_and_never_stale) {
  Server server;
  fill(server, 3);
  for (int i = 0; i < 3; ++i) server.put("/Task/t" + std::to_string(i), task(i, "p" + std::to_string(i)));
  Request request;
  request.method = "GET";
  request.path = "/Task";
  request.query = "owner=Organization/o&status=requested&_include=Task:patient&_count=2";
  BOOST_TEST(!server.api.quick(request).has_value());
  const Response first = server.api.handle(request);
  const auto quick = server.api.quick(request);
  BOOST_TEST_REQUIRE(quick.has_value());
  BOOST_TEST(quick->body == first.body);
  BOOST_TEST(server.get(below(link(*quick, "next"))).status == 200);
  server.put("/Observation/x", R"({"resourceType":"Observation","id":"x","status":"final","code":{"text":"c"}})");
  BOOST_TEST(server.api.quick(request).has_value());
  server.put("/Patient/p0", R"({"resourceType":"Patient","id":"p0","active":true})");
  BOOST_TEST(!server.api.quick(request).has_value());
  BOOST_TEST(body(server.api.handle(request)).find(R"("active":true)") != std::string::npos);
  server.put("/Task/t9", task(9, "p0"));
  BOOST_TEST(!server.api.quick(request).has_value());
  BOOST_TEST(total(server.api.handle(request)) == 4U);
  request.caller.id = "somebody-else";
  BOOST_TEST(!server.api.quick(request).has_value());
}

BOOST_AUTO_TEST_CASE(a_repeated_search_over_all_types_is_never_stale_either) {
  Server server;
  const auto write = [&](const char* code) {
    server.put("/Basic/a", std::string(R"({"resourceType":"Basic","id":"a","code":{"text":")") + code + R"("}})");
  };
  for (const char* url : {"/?_id=a", "/_search?_id=a", "/?_type=Basic,Patient&_id=a"}) {
    std::string tag;
    for (const char* code : {"one", "two", "three"}) {
      write(code);
      const Response found = server.get(url, {{"If-None-Match", tag}});
      BOOST_TEST(found.status == 200, url);
      BOOST_TEST(body(found).find(code) != std::string::npos, url);
      tag = header(found, "ETag");
      BOOST_TEST(server.get(url, {{"If-None-Match", tag}}).status == 304);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_parameter_is_named_or_refused_never_dropped_in_silence) {
  Server server;
  fill(server, 2);
  const Response lenient = server.get("/Patient?nonsense=1&gender=female");
  BOOST_TEST(lenient.status == 200);
  BOOST_TEST(ids(lenient).size() == 1U);
  BOOST_TEST(ids(lenient, "outcome").size() == 1U);
  BOOST_TEST(body(lenient).find("nonsense") != std::string::npos);
  BOOST_TEST(link(lenient, "self").find("nonsense") == std::string::npos);
  BOOST_TEST(server.get("/Patient?nonsense=1", {{"Prefer", "handling=strict"}}).status == 400);
  BOOST_TEST(server.get("/Patient?_lastupdated=gt2020", {{"Prefer", "handling=strict"}}).status == 400);
  BOOST_TEST(server.get("/Patient?gender:contains=male").status == 400);
  BOOST_TEST(server.get("/Patient?birthdate=banana").status == 400);
  BOOST_TEST(server.get("/Patient/$nonsense").status == 404);
  BOOST_TEST(server.get("/Nonsense").status == 404);
}

BOOST_AUTO_TEST_CASE(a_compartment_holds_what_is_about_its_owner_and_nothing_else) {
  Server server;
  fill(server, 2);
  const auto observation = [](std::string id, std::string patient) {
    return R"({"resourceType":"Observation","id":")" + id +
           R"(","status":"final","code":{"text":"c"},"subject":{"reference":"Patient/)" + patient + R"("}})";
  };
  server.put("/Observation/a", observation("a", "p0"));
  server.put("/Observation/b", observation("b", "p1"));
  server.put(
      "/Encounter/e",
      R"({"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p0"}})");
  BOOST_TEST(ids(server.get("/Patient/p0/Observation")) == std::vector<std::string>{"a"},
             boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Patient/p0/Observation?status=amended")).empty());
  BOOST_TEST(ids(server.get("/Patient/p0/*")) == (std::vector<std::string>{"p0", "a", "e"}), boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Encounter/e/*")) == std::vector<std::string>{"e"}, boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Patient/p0/*?_type=Observation")) == std::vector<std::string>{"a"}, boost::test_tools::per_element());
  // Its subject is the person, and yet it is in no Patient's compartment: with * no more than without.
  server.put("/Task/t", task(1, "p0").replace(task(1, "p0").find("t1"), 2, "t"));
  server.put("/Device/d", R"({"resourceType":"Device","id":"d","patient":{"reference":"Patient/p0"}})");
  BOOST_TEST(server.get("/Patient/p0/Task").status == 404);
  BOOST_TEST(ids(server.get("/Patient/p0/*")).size() == 3U);
  // A code that leads into the compartment for one type does not for another.
  server.put("/MedicationRequest/m", R"({"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order",
    "medicationCodeableConcept":{"text":"m"},"subject":{"reference":"Patient/p1"},"requester":{"reference":"Patient/p0"}})");
  BOOST_TEST(ids(server.get("/Patient/p0/*")).size() == 3U);
  BOOST_TEST(server.get("/Patient/p0/Organization").status == 404);
  BOOST_TEST(server.get("/Organization/o/Patient").status == 404);
}

BOOST_AUTO_TEST_CASE(all_five_compartments_hold_their_owner_and_what_leads_to_it) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p","generalPractitioner":[{"reference":"Practitioner/d"}]})");
  server.put("/Practitioner/d", R"({"resourceType":"Practitioner","id":"d"})");
  server.put("/RelatedPerson/r", R"({"resourceType":"RelatedPerson","id":"r","patient":{"reference":"Patient/p"}})");
  server.put("/Device/v", R"({"resourceType":"Device","id":"v"})");
  server.put("/Encounter/e", R"({"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p"},
    "participant":[{"individual":{"reference":"RelatedPerson/r"}}]})");
  server.put("/Observation/o", R"({"resourceType":"Observation","id":"o","status":"final","code":{"text":"c"},"subject":{"reference":"Patient/p"},
    "encounter":{"reference":"Encounter/e"},"device":{"reference":"Device/v"},"performer":[{"reference":"Practitioner/d"}]})");
  const auto in = [&](const char* owner) {
    const auto found = ids(server.get(std::string("/") + owner + "/*"));
    return std::set<std::string>(found.begin(), found.end());
  };
  using Names = std::set<std::string>;
  BOOST_TEST(in("Patient/p") == (Names{"p", "r", "e", "o"}), boost::test_tools::per_element());
  BOOST_TEST(in("Encounter/e") == (Names{"e", "o"}), boost::test_tools::per_element());
  BOOST_TEST(in("Practitioner/d") == (Names{"d", "p", "o"}), boost::test_tools::per_element());
  BOOST_TEST(in("RelatedPerson/r") == (Names{"r", "e"}), boost::test_tools::per_element());
  BOOST_TEST(in("Device/v") == (Names{"v", "o"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(summaries_and_elements_are_parts_that_say_so) {
  Server server;
  server.put(
      "/Patient/a",
      R"({"resourceType":"Patient","id":"a","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
    "active":true,"name":[{"family":"F"}],"birthDate":"1980-01-01","maritalStatus":{"text":"m"},"photo":[{"title":"p"}]})");
  const auto names = [&](const std::string& url) {
    std::set<std::string> out;
    const auto document = parsed(server.get(url));
    const auto& resource =
        document.root().text("resourceType") == "Bundle" ? document.root()["entry"][0]["resource"] : document.root();
    BOOST_TEST(resource["meta"]["tag"][0].text("code") == "SUBSETTED");
    for (const auto& member : resource.members()) out.emplace(member.name);
    return out;
  };
  using Names = std::set<std::string>;
  const Names summary{"resourceType", "id", "meta", "active", "name", "birthDate"};
  BOOST_TEST(names("/Patient?_summary=true") == summary, boost::test_tools::per_element());
  BOOST_TEST(names("/Patient/a?_summary=true") == summary, boost::test_tools::per_element());
  BOOST_TEST(names("/Patient?_summary=text") == (Names{"resourceType", "id", "meta", "text"}),
             boost::test_tools::per_element());
  BOOST_TEST(!names("/Patient?_summary=data").contains("text"));
  BOOST_TEST(names("/Patient?_elements=name,birthDate") ==
                 (Names{"resourceType", "id", "meta", "active", "name", "birthDate"}),
             boost::test_tools::per_element());
  BOOST_TEST(server.get("/Patient?_summary=banana").status == 400);
}

BOOST_AUTO_TEST_SUITE_END()
