#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/rest/server.hpp"

using namespace fhir::rest;
using namespace fhir::rest::test;

namespace {

std::string bundle(const std::string& type, const std::string& entries) {
  return R"({"resourceType":"Bundle","type":")" + type + R"(","entry":[)" + entries + "]}";
}

std::string entry(const std::string& method, const std::string& url, const std::string& resource = {},
                  const std::string& full_url = {}, const std::string& more = {}) {
  return "{" + (full_url.empty() ? "" : R"("fullUrl":")" + full_url + "\",") +
         (resource.empty() ? "" : "\"resource\":" + resource + ',') + R"("request":{"method":")" + method +
         R"(","url":")" + url + '"' + more + "}}";
}

std::string patient(const std::string& identifier, const std::string& more = {}) {
  return R"({"resourceType":"Patient","identifier":[{"system":"http://ids","value":")" + identifier + "\"}]" + more +
         '}';
}

std::string observation(const std::string& subject, const std::string& more = {}) {
  return R"({"resourceType":"Observation","status":"final","code":{"text":"c"},"subject":{"reference":")" + subject +
         "\"}" + more + '}';
}

std::string status(const fhir::json::Document& answer, std::size_t index) {
  return std::string(answer.root()["entry"][index]["response"].text("status").substr(0, 3));
}

// "Patient/1" of an entry's location.
std::string place(const fhir::json::Document& answer, std::size_t index) {
  const std::string_view location = answer.root()["entry"][index]["response"].text("location");
  return std::string(location.substr(0, location.find("/_history")));
}

std::string subject(Server& server, const std::string& place) {
  return std::string(parsed(server.get("/" + place)).root()["subject"].text("reference"));
}

constexpr const char* urn = "urn:uuid:5f1f7b9e-6c1b-4c6e-9d1d-0d4f2f0e1a11";

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_transaction)

BOOST_AUTO_TEST_CASE(references_by_urn_follow_the_resources_to_their_new_ids) {
  Server server;
  const Response response = server.post("", bundle("transaction", entry("POST", "Observation", observation(urn)) + ',' +
                                                                      entry("POST", "Patient", patient("1"), urn)));
  BOOST_TEST_REQUIRE(response.status == 200);
  const auto answer = parsed(response);
  BOOST_TEST(answer.root().text("type") == "transaction-response");
  BOOST_TEST(status(answer, 0) == "201");
  BOOST_TEST(answer.root()["entry"][1]["response"].text("etag") == "W/\"1\"");
  BOOST_TEST(subject(server, place(answer, 0)) == place(answer, 1));
}

BOOST_AUTO_TEST_CASE(a_reference_by_urn_to_no_entry_that_stays_is_refused_with_its_place) {
  Server server;
  const Response dangling = server.post("", bundle("transaction", entry("POST", "Observation", observation(urn))));
  BOOST_TEST(dangling.status == 400);
  BOOST_TEST(body(dangling).find("entry[0]") != std::string::npos);
  BOOST_TEST(body(dangling).find(urn) != std::string::npos);
  BOOST_TEST(body(server.get("/Observation?_summary=count")).find("\"total\":0") != std::string::npos);
  const std::string document = bundle("document", R"({"fullUrl":"urn:uuid:1","resource":)" + observation(urn) + "}");
  BOOST_TEST(server.post("", bundle("transaction", entry("POST", "Bundle", document))).status == 200);  // its own names
}

BOOST_AUTO_TEST_CASE(relative_absolute_and_versioned_references_to_entries_follow_too) {
  Server server;
  const std::string root = "http://elsewhere.org/fhir";
  const Response response = server.post(
      "",
      bundle("transaction",
             entry("POST", "Patient", patient("1"), root + "/Patient/7") + ',' +
                 entry("POST", "Observation", observation("Patient/7"), root + "/Observation/1") + ',' +
                 entry("POST", "Observation", observation(root + "/Patient/7"),
                       "urn:uuid:5f1f7b9e-6c1b-4c6e-9d1d-0d4f2f0e1a12") +
                 ',' +
                 entry("POST", "Observation", observation(root + "/Patient/7/_history/3"), root + "/Observation/3") +
                 ',' + entry("POST", "Observation", observation("Patient/8"), root + "/Observation/4")));
  BOOST_TEST_REQUIRE(response.status == 200);
  const auto answer = parsed(response);
  for (std::size_t i : {1U, 2U}) BOOST_TEST(subject(server, place(answer, i)) == place(answer, 0));
  BOOST_TEST(subject(server, place(answer, 3)) == place(answer, 0) + "/_history/1");
  BOOST_TEST(subject(server, place(answer, 4)) == "Patient/8");
}

BOOST_AUTO_TEST_CASE(uris_and_narrative_links_follow_identifiers_do_not) {
  Server server;
  const std::string document =
      R"({"resourceType":"Observation","status":"final","code":{"text":"c"},"identifier":[{"value":")" +
      std::string(urn) + R"("}],"extension":[{"url":"http://e","valueUri":")" + urn +
      R"("}],"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\")" + urn +
      R"(\">x</a></div>"}})";
  const auto answer = parsed(server.post("", bundle("transaction", entry("POST", "Patient", patient("1"), urn) + ',' +
                                                                       entry("POST", "Observation", document))));
  BOOST_TEST_REQUIRE(status(answer, 1) == "201");
  const auto stored = parsed(server.get("/" + place(answer, 1)));
  BOOST_TEST(stored.root()["identifier"][0].text("value") == urn);
  BOOST_TEST(stored.root()["extension"][0].text("valueUri") == place(answer, 0));
  BOOST_TEST(stored.root()["text"].text("div").find("href=\"" + place(answer, 0) + '"') != std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(conditional_references_are_resolved_against_store_and_bundle) {
  Server server;
  server.put("/Patient/stored",
             R"({"resourceType":"Patient","id":"stored","identifier":[{"system":"http://ids","value":"s"}]})");
  const auto answer = parsed(server.post(
      "", bundle("transaction", entry("POST", "Observation", observation("Patient?identifier=http://ids|s")) + ',' +
                                    entry("POST", "Observation", observation("Patient?identifier=http://ids|b")) + ',' +
                                    entry("POST", "Patient", patient("b")))));
  BOOST_TEST_REQUIRE(status(answer, 0) == "201");
  BOOST_TEST(subject(server, place(answer, 0)) == "Patient/stored");
  BOOST_TEST(subject(server, place(answer, 1)) == place(answer, 2));
}

BOOST_AUTO_TEST_CASE(a_conditional_reference_to_none_or_several_fails_all_and_is_named) {
  Server server;
  server.post("/Patient", patient("twice"));
  server.post("/Patient", patient("twice"));
  const auto before = server.store->last();
  for (const char* reference : {"Patient?identifier=http://ids|none", "Patient?identifier=http://ids|twice"}) {
    const Response refused =
        server.post("", bundle("transaction", entry("POST", "Patient", patient("x")) + ',' +
                                                  entry("POST", "Observation", observation(reference))));
    BOOST_TEST(refused.status == 412);
    BOOST_TEST(body(refused).find(reference) != std::string::npos);
    BOOST_TEST(body(refused).find("Bundle.entry[1]") != std::string::npos);
  }
  BOOST_TEST(server.store->last() == before);
}

BOOST_AUTO_TEST_CASE(conditional_creates_find_what_is_there_and_equal_ones_are_one) {
  Server server;
  const std::string condition = R"(,"ifNoneExist":"identifier=http://ids|1")";
  const std::string both =
      entry("POST", "Patient", patient("1"), urn, condition) + ',' +
      entry("POST", "Patient", patient("1"), "urn:uuid:5f1f7b9e-6c1b-4c6e-9d1d-0d4f2f0e1a13", condition) + ',' +
      entry("POST", "Observation", observation(urn));
  const auto first = parsed(server.post("", bundle("transaction", both)));
  BOOST_TEST(status(first, 0) == "201");
  BOOST_TEST(status(first, 1) == "200");
  BOOST_TEST(place(first, 0) == place(first, 1));
  const auto second = parsed(server.post("", bundle("transaction", both)));
  BOOST_TEST(status(second, 0) == "200");
  BOOST_TEST(place(second, 0) == place(first, 0));
  BOOST_TEST(subject(server, place(second, 2)) == place(first, 0));
  BOOST_TEST(ids(server.get("/Patient")).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_failure_at_the_last_entry_leaves_no_trace) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const auto before = server.store->last();
  const std::string good = entry("POST", "Patient", patient("1")) + ',' +
                           entry("PUT", "Patient/a", R"({"resourceType":"Patient","id":"a","active":true})") + ',' +
                           entry("DELETE", "Group/g") + ',';
  for (const std::string& bad :
       {entry("POST", "Patient", R"({"resourceType":"Patient","gender":"banana"})"),
        entry("PUT", "Patient/x", patient("1")), entry("POST", "Nonsense", patient("1")),
        entry("PUT", "Patient/a", R"({"resourceType":"Patient","id":"a"})"), entry("POST", "Patient"),
        entry("PATCH", "Patient/nobody", R"({"resourceType":"Parameters"})"),
        entry("POST", "Patient", patient("2"), {}, R"(,"ifNoneExist":"")"),
        entry("PUT", "Patient/b", R"({"resourceType":"Patient","id":"b"})", {}, R"(,"ifMatch":"W/\"1\"")")}) {
    const Response refused = server.post("", bundle("transaction", good + bad));
    BOOST_TEST(refused.status >= 400, bad);
    BOOST_TEST(refused.status < 500, bad);
    BOOST_TEST(body(refused).find("entry[3]") != std::string::npos, bad << body(refused));
  }
  BOOST_TEST(server.store->last() == before);
  BOOST_TEST(ids(server.get("/Patient")) == std::vector<std::string>{"a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(entries_are_processed_in_the_order_of_their_methods_and_answered_in_their_own) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","identifier":[{"system":"http://ids","value":"1"}]})");
  const auto answer = parsed(server.post(
      "", bundle("transaction",
                 entry("GET", "Patient?identifier=http://ids|1") + ',' + entry("GET", "Patient/b") + ',' +
                     entry("PUT", "Patient/b", R"({"resourceType":"Patient","id":"b"})") + ',' +
                     entry("POST", "Patient", patient("1"), {}, R"(,"ifNoneExist":"identifier=http://ids|1")") + ',' +
                     entry("DELETE", "Patient/a"))));
  BOOST_TEST(status(answer, 4) == "204");
  BOOST_TEST(status(answer, 3) == "201");
  BOOST_TEST(status(answer, 2) == "201");
  BOOST_TEST(answer.root()["entry"][1]["resource"].text("id") == "b");
  BOOST_TEST(answer.root()["entry"][0]["resource"].text("total") == "1");
  BOOST_TEST(answer.root()["entry"][0]["resource"]["entry"][0]["resource"].text("id") == place(answer, 3).substr(8));
}

BOOST_AUTO_TEST_CASE(two_changes_of_one_resource_are_refused_conditional_ones_too) {
  Server server;
  const std::string p = R"({"resourceType":"Patient","id":"a","identifier":[{"system":"http://ids","value":"1"}]})";
  server.put("/Patient/a", p);
  for (const std::string& other :
       {entry("PUT", "Patient/a", p), entry("DELETE", "Patient/a"), entry("PUT", "Patient?identifier=http://ids|1", p),
        entry("PATCH", "Patient/a", R"({"resourceType":"Parameters"})")})
    BOOST_TEST(server.post("", bundle("transaction", entry("PUT", "Patient?identifier=http://ids|1", p) + ',' + other))
                       .status >= 400,
               other);
  const std::string fresh = patient("2");
  BOOST_TEST(server
                 .post("", bundle("transaction", entry("PUT", "Patient?identifier=http://ids|2", fresh) + ',' +
                                                     entry("PUT", "Patient?identifier=http://ids|2", fresh)))
                 .status == 400);
}

BOOST_AUTO_TEST_CASE(prefer_representation_puts_the_resources_into_the_answer) {
  Server server;
  const std::string one = bundle("transaction", entry("POST", "Patient", patient("1")));
  BOOST_TEST(parsed(server.post("", one)).root()["entry"][0].find("resource") == nullptr);
  BOOST_TEST(parsed(server.post("", one, {{"Prefer", "return=representation"}}))
                 .root()["entry"][0]["resource"]
                 .text("resourceType") == "Patient");
}

BOOST_AUTO_TEST_CASE(patches_stand_in_bundles_as_binary_or_parameters) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","active":false})");
  // [{"op":"replace","path":"/active","value":true}]
  const std::string binary = R"({"resourceType":"Binary","contentType":"application/json-patch+json",)"
                             R"("data":"W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9hY3RpdmUiLCJ2YWx1ZSI6dHJ1ZX1d"})";
  for (const char* type : {"transaction", "batch"}) {
    server.put("/Patient/a", R"({"resourceType":"Patient","id":"a","active":false})");
    const auto answer = parsed(server.post("", bundle(type, entry("PATCH", "Patient/a", binary))));
    BOOST_TEST(status(answer, 0) == "200");
    BOOST_TEST(parsed(server.get("/Patient/a")).root()["active"].boolean());
  }
}

BOOST_AUTO_TEST_CASE(a_bundle_of_a_few_bytes_is_not_answered_with_gigabytes) {
  Server server;
  server.put("/Binary/large", R"({"resourceType":"Binary","id":"large","contentType":"text/plain","data":")" + std::string(4UL << 20, 'A') + "\"}");
  std::string reads;
  for (int i = 0; i < 40; ++i) reads += entry("GET", "Binary/large") + ',';
  const auto answer = parsed(server.post("", bundle("batch", reads + entry("POST", "Patient", patient("1")))));
  BOOST_TEST(status(answer, 0) == "200");
  BOOST_TEST(status(answer, 39) == "413");
  BOOST_TEST(status(answer, 40) == "201");
  const Response refused = server.post("", bundle("transaction", reads + entry("POST", "Patient", patient("2"))));
  BOOST_TEST(refused.status == 413);
  BOOST_TEST(ids(server.get("/Patient?identifier=2")).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_answers_each_entry_alone) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const Response response = server.post(
      "", bundle("batch", entry("GET", "Patient/nobody") + ',' + entry("POST", "Patient", patient("1")) + ',' +
                              entry("POST", "Patient", R"({"resourceType":"Patient","gender":"banana"})") + ',' +
                              entry("GET", "Patient?_summary=count") + ',' + entry("DELETE", "Patient/a") + ',' +
                              entry("GET", "Nonsense/1") + ',' +
                              entry("POST", "Observation", observation("Patient?identifier=http://ids|1"))));
  BOOST_TEST(response.status == 200);
  const auto answer = parsed(response);
  BOOST_TEST(answer.root().text("type") == "batch-response");
  const std::vector<std::string> expected = {"404", "201", "422", "200", "204", "404", "201"};
  for (std::size_t i = 0; i < expected.size(); ++i) BOOST_TEST(status(answer, i) == expected[i], i);
  BOOST_TEST(answer.root()["entry"][0]["response"]["outcome"].text("resourceType") == "OperationOutcome");
  BOOST_TEST(answer.root()["entry"][3]["resource"].text("total") == "1");
  BOOST_TEST(subject(server, place(answer, 6)) == place(answer, 1));
}

BOOST_AUTO_TEST_CASE(a_batch_answers_an_entry_that_is_none_too_and_goes_on) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const auto answer = parsed(server.post("", bundle("batch", entry("GET", "http://other.example/fhir/Patient/a") + ",{}," + entry("BREW", "Patient") + ",7," +
                                                                 entry("GET", "http://test/fhirworks/Patient/a") + ',' + entry("GET", "http://test/fhir/Patient/a"))));
  const std::vector<std::string> expected = {"400", "400", "400", "400", "400", "200"};
  for (std::size_t i = 0; i < expected.size(); ++i) BOOST_TEST(status(answer, i) == expected[i], i);
}

BOOST_AUTO_TEST_CASE(a_head_in_a_bundle_answers_without_the_resource) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  for (const char* type : {"batch", "transaction"}) {
    const auto answer = parsed(server.post("", bundle(type, entry("HEAD", "Patient/a") + ',' + entry("GET", "Patient/a"))));
    BOOST_TEST(status(answer, 0) == "200", type);
    BOOST_TEST(answer.root()["entry"][0].find("resource") == nullptr, type);
    BOOST_TEST(answer.root()["entry"][0]["response"].text("etag") == "W/\"1\"", type);
    BOOST_TEST(answer.root()["entry"][1].find("resource") != nullptr, type);
  }
}

BOOST_AUTO_TEST_CASE(a_read_that_fails_makes_the_whole_transaction_fail) {
  Server server;
  server.put("/Patient/a", R"({"resourceType":"Patient","id":"a"})");
  const auto before = server.store->last();
  const std::string write = entry("PUT", "Patient/b", R"({"resourceType":"Patient","id":"b"})") + ',';
  for (const auto& [read, expected] : {std::pair(entry("GET", "Patient/nobody"), 404), std::pair(entry("GET", "Patient?gender:bogus=x"), 400),
                                       std::pair(entry("DELETE", "Patient/a") + ',' + entry("GET", "Patient/a"), 410)}) {
    const Response refused = server.post("", bundle("transaction", write + read));
    BOOST_TEST(refused.status == expected, read);
    BOOST_TEST(body(refused).find("Bundle.entry[") != std::string::npos);
    BOOST_TEST(server.store->last() == before);
  }
  const auto answer = parsed(server.post("", bundle("transaction", write + entry("GET", "Patient/b") + ',' + entry("GET", "Patient?_id=b"))));
  BOOST_TEST(status(answer, 1) == "200");
  BOOST_TEST(answer.root()["entry"][2]["resource"].text("total") == "1");
}

BOOST_AUTO_TEST_CASE(a_delete_of_what_is_not_there_overlaps_a_write_of_it) {
  Server server;
  const Response refused = server.post("", bundle("transaction", entry("PUT", "Patient/b", R"({"resourceType":"Patient","id":"b"})") + ',' + entry("DELETE", "Patient/b")));
  BOOST_TEST(refused.status == 400);
  BOOST_TEST(server.get("/Patient/b").status == 404);
}

BOOST_AUTO_TEST_CASE(two_entries_of_one_full_url_are_refused) {
  Server server;
  const Response refused = server.post("", bundle("transaction", entry("POST", "Patient", patient("1"), urn) + ',' + entry("POST", "Patient", patient("2"), urn)));
  BOOST_TEST(refused.status == 400);
  BOOST_TEST(body(refused).find("fullUrl") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_batch_and_no_transaction_is_refused) {
  Server server;
  BOOST_TEST(server.post("", bundle("collection", "")).status == 400);
  BOOST_TEST(server.post("", patient("1")).status == 400);
  BOOST_TEST(server.post("", bundle("transaction", "")).status == 200);
  BOOST_TEST(server.post("", bundle("transaction", "{}")).status == 400);
  BOOST_TEST(server.post("", bundle("transaction", entry("BREW", "Patient"))).status == 400);
  BOOST_TEST(server.post("", bundle("transaction", entry("GET", "http://other.org/Patient/1"))).status == 400);
}

BOOST_AUTO_TEST_CASE(cascades_in_a_transaction_ask_for_what_they_do) {
  Server server;
  server.put("/Patient/p", R"({"resourceType":"Patient","id":"p"})");
  server.put(
      "/Observation/o",
      R"({"resourceType":"Observation","id":"o","status":"final","code":{"text":"c"},"subject":{"reference":"Patient/p"}})");
  BOOST_TEST(server.post("", bundle("transaction", entry("DELETE", "Patient/p"))).status == 409);
  BOOST_TEST(
      server.post("", bundle("transaction", entry("DELETE", "Patient/p") + ',' + entry("DELETE", "Observation/o")))
          .status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
