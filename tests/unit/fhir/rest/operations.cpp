#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "fhir/validate/structure.hpp"
#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

std::string observation(const std::string& id, const std::string& code, const std::string& date,
                        const std::string& patient = "p") {
  return R"({"resourceType":"Observation","id":")" + id +
         R"(","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"coding":[{"system":"s","code":")" +
         code + R"("}]},"subject":{"reference":"Patient/)" + patient + R"("},"effectiveDateTime":")" + date +
         R"(","performer":[{"reference":"Practitioner/d"}]})";
}

void people(Server& server) {
  server.put("/Organization/o", R"({"resourceType":"Organization","id":"o","name":"O"})");
  server.put("/Practitioner/d", R"({"resourceType":"Practitioner","id":"d"})");
  for (const char* id : {"p", "q"})
    server.put("/Patient/" + std::string(id), R"({"resourceType":"Patient","id":")" + std::string(id) +
                                                  R"(","managingOrganization":{"reference":"Organization/o"}})");
  server.put("/Observation/a1", observation("a1", "a", "2020-01-01"));
  server.put("/Observation/a2", observation("a2", "a", "2021-01-01"));
  server.put("/Observation/b1", observation("b1", "b", "2019-01-01"));
  server.put("/Observation/x", observation("x", "a", "2022-01-01", "q"));
  server.put(
      "/Group/g",
      R"({"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/p"}},
                {"entity":{"reference":"Patient/q"},"inactive":true}]})");
}

std::set<std::string> set(const Response& response) {
  const auto list = ids(response);
  BOOST_TEST(std::set<std::string>(list.begin(), list.end()).size() == list.size());
  return {list.begin(), list.end()};
}

using Names = std::set<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_operations)

BOOST_AUTO_TEST_CASE(everything_is_the_person_the_compartment_and_what_that_refers_to) {
  Server server;
  people(server);
  BOOST_TEST(set(server.get("/Patient/p/$everything")) == (Names{"p", "a1", "a2", "b1", "o", "d"}),
             boost::test_tools::per_element());
  BOOST_TEST(set(server.get("/Patient/p/$everything?_type=Observation")) == (Names{"a1", "a2", "b1"}),
             boost::test_tools::per_element());
  BOOST_TEST(set(server.get("/Patient/p/$everything?_type=Observation&start=2020-06-01")) == (Names{"a2"}),
             boost::test_tools::per_element());
  BOOST_TEST(set(server.get("/Group/g/$everything?_type=Observation")) == (Names{"a1", "a2", "b1"}),
             boost::test_tools::per_element());
  BOOST_TEST(server.get("/Patient/nobody/$everything").status == 404);
  std::multiset<std::string> paged;
  for (std::string url = "/Patient/p/$everything?_count=2"; !url.empty();) {
    const Response page = server.get(url);
    for (const std::string& id : ids(page)) paged.insert(id);
    url = below(link(page, "next"));
  }
  BOOST_TEST(paged.size() == 6U);
}

BOOST_AUTO_TEST_CASE(everything_of_an_encounter_is_what_belongs_to_it_and_what_that_refers_to) {
  Server server;
  people(server);
  for (const std::string id : {"e", "f"}) {
    server.put("/Encounter/" + id, R"({"resourceType":"Encounter","id":")" + id + R"(","status":"finished","class":{"code":"AMB"},
      "subject":{"reference":"Patient/p"},"diagnosis":[{"condition":{"reference":"Condition/of-e"}}]})");
    server.put("/Condition/of-" + id, R"({"resourceType":"Condition","id":"of-)" + id + R"(","subject":{"reference":"Patient/p"},
      "encounter":{"reference":"Encounter/)" + id + "\"}}");
  }
  BOOST_TEST(set(server.get("/Encounter/e/$everything")) == (Names{"e", "of-e", "p", "o"}), boost::test_tools::per_element());
  BOOST_TEST(set(server.get("/Encounter/f/$everything?_type=Condition")) == Names{"of-f"}, boost::test_tools::per_element());
  BOOST_TEST(server.get("/Encounter/nothing/$everything").status == 404);
}

BOOST_AUTO_TEST_CASE(everything_of_a_type_beyond_the_compartment_is_found_through_what_is_in_it) {
  Server server;
  people(server);
  BOOST_TEST(set(server.get("/Patient/p/$everything?_type=Practitioner")) == Names{"d"}, boost::test_tools::per_element());
  BOOST_TEST(set(server.get("/Patient/p/$everything?_type=Practitioner,Patient")) == (Names{"d", "p"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_everything_does_not_know_is_refused_or_told) {
  Server server;
  people(server);
  BOOST_TEST(server.get("/Patient/p/$everything?_type=Bogus").status == 400);
  BOOST_TEST(server.get("/Patient/p/$everything?code=a", {{"Prefer", "handling=strict"}}).status == 400);
  const Response told = server.get("/Patient/p/$everything?code=a");
  BOOST_TEST(told.status == 200);
  BOOST_TEST(ids(told, "outcome").size() == 1U);
  for (const char* url : {"/Patient/p/$everything?_count=0", "/Patient/p/$everything?_summary=count"}) {
    const Response counted = server.get(url);
    BOOST_TEST(parsed(counted).root().text("total") == "6", url);
    BOOST_TEST(ids(counted).empty(), url);
  }
}

BOOST_AUTO_TEST_CASE(lastn_gives_the_newest_of_each_kind) {
  Server server;
  people(server);
  BOOST_TEST(ids(server.get("/Observation/$lastn?patient=Patient/p")) == (std::vector<std::string>{"a2", "b1"}),
             boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/Observation/$lastn?patient=p&max=2&category=laboratory")).size() == 3U);
  BOOST_TEST(server.get("/Observation/$lastn?category=laboratory").status == 400);
  BOOST_TEST(server.get("/Observation/$lastn?patient=p&max=0").status == 400);
}

BOOST_AUTO_TEST_CASE(meta_is_read_added_to_and_taken_from) {
  Server server;
  people(server);
  const std::string input =
      R"({"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"s","code":"t"}],"profile":["http://p"]}}]})";
  BOOST_TEST(server.get("/Patient/p/$meta").status == 200);
  BOOST_TEST(server.get("/Patient/p/$meta-add").status == 405);
  BOOST_TEST(server.post("/Patient/p/$meta-add", input).status == 200);
  const Response again = server.post("/Patient/p/$meta-add", input);
  const auto meta = parsed(again);
  BOOST_TEST(meta.root()["parameter"][0]["valueMeta"]["tag"].size() == 1U);
  BOOST_TEST(ids(server.get("/Patient?_tag=s|t")).size() == 1U);
  BOOST_TEST(server.post("/Patient/p/$meta-delete", input).status == 200);
  BOOST_TEST(ids(server.get("/Patient?_tag=s|t")).empty());
  BOOST_TEST(parsed(server.get("/Patient/p")).root()["meta"].find("profile") == nullptr);
  BOOST_TEST(server.get("/Patient/p/_history/2/$meta").status == 200);
}

BOOST_AUTO_TEST_CASE(validation_tells_and_stores_nothing) {
  Server server;
  const auto before = server.store->last();
  const Response found = server.post("/Patient/$validate", R"({"resourceType":"Patient","gender":"banana"})");
  BOOST_TEST(found.status == 200);
  BOOST_TEST(body(found).find("Patient.gender") != std::string::npos);
  BOOST_TEST(body(server.post("/Patient/$validate", R"({"resourceType":"Patient"})")).find("error") ==
             std::string::npos);
  BOOST_TEST(server.store->last() == before);
}

BOOST_AUTO_TEST_CASE(validation_follows_stored_profiles_and_tells_when_one_is_not_there) {
  Server server;
  server.put("/StructureDefinition/named", R"({"resourceType":"StructureDefinition","id":"named","url":"http://x/named","name":"Named","status":"active",
    "kind":"resource","abstract":false,"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",
    "differential":{"element":[{"id":"Patient","path":"Patient"},{"id":"Patient.name","path":"Patient.name","min":1}]}})");
  const std::string nameless = R"({"resourceType":"Patient"})", named = R"({"resourceType":"Patient","name":[{"family":"F"}]})";
  const auto is_wrong = [&](const std::string& url, const std::string& what) {
    const Response found = server.post(url, what);
    BOOST_TEST(found.status == 200, url);
    return body(found).find("\"error\"") != std::string::npos;
  };
  BOOST_TEST(!is_wrong("/Patient/$validate", nameless));
  BOOST_TEST(is_wrong("/Patient/$validate?profile=http://x/named", nameless));
  BOOST_TEST(!is_wrong("/Patient/$validate?profile=http://x/named", named));
  BOOST_TEST(is_wrong("/Patient/$validate", R"({"resourceType":"Parameters","parameter":[{"name":"resource","resource":)" + nameless +
                                                R"(},{"name":"profile","valueUri":"http://x/named"}]})"));
  BOOST_TEST(is_wrong("/Patient/$validate", R"({"resourceType":"Patient","meta":{"profile":["http://x/named"]}})"));
  const Response unknown = server.post("/Patient/$validate?profile=http://x/other", named);
  BOOST_TEST(unknown.status == 400);
  BOOST_TEST(body(unknown).find("http://x/other") != std::string::npos);
  Services services;
  services.shipped = {body(server.get("/StructureDefinition/named"))};
  Server other(std::move(services));
  BOOST_TEST(body(other.post("/Patient/$validate?profile=http://x/named", nameless)).find("\"error\"") != std::string::npos);
  server.call("DELETE", "/StructureDefinition/named");
  BOOST_TEST(server.post("/Patient/$validate?profile=http://x/named", named).status == 400);
  BOOST_TEST(is_wrong("/Patient/$validate", R"({"resourceType":"Observation","status":"final","code":{"text":"c"}})"));
}

BOOST_AUTO_TEST_CASE(validation_of_a_create_an_update_and_a_delete_says_what_stands_in_their_way) {
  Services services;
  services.rule = [](const fhir::json::Value* before, const fhir::json::Value&, const core::access::Caller&, fhir::validate::Issues& issues) {
    issues.push_back({fhir::validate::Severity::error, "business-rule", "", before ? "not changed" : "not made", {}});
  };
  services.rule_types = {"Task"};
  Server server(std::move(services));
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  server.put("/Condition/c", R"({"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"}})");
  const std::string task = R"({"resourceType":"Task","id":"t","status":"requested","intent":"order"})";
  const auto said = [&](const std::string& url, const std::string& what, std::string_view words) {
    const Response found = server.post(url, what);
    return found.status == 200 && body(found).find(words) != std::string::npos;
  };
  BOOST_TEST(said("/Task/$validate?mode=create", task, "not made"));
  BOOST_TEST(!said("/Task/$validate", task, "not made"));
  BOOST_TEST(said("/Patient/p/$validate?mode=delete", "", "still has data"));
  BOOST_TEST(said("/Condition/c/$validate?mode=delete", "", "no issues found"));
  BOOST_TEST(said("/Patient/p/$validate?mode=update", R"({"resourceType":"Patient","id":"q"})", "'q'"));
  BOOST_TEST(!said("/Patient/p/$validate?mode=update", R"({"resourceType":"Patient","id":"p"})", "\"error\""));
  const Response stored = server.get("/Patient/p/$validate");
  BOOST_TEST(stored.status == 200);
  BOOST_TEST(body(stored).find("\"error\"") == std::string::npos);
  BOOST_TEST(server.get("/Patient/p").status == 200);
  for (const char* url : {"/Patient/$validate?mode=delete", "/Patient/$validate?mode=update", "/Patient/$validate", "/Patient/p/$validate?mode=banana"})
    BOOST_TEST(server.post(url, "").status == 400, url);
  BOOST_TEST(server.get("/Patient/nobody/$validate").status == 404);
}

BOOST_AUTO_TEST_CASE(erasure_leaves_no_version_and_a_record_that_it_happened) {
  Server server;
  people(server);
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p","active":true})");
  Request read;
  read.method = "GET";
  read.path = "/Observation/a1";
  server.api.quick(read);
  BOOST_TEST(server.post("/Patient/p/$erase", "").status == 409);
  BOOST_TEST(server.get("/Patient/p").status == 200);
  Request foreign;
  foreign.method = "POST";
  foreign.path = "/Patient/p/$erase";
  foreign.query = "everything=true";
  foreign.caller.id = "somebody";
  BOOST_TEST(server.api.handle(foreign).status == 403);
  BOOST_TEST(server.post("/Patient/p/$erase?everything=true", "").status == 200);
  for (const char* url : {"/Patient/p", "/Patient/p/_history/1", "/Patient/p/_history", "/Observation/a1"})
    BOOST_TEST(server.get(url).status == 404, url);
  BOOST_TEST(server.api.quick(read)->status == 404);
  BOOST_TEST(ids(server.get("/Observation")) == std::vector<std::string>{"x"}, boost::test_tools::per_element());
  BOOST_TEST(ids(server.get("/AuditEvent")).size() == 1U);
  BOOST_TEST(body(server.get("/_history")).find("Observation/a1") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_capability_statement_follows_its_definition_and_names_what_there_is) {
  Server server;
  Operation extra;
  extra.name = "gaps";
  extra.type = "Patient";
  extra.instance = true;
  extra.definition = "http://example.org/gaps";
  server.api.add(extra);
  const Response response = server.get("/metadata");
  const auto statement = parsed(response);
  for (const auto& issue : fhir::validate::check(*definitions(), statement.root()))
    BOOST_ERROR(issue.expression + ": " + issue.text);
  const auto& rest = statement.root()["rest"][0];
  BOOST_TEST(rest["resource"].size() == definitions()->resource_types().size());
  std::set<std::string> codes, parameters, operations;
  for (const auto& resource : rest["resource"].elements()) {
    if (resource.text("type") != "Patient") continue;
    for (const auto& row : resource["interaction"].elements()) codes.emplace(row.text("code"));
    for (const auto& row : resource["searchParam"].elements()) parameters.emplace(row.text("name"));
    for (const auto& row : resource["operation"].elements()) operations.emplace(row.text("name"));
  }
  BOOST_TEST(codes == (Names{"read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create",
                             "search-type"}),
             boost::test_tools::per_element());
  BOOST_TEST(parameters.contains("birthdate"));
  BOOST_TEST(operations.contains("gaps"));
  BOOST_TEST(operations.contains("everything"));
  BOOST_TEST(!operations.contains("lastn"));
  BOOST_TEST(server.get("/metadata?mode=terminology").status == 200);
  BOOST_TEST(server.get("/metadata?mode=normative").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
