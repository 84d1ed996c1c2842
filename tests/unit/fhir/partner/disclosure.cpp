// Canaries: a marker in every element, then a look at what is left.
#include "fhir/partner/disclosure.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace fhir::partner;
namespace json = fhir::json;

namespace {

const std::string house = "https://w3id.org/panelbridge/fhir";

const Disclosure& table() {
  static const auto loaded = Disclosure::load(PANELBRIDGE_SOURCE "/profiles");
  if (!loaded) throw std::runtime_error(loaded.error().message);
  return *loaded;
}

std::string seen(std::string_view resource, Recipient recipient) {
  const auto parsed = json::parse(resource);
  BOOST_REQUIRE_MESSAGE(parsed.ok(), resource);
  return json::write(table().project(parsed->root(), recipient).root());
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const Recipient all[] = {Recipient::municipality, Recipient::practice, Recipient::community, Recipient::vendor};

// Every element of R4 that holds text, each with a marker of its own.
const std::string patient =
    R"({"resourceType":"Patient","id":"p1","language":"CANARY-language","implicitRules":"CANARY-rules",
 "text":{"status":"generated","div":"<div>CANARY-narrative</div>"},
 "contained":[{"resourceType":"Condition","code":{"text":"CANARY-contained"}}],
 "extension":[{"url":"https://example.org/CANARY-extension","valueString":"CANARY-extension"},
  {"url":"https://w3id.org/panelbridge/fhir/StructureDefinition/contact-prohibited","valueBoolean":true,"id":"CANARY-extension-id"}],
 "modifierExtension":[{"url":"https://example.org/x","valueString":"CANARY-modifier"}],
 "meta":{"source":"CANARY-source","security":[{"code":"CANARY-security"}],"tag":[{"code":"CANARY-tag"}]},
 "identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019","assigner":{"display":"CANARY-assigner"}},
  {"system":"https://example.org/mrn","value":"mrn-1","type":{"text":"CANARY-mrn-type"}},
  {"use":"old","system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"CANARY-old-bsn"}],
 "name":[{"use":"official","text":"CANARY-name-text","family":"Jansen","_family":{"extension":[{"url":"u","valueString":"CANARY-family-extension"}]},"given":["Anna","Berta"],"suffix":["CANARY-suffix"]},
  {"use":"maiden","family":"Maiden"},{"use":"old","family":"CANARY-old-name"}],
 "telecom":[{"system":"phone","value":"0201234567","use":"home"},{"system":"fax","value":"020-fax"}],
 "gender":"female","birthDate":"1960-05-05","deceasedDateTime":"2020-CANARY","address":[{"text":"CANARY-address","line":["CANARY-line"],"postalCode":"CANARY-postal"}],
 "maritalStatus":{"text":"CANARY-marital"},"multipleBirthInteger":2,"photo":[{"title":"CANARY-photo"}],
 "contact":[{"name":{"text":"CANARY-household"}}],"communication":[{"language":{"text":"CANARY-communication"}}],
 "generalPractitioner":[{"display":"CANARY-gp"}],"managingOrganization":{"display":"CANARY-managing"},"link":[{"other":{"display":"CANARY-link"}}]})";

std::string task(const std::string& need) {
  return R"({"resourceType":"Task","id":"t1","text":{"div":"CANARY-narrative"},"contained":[{"resourceType":"Condition","code":{"text":"CANARY-contained"}}],
 "extension":[{"url":"https://example.org/e","valueString":"CANARY-extension"}],
 "identifier":[{"system":"https://example.org/t","value":"own-1"}],"basedOn":[{"display":"CANARY-based"}],"groupIdentifier":{"value":"CANARY-group"},
 "partOf":[{"reference":"Task/gap-1","display":"CANARY-part"}],"status":"requested","statusReason":{"text":"CANARY-status-reason"},
 "businessStatus":{"text":"CANARY-business","coding":[{"system":"https://example.org/b","code":"CANARY-business-code"}]},
 "intent":"order","priority":"urgent","code":{"text":"words-of-code","coding":[{"system":"http://hl7.org/fhir/CodeSystem/task-code","code":"fulfill","display":"display-of-code"}]},
 "description":"words-for-the-owner","focus":{"reference":"ServiceRequest/s","display":"CANARY-focus"},"for":{"reference":"Patient/p1","display":"CANARY-for","identifier":{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"CANARY-for-bsn"}},
 "encounter":{"display":"CANARY-encounter"},"requester":{"reference":"Practitioner/d","display":"CANARY-requester"},"owner":{"reference":"Organization/g","display":"CANARY-owner"},
 "performerType":[{"text":"CANARY-performer"}],"location":{"display":"CANARY-location"},
 "reasonCode":{"text":"CANARY-medical-reason","coding":[{"system":")" +
         house + R"(/CodeSystem/need","code":")" + need + R"(","display":"CANARY-need-display"},
  {"system":"http://snomed.info/sct","code":"CANARY-44054006","display":"CANARY-diabetes"}]},
 "reasonReference":{"reference":"Condition/CANARY-condition"},"insurance":[{"display":"CANARY-insurance"}],"note":[{"text":"CANARY-note"}],"relevantHistory":[{"display":"CANARY-history"}],
 "restriction":{"repetitions":3,"period":{"end":"2026-12-31"},"recipient":[{"display":"CANARY-recipient"}]},
 "input":[{"type":{"text":"CANARY-input-type"},"valueString":"CANARY-input"}],
 "output":[{"type":{"text":"CANARY-output-type"},"valueString":"CANARY-output"},{"type":{"text":"o"},"valueCodeableConcept":{"text":"CANARY-letter","coding":[{"system":"https://example.org/o","code":"CANARY-outcome"}]}}]})";
}

const std::string service =
    R"({"resourceType":"ServiceRequest","id":"s","status":"active","intent":"order","text":{"div":"CANARY-narrative"},
 "identifier":[{"value":"CANARY-identifier"}],"category":[{"text":"CANARY-category","coding":[{"system":"http://snomed.info/sct","code":"CANARY-category-code"},
 {"system":"http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes","code":"homelessness","display":"CANARY-category-display"}]}],
 "code":{"text":"Home that fits","coding":[{"system":"http://snomed.info/sct","code":"710911006","display":"Housing service"}]},
 "orderDetail":[{"text":"CANARY-detail","coding":[{"system":"x","code":"contacting-subject-prohibited"},{"system":"x","code":"CANARY-detail-code"}]}],
 "reasonCode":[{"text":"CANARY-reason","coding":[{"code":"CANARY-reason-code"}]}],"reasonReference":[{"reference":"Condition/CANARY"}],
 "supportingInfo":[{"display":"CANARY-supporting"}],"note":[{"text":"CANARY-note"}],"patientInstruction":"CANARY-instruction","bodySite":[{"text":"CANARY-site"}],
 "subject":{"display":"CANARY-subject"},"requester":{"display":"CANARY-requester"},"insurance":[{"display":"CANARY-insurance"}]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(disclosure)

BOOST_AUTO_TEST_CASE(no_marker_in_any_element_reaches_anybody) {
  for (const Recipient recipient : all)
    for (const std::string& resource : {patient, task("housing"), task("money"), service}) {
      const std::string left = seen(resource, recipient);
      BOOST_TEST(!has(left, "CANARY"), word_of(recipient) << " sees " << left);
    }
}

BOOST_AUTO_TEST_CASE(a_type_without_a_row_does_not_leave) {
  const std::string types[] = {"Condition",
                               "Observation",
                               "MedicationRequest",
                               "Encounter",
                               "DocumentReference",
                               "CarePlan",
                               "RiskAssessment",
                               "RelatedPerson",
                               "Communication",
                               "Account",
                               ""};
  for (const Recipient recipient : all)
    for (const std::string& type : types)
      BOOST_TEST(seen(R"({"resourceType":")" + type + R"(","id":"x","status":"final","code":{"text":"CANARY"}})",
                      recipient) == "null");
}

std::string panel(const std::string& code, const std::string& owner = "Organization/practice") {
  return R"({"resourceType":"Group","id":"g","type":"person","actual":true,"text":{"div":"CANARY-narrative"},
 "extension":[{"url":"https://w3id.org/panelbridge/fhir/StructureDefinition/member-decision","extension":[{"url":"reason","valueString":"CANARY-reason"}]}],
 "identifier":[{"system":"urn:x","value":"CANARY-identifier"}],"name":"CANARY-name","quantity":1,
 "code":{"text":"CANARY-title","coding":[{"system":"https://w3id.org/panelbridge/fhir/CodeSystem/panel","code":")" +
         code + R"(","display":"CANARY-display"},{"system":"http://snomed.info/sct","code":"CANARY-44054006"}]},)" +
         (owner.empty() ? "" : R"("managingEntity":{"reference":")" + owner + R"(","display":"CANARY-owner"},)") +
         R"("characteristic":[{"code":{"text":"CANARY-criterion"},"valueCodeableConcept":{"text":"CANARY-tier"}}],
 "member":[{"extension":[{"url":"urn:e","valueString":"CANARY-change"}],"entity":{"reference":"Patient/p1","display":"CANARY-person"},"period":{"start":"2026-01-01"}}]})";
}

BOOST_AUTO_TEST_CASE(a_panel_goes_to_its_practice_and_its_vendor_and_to_nobody_else) {
  for (const Recipient recipient : {Recipient::practice, Recipient::vendor}) {
    const std::string left = seen(panel("diabetes"), recipient);
    BOOST_TEST(has(left, R"("code":"diabetes")"));
    BOOST_TEST(has(left, "Patient/p1"));
    BOOST_TEST(has(left, "2026-01-01"));
    BOOST_TEST(has(left, "Organization/practice"));
    BOOST_TEST(!has(left, "CANARY"), left);
    BOOST_TEST(seen(panel("money"), recipient) == "null");  // what it is called tells it of everyone in it
    BOOST_TEST(seen(panel("diabetes", ""), recipient) == "null");  // nobody's
    BOOST_TEST(seen(R"({"resourceType":"Group","id":"family","type":"person","actual":true,"managingEntity":{"reference":"Organization/practice"},
      "code":{"coding":[{"system":"http://snomed.info/sct","code":"35359004"}]},"member":[{"entity":{"reference":"Patient/p1"}}]})",
                    recipient) == "null");  // a household is no panel
    BOOST_TEST(table().asked_by("Group", recipient) == "managing-entity");
    BOOST_TEST(table().asked_by("Task", recipient) == "");
  }
  for (const Recipient recipient : {Recipient::municipality, Recipient::community}) {
    BOOST_TEST(!table().knows("Group", recipient));
    BOOST_TEST(seen(panel("diabetes"), recipient) == "null");
    BOOST_TEST(seen(panel("social-needs"), recipient) == "null");
  }
}

BOOST_AUTO_TEST_CASE(a_municipality_sees_who_what_need_and_how_urgent) {
  const std::string person = seen(patient, Recipient::municipality),
                    order = seen(task("housing"), Recipient::municipality);
  BOOST_TEST(has(person, R"("value":"999990019")"));
  BOOST_TEST(has(person, "Jansen"));
  BOOST_TEST(has(person, "1960-05-05"));
  BOOST_TEST(has(person, R"("valueBoolean":true)"));
  BOOST_TEST(!has(person, "0201234567"));
  BOOST_TEST(has(order, R"("code":"housing")"));
  BOOST_TEST(has(order, "words-for-the-owner"));
  BOOST_TEST(has(order, R"("priority":"urgent")"));
  BOOST_TEST(!has(order, "own-1"));
  const std::string wanted = seen(service, Recipient::municipality);
  BOOST_TEST(has(wanted, "Home that fits"));
  BOOST_TEST(has(wanted, "homelessness"));
  BOOST_TEST(has(wanted, "contacting-subject-prohibited"));
}

BOOST_AUTO_TEST_CASE(a_practice_sees_status_dates_and_outcome_category_but_no_debts_and_no_letters) {
  const std::string plain = seen(task("housing"), Recipient::practice),
                    debts = seen(task("money"), Recipient::practice);
  BOOST_TEST(has(plain, R"("status":"requested")"));
  BOOST_TEST(has(plain, "2026-12-31"));
  BOOST_TEST(has(plain, "words-of-code"));
  BOOST_TEST(!has(debts, "words-of-code"));
  BOOST_TEST(!has(debts, "money"));
  BOOST_TEST(!has(plain, "words-for-the-owner"));
  const std::string gap =
      seen(R"({"resourceType":"Task","status":"requested","identifier":[{"system":")" + house +
               R"(/gap","value":"p|support-money|initial"}],
    "instantiatesCanonical":"https://w3id.org/panelbridge/fhir/ActivityDefinition/soc-money|1","code":{"text":"Support with money","coding":[{"system":"http://snomed.info/sct","code":"462491000124104"},
    {"system":")" +
               house + R"(/CodeSystem/item","code":"support-money"}]},"description":"Support with money is missing"})",
           Recipient::practice);
  BOOST_TEST(has(gap, "requested"));
  BOOST_TEST(!has(gap, "money"));
  BOOST_TEST(!has(gap, "462491000124104"));
  const std::string done = seen(
      R"({"resourceType":"Task","output":[{"type":{"coding":[{"system":")" + house +
          R"(/CodeSystem/task-part","code":"outcome"}]},
    "valueCodeableConcept":{"text":"letter","coding":[{"system":")" +
          house +
          R"(/CodeSystem/referral-result","code":"need-closed"},{"system":"urn:x","code":"granted-900-euro"}]}}]})",
      Recipient::practice);
  BOOST_TEST(has(done, "need-closed"));
  BOOST_TEST(!has(done, "letter"));
  BOOST_TEST(!has(done, "900"));
}

BOOST_AUTO_TEST_CASE(a_community_organisation_sees_a_first_name_and_never_a_bsn) {
  const std::string person = seen(patient, Recipient::community), order = seen(task("housing"), Recipient::community);
  BOOST_TEST(!has(person, "999990019"));
  BOOST_TEST(!has(person, "Jansen"));
  BOOST_TEST(!has(person, "1960"));
  BOOST_TEST(!has(person, "Berta"));
  BOOST_TEST(!has(person, "Maiden"));
  BOOST_TEST(has(person, R"("given":["Anna"])"));
  BOOST_TEST(has(person, "0201234567"));
  BOOST_TEST(has(order, "housing"));
  BOOST_TEST(has(order, "2026-12-31"));
}

BOOST_AUTO_TEST_CASE(an_object_where_a_text_is_expected_does_not_slip_through) {
  BOOST_TEST(!has(
      seen(
          R"({"resourceType":"Patient","birthDate":{"x":"CANARY"},"gender":["CANARY-list",["CANARY"]],"name":"CANARY"})",
          Recipient::community),
      "CANARY"));
  BOOST_TEST(
      !has(seen(R"({"resourceType":"Patient","birthDate":{"x":"CANARY"},"identifier":"CANARY","name":["CANARY"]})",
                Recipient::municipality),
           "CANARY"));
}

BOOST_AUTO_TEST_CASE(a_wrong_table_names_its_place) {
  const auto mistake = [](std::string_view text) {
    const auto parsed = json::parse(text);
    const auto read = Disclosure::from(parsed->root());
    return read ? std::string() : read.error().message;
  };
  BOOST_TEST(mistake(R"({"recipients":{"neighbour":{}}})") == "recipients.neighbour is no kind of recipient");
  BOOST_TEST(has(mistake(R"({"recipients":{"vendor":{"Task":["a..b"]}}})"), "recipients.vendor.Task[0]"));
  BOOST_TEST(has(mistake(R"({"recipients":{"vendor":{"Task":[{"path":"a","were":{}}]}}})"), "were"));
}

BOOST_AUTO_TEST_SUITE_END()
