// What the operations of the panel core take as parameters, and how they refuse the rest: through the API, on one
// house.
#include <boost/test/unit_test.hpp>

#include "tests/unit/fhir/care/house.hpp"

namespace {

using fhir::care::test::House;
namespace json = fhir::json;

struct Called {
  int status = 0;
  std::string text;
  bool says(std::string_view part) const { return text.find(part) != text.npos; }
};

struct Office : House {
  Office() {
    write("PUT", "/Patient/anna",
          R"({"resourceType":"Patient","id":"anna","gender":"female","birthDate":"1960-05-05"})");
    write(
        "PUT", "/Condition/dm",
        R"({"resourceType":"Condition","id":"dm","subject":{"reference":"Patient/anna"},"clinicalStatus":{"coding":[{"code":"active",
      "system":"http://terminology.hl7.org/CodeSystem/condition-clinical"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"44054006"}]},"onsetDateTime":"2015-01-01"})");
    const json::Document found =
        read("/Task?patient=Patient/anna&code=https://w3id.org/panelbridge/fhir/CodeSystem/item%7Ca1c");
    task = "/Task/" + std::string(found.root()["entry"][0]["resource"].text("id"));
  }
  Called get(const std::string& url) { return said(call("GET", url)); }
  Called post(const std::string& url, const std::string& parameters) {
    return said(call("POST", url, R"({"resourceType":"Parameters","parameter":[)" + parameters + "]}"));
  }
  Called decide(const std::string& parameters) { return post(task + "/$decide", parameters); }
  std::string children(const std::string& kind) {
    std::string all;
    const json::Document found = read("/Task?part-of=" + task.substr(1) +
                                      "&code=https://w3id.org/panelbridge/fhir/CodeSystem/task-kind%7C" + kind);
    for (const json::Value& entry : found.root()["entry"].elements())
      all += (all.empty() ? "" : ",") + std::string(entry["resource"].text("status"));
    return all;
  }
  static Called said(const fhir::rest::Response& response) {
    return {response.status, response.body ? *response.body : ""};
  }
  std::string task;
};

const std::string by = R"({"name":"by","valueReference":{"reference":"Practitioner/vos"}})";

BOOST_AUTO_TEST_SUITE(operation_call)

BOOST_FIXTURE_TEST_CASE(a_name_that_is_not_known_or_is_given_twice_is_refused, Office) {
  const Called typo = get("/Patient/anna/$gaps?asof=2026-01-01");
  BOOST_TEST(typo.status == 400);
  BOOST_TEST(typo.says("no parameter 'asof' here; there are: asOf"));
  BOOST_TEST(get("/Patient/anna/$gaps?asOf=2026-01-01&asOf=2025-01-01").status == 400);
  BOOST_TEST(get("/Patient/anna/$gaps?asOf=2026-01-01&_format=json").status == 200);
  const Called twice =
      decide(R"({"name":"decision","valueCode":"approve"},{"name":"decision","valueCode":"decline"},)" + by);
  BOOST_TEST(twice.status == 400);
  BOOST_TEST(twice.says("'decision' is given twice"));
  BOOST_TEST(
      said(call("POST", task + "/$decide?decision=approve",
                R"({"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":"decline"},)" + by + "]}"))
          .status == 400);
  BOOST_TEST(decide(R"({"name":"decision","valueCode":"approve"},{"name":"note","valueString":"x"},)" + by).status ==
             400);
  BOOST_TEST(read(task).root().text("status") == "requested");
}

BOOST_FIXTURE_TEST_CASE(a_value_of_another_type_is_refused_and_never_taken_for_a_missing_one, Office) {
  BOOST_TEST(post("/Patient/anna/$gaps", R"({"name":"asOf","valueBoolean":true})").status == 400);
  BOOST_TEST(post("/Patient/anna/$gaps", R"({"name":"asOf","valuePeriod":{"start":"2020-01-01"}})").status == 400);
  BOOST_TEST(post("/Patient/anna/$gaps", R"({"name":"asOf"})").status == 400);
  BOOST_TEST(post("/Patient/anna/$gaps", R"({"name":"asOf","valueDate":"2026-01-01"})").status == 200);
  for (const char* body :
       {"[]", "null", R"({"resourceType":"Patient"})", R"({"resourceType":"Parameters","parameter":{"name":"asOf"}})",
        R"({"resourceType":"Parameters","parameter":[{"name":5}]})"})
    BOOST_TEST(call("POST", "/Patient/anna/$gaps", body).status == 400, body);
}

BOOST_FIXTURE_TEST_CASE(who_decides_is_a_reference_and_an_own_address_is_made_relative, Office) {
  for (const std::string who : {"x", "/", "Practitioner/", "/vos", "Practitioner/a b", "javascript:/x",
                                "a/Practitioner/vos", "Observation/1", "Practitioner/vos/_history/1"})
    BOOST_TEST(decide(R"({"name":"decision","valueCode":"approve"},{"name":"by","valueReference":{"reference":")" +
                      who + "\"}}")
                       .status == 400,
               who);
  BOOST_TEST(read(task).root().text("status") == "requested");
  BOOST_TEST(
      decide(
          R"({"name":"decision","valueCode":"approve"},{"name":"by","valueReference":{"reference":"http://test/fhir/Practitioner/vos"}})")
          .status == 200);
  BOOST_TEST(read(task).root()["note"][0]["authorReference"].text("reference") == "Practitioner/vos");
  BOOST_TEST(
      decide(
          R"({"name":"decision","valueCode":"approve"},{"name":"by","valueReference":{"reference":"https://elsewhere/fhir/Practitioner/vos"}})")
          .status == 200);
  BOOST_TEST(get("/$worklist?owner=Observation/1").status == 400);
  BOOST_TEST(get("/$worklist?owner=http://test/fhir/Practitioner/vos").status == 200);
}

BOOST_FIXTURE_TEST_CASE(parameters_may_come_as_xml_or_within_a_batch, Office) {
  fhir::rest::Request request;
  request.method = "POST";
  request.path = task + "/$decide";
  request.headers = {{"Content-Type", "application/fhir+xml"}};
  request.body =
      R"(<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="decision"/><valueCode value="decline"/></parameter>
      <parameter><name value="by"/><valueReference><reference value="Practitioner/vos"/></valueReference></parameter></Parameters>)";
  const Called decided = said(api->handle(request));
  BOOST_TEST(decided.status == 200, decided.text);
  BOOST_TEST(read(task).root().text("status") == "rejected");
  const Called batch = said(
      call("POST", "", R"({"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":")" + task.substr(1) +
                           R"(/$decide"},"resource":{"resourceType":"Parameters","parameter":[{"name":"decision","valueCode":"approve"},)" + by + "]}}]}"));
  BOOST_TEST(batch.says("200 OK"), batch.text);
  BOOST_TEST(read(task).root().text("status") == "accepted");
}

BOOST_FIXTURE_TEST_CASE(the_first_and_the_last_day_there_is_are_answered, Office) {
  for (const std::string day : {"0001-01-01", "9999-12-31"}) {
    BOOST_TEST(get("/Patient/anna/$gaps?asOf=" + day).status == 200);
    BOOST_TEST(get(task + "/$explain?asOf=" + day).status == 200);
  }
}

BOOST_FIXTURE_TEST_CASE(nobody_asks_for_the_evidence_of_what_has_been_decided_otherwise, Office) {
  BOOST_TEST(decide(R"({"name":"decision","valueCode":"done-elsewhere"},)" + by).status == 200);
  BOOST_TEST(children("ask-evidence") == "requested");
  BOOST_TEST(decide(R"({"name":"decision","valueCode":"done-elsewhere"},)" + by).status == 200);
  BOOST_TEST(children("ask-evidence") == "requested");
  BOOST_TEST(decide(R"({"name":"decision","valueCode":"decline"},)" + by).status == 200);
  BOOST_TEST(children("ask-evidence") == "cancelled");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
