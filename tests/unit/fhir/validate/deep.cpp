#include "fhir/validate/deep.hpp"

#include "tests/unit/fhir/validate/shelf.hpp"

using shelf::Shelf;

BOOST_AUTO_TEST_SUITE(deep)

BOOST_AUTO_TEST_CASE(base_invariants_are_evaluated_where_they_belong) {
  const Shelf shelf{};
  BOOST_TEST(shelf.errors(R"({"resourceType":"Patient","contact":[{"gender":"male"}]})") == "pat-1 Patient.contact[0]");
  BOOST_TEST(
      shelf.errors(
          R"({"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"period":{"start":"2024-02-01","end":"2024-01-01"}})") ==
      "per-1 Encounter.period");
  BOOST_TEST(
      shelf.errors(
          R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"a","dataAbsentReason":{"text":"b"}})") ==
      "obs-6 Observation");
  BOOST_TEST(shelf.errors(R"({"resourceType":"Bundle","type":"collection","total":3})") == "bdl-1 Bundle");
}

BOOST_AUTO_TEST_CASE(contained_resources_are_resources_of_their_own) {
  const Shelf shelf{};
  const auto patient = [](const std::string& contained) {
    return R"({"resourceType":"Patient","contained":[)" + contained + R"(],"managingOrganization":{"reference":"#o"}})";
  };
  BOOST_TEST(shelf.errors(patient(R"({"resourceType":"Organization","id":"o","name":"N"})")) == "");
  BOOST_TEST(shelf.errors(patient(R"({"resourceType":"Organization","id":"other","name":"N"})")) ==
             "dom-3 Patient; ref-1 Patient.managingOrganization; not-found Patient.managingOrganization");
  BOOST_TEST(shelf.errors(patient(R"({"resourceType":"Organization","id":"o"})")) == "org-1 Patient.contained[0]");
  BOOST_TEST(shelf.errors(patient(R"({"resourceType":"Practitioner","id":"o"})")) ==
             "structure Patient.managingOrganization");
}

BOOST_AUTO_TEST_CASE(references_name_an_allowed_type) {
  const Shelf shelf{R"({"resourceType":"Device","id":"d"})"};
  const auto encounter = [](const std::string& reference) {
    return R"({"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"subject":)" + reference + "}";
  };
  BOOST_TEST(shelf.errors(encounter(R"({"reference":"Patient/1"})")) == "");
  BOOST_TEST(shelf.errors(encounter(R"({"reference":"Device/d"})")) == "structure Encounter.subject");
  BOOST_TEST(shelf.errors(encounter(R"({"reference":"https://x.org/fhir/Location/1"})")) ==
             "structure Encounter.subject");
  BOOST_TEST(shelf.errors(encounter(R"({"reference":"Patient/1","type":"Group"})")) == "structure Encounter.subject");
  BOOST_TEST(shelf.errors(encounter(R"({"reference":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"})")) == "");
  BOOST_TEST(shelf.errors(encounter(R"({"identifier":{"value":"1"}})")) == "");
}

BOOST_AUTO_TEST_CASE(codes_and_displays_of_known_systems_are_checked) {
  const Shelf shelf{
      R"({"resourceType":"CodeSystem","url":"urn:s","status":"active","content":"complete","concept":[{"code":"a","display":"First  thing"}]})"};
  const auto observation = [](const std::string& coding) {
    return R"({"resourceType":"Observation","status":"final","code":{"coding":[)" + coding + "]}}";
  };
  BOOST_TEST(shelf.errors(observation(R"({"system":"urn:s","code":"a","display":"first thing"})")) == "");
  BOOST_TEST(shelf.errors(observation(R"({"system":"urn:s","code":"b"})")) ==
             "code-invalid Observation.code.coding[0].code");
  BOOST_TEST(shelf.errors(observation(R"({"system":"urn:s","code":"a","display":"Second"})")) ==
             "invalid Observation.code.coding[0].display");
  BOOST_TEST(shelf.errors(observation(R"({"system":"urn:t","code":"b","display":"x"})")) == "");
}

BOOST_AUTO_TEST_CASE(attachments_and_uris_keep_their_promise) {
  const Shelf shelf{};
  BOOST_TEST(
      shelf.errors(
          R"({"resourceType":"Media","status":"completed","content":{"contentType":"text/plain","data":"QUJD","size":3}})") ==
      "");
  BOOST_TEST(
      shelf.errors(
          R"({"resourceType":"Media","status":"completed","content":{"contentType":"text/plain","data":"QUI=","size":3}})") ==
      "structure Media.content");
  BOOST_TEST(shelf.errors(R"({"resourceType":"Patient","identifier":[{"system":"urn:oid:1.2.x","value":"1"}]})") ==
             "invalid Patient.identifier[0].system");
}

BOOST_AUTO_TEST_CASE(bundles_agree_with_their_entries) {
  const Shelf shelf{};
  const auto bundle = [](const std::string& type, const std::string& entry, const std::string& more = "") {
    return R"({"resourceType":"Bundle","type":")" + type + "\"" + more + R"(,"entry":[)" + entry + "]}";
  };
  BOOST_TEST(shelf.errors(bundle(
                 "collection",
                 R"({"fullUrl":"http://x.org/Patient/1","resource":{"resourceType":"Patient","id":"1"}})")) == "");
  BOOST_TEST(
      shelf.errors(bundle("collection",
                          R"({"fullUrl":"http://x.org/Patient/1","resource":{"resourceType":"Patient","id":"2"}})")) ==
      "invalid Bundle.entry[0].resource");
  BOOST_TEST(
      shelf.errors(bundle(
          "collection",
          R"({"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","resource":{"resourceType":"Patient","id":"2"}})")) ==
      "");
  BOOST_TEST(
      shelf.errors(bundle(
          "searchset",
          R"({"fullUrl":"http://x.org/Patient/1","resource":{"resourceType":"Patient","id":"1"},"search":{"mode":"outcome"}})")) ==
      "invalid Bundle.entry[0].resource");
  BOOST_TEST(
      shelf.errors(bundle(
          "searchset",
          R"({"fullUrl":"http://x.org/Patient/1","resource":{"resourceType":"Patient","id":"1"},"search":{"mode":"match"}})",
          R"(,"link":[{"relation":"self","url":"b?_type=Group,Task"}])")) == "invalid Bundle.entry[0].resource");
  BOOST_TEST(
      shelf.errors(
          R"({"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"a"},{"relation":"self","url":"a"}]})") ==
      "invalid Bundle.link[1]");
}

BOOST_AUTO_TEST_CASE(references_within_a_bundle_are_resolved_by_full_url) {
  const Shelf shelf{};
  const std::string text =
      R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://x.org/Encounter/1","resource":{"resourceType":"Encounter","id":"1","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p"}}},)"
      R"({"fullUrl":"http://x.org/Patient/p","resource":{"resourceType":"Patient","id":"p"}},)"
      R"({"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","resource":{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"subject":{"reference":"http://x.org/Encounter/1"}}}]})";
  BOOST_TEST(shelf.errors(text) == "structure Bundle.entry[2].resource.subject");
  BOOST_TEST(shelf.warnings(text) == "");
}

BOOST_AUTO_TEST_CASE(stated_search_parameters_agree_with_their_definition) {
  const Shelf shelf{};
  const auto parameter = [](const std::string& base, const std::string& type) {
    return R"({"resourceType":"SearchParameter","url":"urn:p","name":"P","status":"active","description":"x","code":"p","derivedFrom":"http://hl7.org/fhir/SearchParameter/Organization-name","base":[")" +
           base + R"("],"type":")" + type + R"(","expression":"name"})";
  };
  BOOST_TEST(shelf.errors(parameter("Organization", "string")) == "");
  BOOST_TEST(shelf.errors(parameter("Organization", "token")) == "business-rule SearchParameter");
  BOOST_TEST(shelf.errors(parameter("Patient", "string")) == "business-rule SearchParameter");
}

BOOST_AUTO_TEST_SUITE_END()
