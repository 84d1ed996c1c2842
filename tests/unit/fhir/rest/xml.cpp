// XML at the API: the same requests and answers in the other form.
#include <boost/test/unit_test.hpp>

#include "fhir/model/xml_form.hpp"
#include "tests/unit/fhir/examples.hpp"
#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;
namespace json = fhir::json;

namespace {

const std::vector<Header> sends_xml = {{"Content-Type", "application/fhir+xml; charset=utf-8"}};
const std::vector<Header> wants_xml = {{"Accept", "application/fhir+xml"}};
const std::vector<Header> all_xml = {{"Content-Type", "application/fhir+xml"}, {"Accept", "application/fhir+xml"}};

std::string xml(std::string_view text) {
  auto document = json::parse(text);
  return *fhir::model::to_xml(*definitions(), document->root());
}

json::Document from_xml(const Response& response) {
  auto document = fhir::model::from_xml(*definitions(), body(response));
  if (!document) throw std::runtime_error(document.error().message + " in " + body(response));
  return std::move(*document);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_xml)

BOOST_AUTO_TEST_CASE(what_comes_as_xml_is_read_as_json_and_back) {
  Server server;
  const std::string text =
      R"({"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00}})";
  const Response stored = server.put("/Observation/o", xml(text), all_xml);
  BOOST_TEST_REQUIRE(stored.status == 201, body(stored));
  BOOST_TEST(header(stored, "Content-Type") == "application/fhir+xml; charset=utf-8");
  BOOST_TEST(parsed(server.get("/Observation/o")).root()["valueQuantity"].text("value") == "1.00");
  for (const char* format : {"xml", "application/fhir%2Bxml", "application/fhir+xml", "text/xml", "application/xml"}) {
    const Response read = server.get("/Observation/o?_format=" + std::string(format), {{"Accept", "application/json"}});
    BOOST_TEST(header(read, "Content-Type").find("xml") != std::string::npos, format);
    BOOST_TEST(from_xml(read).root()["valueQuantity"].text("value") == "1.00");
  }
  BOOST_TEST(header(server.get("/Observation/o", {{"Accept", "application/fhir+xml;q=0.5, application/fhir+json"}}),
                    "Content-Type") == "application/fhir+json; charset=utf-8");
  BOOST_TEST(body(server.get("/Observation/o?_pretty=true", wants_xml)).find("\n  <status") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(errors_are_outcomes_in_xml_when_asked_for) {
  Server server;
  for (const Response& response :
       {server.get("/Patient/x", wants_xml), server.get("/a/b/c/d/e/f/g", wants_xml), server.get("/Shoe", wants_xml),
        server.post("/Patient", "<Patient", all_xml), server.get("/Patient?_count=x", wants_xml),
        server.post("/Patient", xml(R"({"resourceType":"Patient","gender":"banana"})"), all_xml),
        server.call("DELETE", "/metadata", {}, wants_xml)}) {
    BOOST_TEST(response.status >= 400);
    BOOST_TEST(header(response, "Content-Type") == "application/fhir+xml; charset=utf-8");
    BOOST_TEST(!from_xml(response).root()["issue"][0].text("diagnostics").empty());
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_fhir_xml_is_refused_with_its_place) {
  Server server;
  const Response refused =
      server.post("/Patient", "<Patient xmlns=\"http://hl7.org/fhir\">\n<hair value=\"red\"/></Patient>", sends_xml);
  BOOST_TEST(refused.status == 400);
  BOOST_TEST(body(refused).find("Patient.hair is no element") != std::string::npos);
  BOOST_TEST(body(refused).find("line 2") != std::string::npos);
  BOOST_TEST(server.post("/Patient", "<!DOCTYPE a><Patient xmlns=\"http://hl7.org/fhir\"/>", sends_xml).status == 400);
  BOOST_TEST(server.post("/Patient", R"({"resourceType":"Patient"})", sends_xml).status == 400);
  BOOST_TEST(server.post("/Patient", xml(R"({"resourceType":"Patient"})")).status == 400);
  BOOST_TEST(server.post("/Patient", "<a/>", {{"Content-Type", "application/fhir+xml; charset=latin1"}}).status == 415);
}

BOOST_AUTO_TEST_CASE(transactions_searches_and_metadata_speak_xml) {
  Server server;
  const Response done = server.post(
      "", xml(R"({"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","gender":"male"},
        "request":{"method":"POST","url":"Patient"}},{"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},
        "subject":{"reference":"urn:uuid:1"}},"request":{"method":"POST","url":"Observation"}}]})"),
      all_xml);
  BOOST_TEST_REQUIRE(done.status == 200, body(done));
  BOOST_TEST(from_xml(done).root()["entry"].size() == 2U);
  const Response found = server.get("/Observation?subject:Patient.gender=male&_include=*", wants_xml);
  BOOST_TEST(from_xml(found).root()["entry"].size() == 2U);
  const json::Document metadata = from_xml(server.get("/metadata", wants_xml));
  BOOST_TEST(metadata.root()["format"].size() == 4U);
  const Response batch = server.post(
      "", xml(R"({"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient?_format=xml"}}]})"),
      all_xml);
  BOOST_TEST(from_xml(batch).root()["entry"][0]["resource"].text("resourceType") == "Bundle");
}

BOOST_AUTO_TEST_CASE(a_fhirpath_patch_may_come_as_xml) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const std::string patch =
      R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},
      {"name":"path","valueString":"Patient"},{"name":"name","valueString":"active"},{"name":"value","valueBoolean":true}]}]})";
  BOOST_TEST(server.call("PATCH", "/Patient/a", xml(patch), sends_xml).status == 200);
  BOOST_TEST(parsed(server.get("/Patient/a")).root()["active"].boolean());
  BOOST_TEST(server.call("PATCH", "/Patient/a", xml(R"({"resourceType":"Patient","id":"a"})"), sends_xml).status == 400);
}

BOOST_AUTO_TEST_CASE(other_xml_is_kept_as_a_binary) {
  Server server;
  const std::string document = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>";
  const Response created = server.post("/Binary", document, {{"Content-Type", "text/xml"}});
  BOOST_TEST_REQUIRE(created.status == 201);
  const auto stored = parsed(server.get("/Binary/" + id_of(created)));
  BOOST_TEST(stored.root().text("contentType") == "text/xml");
}

// The validator refuses some of the official examples for good reason; all others are read as they were written.
BOOST_AUTO_TEST_CASE(official_examples_are_read_as_they_were_stored) {
  Server server;
  std::size_t seen = 0, equal = 0, refused = 0;
  const bool there = fhir::test::each_official_example([&](const json::Value& root) {
    ++seen;
    const std::string url = '/' + std::string(root.text("resourceType"));
    const std::string id(root.text("id"));
    const Response stored = id.empty() ? server.post(url, json::write(root)) : server.put(url + '/' + id, json::write(root));
    if (stored.status >= 400) {
      ++refused;
      BOOST_TEST_MESSAGE(url << '/' << id << ": " << body(stored).substr(0, 300));
      return;
    }
    json::Document after = parsed(server.get(url + '/' + (id.empty() ? id_of(stored) : id)));
    json::Document before;
    before.root() = before.copy(root);
    for (json::Document* document : {&before, &after}) {
      json::Value& top = document->root();
      if (id.empty()) document->remove(top, "id");
      if (json::Value* meta = document->find(top, "meta")) {
        document->remove(*meta, "versionId");
        document->remove(*meta, "lastUpdated");
        if (meta->size() == 0) document->remove(top, "meta");
      }
    }
    const bool same = json::equal(before.root(), after.root());
    BOOST_TEST(same, url << '/' << id);
    equal += same ? 1 : 0;
  });
  if (!there) {
    BOOST_TEST_MESSAGE("skipped: the official examples are not there");
    return;
  }
  BOOST_TEST_MESSAGE(equal << " of " << seen << " come back equal, " << refused << " are refused");
  BOOST_TEST(equal + refused == seen);
  BOOST_TEST(refused == 14U);
}

BOOST_AUTO_TEST_SUITE_END()
