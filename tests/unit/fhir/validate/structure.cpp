#include "fhir/validate/structure.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

namespace json = fhir::json;
namespace fs = std::filesystem;
using fhir::model::Definitions;
using fhir::validate::Issues;

namespace {

const Definitions& definitions() {
  static const auto loaded = Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  if (!loaded) throw std::runtime_error(loaded.error().message);
  return **loaded;
}

// Findings as "code place" lines.
std::string findings(std::string_view text) {
  const auto document = json::parse(text);
  BOOST_REQUIRE_MESSAGE(document, "not JSON: " + std::string(text));
  std::string out;
  for (const auto& issue : fhir::validate::check(definitions(), document->root())) {
    if (!out.empty()) out += "; ";
    out += issue.code + " " + issue.expression;
  }
  return out;
}

std::string in_patient(const std::string& members) { return findings(R"({"resourceType":"Patient",)" + members + "}"); }

std::string in_observation(const std::string& members) {
  return findings(R"({"resourceType":"Observation","status":"final","code":{"text":"x"},)" + members + "}");
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Unpacks reference data into a folder of its own that goes away again.
class Unpacked {
 public:
  explicit Unpacked(const std::string& command)
      : folder_(fs::temp_directory_path() / ("panelbridge-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
    ok_ = std::system(("cd '" + folder_.string() + "' && " + command).c_str()) == 0;
  }
  ~Unpacked() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  bool ok() const { return ok_; }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_))
      if (entry.path().extension() == ".json") found.push_back(entry.path());
    return found;
  }

 private:
  fs::path folder_;
  bool ok_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(structure)

BOOST_AUTO_TEST_CASE(legal_resources_have_no_finding) {
  for (
      const char* text :
      {R"({"resourceType":"Patient"})",
       R"({"resourceType":"Patient","id":"1","active":false,"name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"u","valueCode":"x"}]}]}]})",
       R"({"resourceType":"Patient","birthDate":"2000-01-01","_birthDate":{"id":"a","extension":[{"url":"u","valueDateTime":"2000-01-01T00:00:00Z"}]}})",
       R"({"resourceType":"Patient","_birthDate":{"extension":[{"url":"u","valueString":"unknown"}]}})",
       R"({"resourceType":"Patient","gender":"male","_gender":{"id":"g"}})",
       R"({"resourceType":"Patient","extension":[{"url":"http://x.org/any","extension":[{"url":"part","valueInteger":1}]}]})",
       R"({"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"N"}],"managingOrganization":{"reference":"#o"}})",
       R"({"resourceType":"Patient","multipleBirthInteger":2,"deceasedBoolean":false})",
       R"({"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","resource":{"resourceType":"Patient"}}]}]})",
       R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"}}]})",
       R"({"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","item":[{"linkId":"1.1","type":"string"}]}]})"})
    BOOST_TEST(findings(text) == "", text);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_resource_is_refused) {
  BOOST_TEST(findings("[]") == "structure Resource");
  BOOST_TEST(findings("\"Patient\"") == "structure Resource");
  BOOST_TEST(findings("{}") == "required Resource.resourceType");
  BOOST_TEST(findings(R"({"resourceType":1})") == "structure 1.resourceType");
  for (const char* name : {"Patients", "patient", "HumanName", "DomainResource", "string", ""})
    BOOST_TEST(findings(std::string(R"({"resourceType":")") + name + "\"}").starts_with("not-supported "), name);
}

BOOST_AUTO_TEST_CASE(unknown_elements_are_named) {
  BOOST_TEST(in_patient(R"("nickname":"x")") == "structure Patient.nickname");
  BOOST_TEST(in_patient(R"("contact":[{"name":{"text":"a"}},{"named":{"text":"b"}}])") ==
             "structure Patient.contact[1].named");
  BOOST_TEST(in_patient(R"("resourcetype":"x")") == "structure Patient.resourcetype");
  BOOST_TEST(in_patient(R"("name":[{"resourceType":"HumanName","text":"a"}])") ==
             "structure Patient.name[0].resourceType");
  BOOST_TEST(in_patient(R"("fhir_comments":["x"])") == "structure Patient.fhir_comments");
  BOOST_TEST(in_observation(R"("value":"x")") == "structure Observation.value");
  BOOST_TEST(in_observation(R"("valueAddress":{"text":"x"})") == "structure Observation.valueAddress");
  BOOST_TEST(in_patient(R"("":"x")") == "structure Patient.");
}

BOOST_AUTO_TEST_CASE(wrong_json_types_are_named) {
  BOOST_TEST(in_patient(R"("active":"true")") == "structure Patient.active");
  BOOST_TEST(in_patient(R"("birthDate":2000)") == "structure Patient.birthDate");
  BOOST_TEST(in_patient(R"("name":{"text":"a"})") == "structure Patient.name");
  BOOST_TEST(in_patient(R"("name":["a"])") == "structure Patient.name[0]");
  BOOST_TEST(in_patient(R"("gender":["male"])") == "structure Patient.gender");
  BOOST_TEST(in_patient(R"("maritalStatus":"M")") == "structure Patient.maritalStatus");
  BOOST_TEST(in_patient(R"("multipleBirthInteger":"2")") == "structure Patient.multipleBirth.ofType(integer)");
  BOOST_TEST(in_patient(R"("contained":["x"])") == "structure Patient.contained[0]");
  BOOST_TEST(in_patient(R"("name":[null])") == "structure Patient.name[0]");
}

BOOST_AUTO_TEST_CASE(missing_and_repeated_elements_are_named) {
  BOOST_TEST(findings(R"({"resourceType":"Observation","id":"x"})") ==
             "required Observation.status; required Observation.code");
  BOOST_TEST(in_observation(R"("component":[{"valueString":"x"}])") == "required Observation.component[0].code");
  BOOST_TEST(
      findings(
          R"({"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"}})") ==
      "required MedicationRequest.medication");
  BOOST_TEST(findings(R"({"resourceType":"List","status":"current","mode":"working","entry":[{"deleted":true}]})") ==
             "required List.entry[0].item");
}

BOOST_AUTO_TEST_CASE(one_choice_at_most) {
  BOOST_TEST(in_observation(R"("valueString":"x","valueInteger":1)") == "structure Observation.value.ofType(integer)");
  BOOST_TEST(in_observation(R"("valueString":"x","_valueString":{"id":"a"})") == "");
  BOOST_TEST(in_observation(R"("valueString":"x","_valueInteger":{"id":"a"})") ==
             "structure Observation.value.ofType(integer)");
}

BOOST_AUTO_TEST_CASE(malformed_primitives_are_named) {
  BOOST_TEST(in_patient(R"("birthDate":"2023-02-29")") == "value Patient.birthDate");
  BOOST_TEST(in_patient(R"("id":"a b")") == "value Patient.id");
  BOOST_TEST(in_patient(R"("meta":{"lastUpdated":"2024-01-01"})") == "value Patient.meta.lastUpdated");
  BOOST_TEST(in_patient(R"("name":[{"family":" ","given":["a",""]}])") ==
             "value Patient.name[0].family; value Patient.name[0].given[1]");
  BOOST_TEST(in_patient(R"("multipleBirthInteger":1.5)") == "value Patient.multipleBirth.ofType(integer)");
  BOOST_TEST(in_patient(R"("text":{"status":"generated","div":"<div><script/></div>"})") == "value Patient.text.div");
}

BOOST_AUTO_TEST_CASE(empty_things_are_refused) {
  BOOST_TEST(in_patient(R"("name":[])") == "structure Patient.name");
  BOOST_TEST(in_patient(R"("name":[{}])") == "structure Patient.name[0]");
  BOOST_TEST(in_patient(R"("maritalStatus":{})") == "structure Patient.maritalStatus");
  BOOST_TEST(in_patient(R"("maritalStatus":null)") == "structure Patient.maritalStatus");
  BOOST_TEST(in_patient(R"("gender":null)") == "structure Patient.gender");
  BOOST_TEST(in_patient(R"("gender":"")") == "value Patient.gender");
  BOOST_TEST(in_patient(R"("_gender":{"id":"g"})") == "structure Patient.gender");
  BOOST_TEST(in_patient(R"("name":[{"id":"only"}])") == "structure Patient.name[0]");
  BOOST_TEST(findings("{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"resource\":{}}]}") ==
             "required Bundle.entry[0].resource.resourceType");
}

BOOST_AUTO_TEST_CASE(null_only_pairs_with_its_companion) {
  BOOST_TEST(in_patient(R"("name":[{"given":["a",null]}])") == "structure Patient.name[0].given[1]");
  BOOST_TEST(in_patient(R"("name":[{"given":["a",null],"_given":[null,null]}])") ==
             "structure Patient.name[0].given[1]");
  BOOST_TEST(in_patient(R"("name":[{"given":["a"],"_given":[null,{"id":"x"}]}])") == "structure Patient.name[0].given");
  BOOST_TEST(in_patient(R"("name":[{"_given":[null,{"extension":[{"url":"u","valueCode":"x"}]}]}])") ==
             "structure Patient.name[0].given[0]");
  BOOST_TEST(in_patient(R"("name":[{"_given":{"id":"x"}}])") == "structure Patient.name[0].given");
  BOOST_TEST(in_patient(R"("_birthDate":"x")") == "structure Patient.birthDate");
  BOOST_TEST(in_patient(R"("_birthDate":{"foo":1})") == "structure Patient.birthDate.foo");
  BOOST_TEST(in_patient(R"("_name":[{"id":"x"}])") == "structure Patient._name");
  BOOST_TEST(in_patient(R"("__gender":{"id":"x"})") == "structure Patient.__gender");
  BOOST_TEST(in_patient(R"("birthDate":"2000","_birthDate":null)") == "structure Patient.birthDate");
}

BOOST_AUTO_TEST_CASE(extensions_have_a_url_and_one_kind_of_content) {
  BOOST_TEST(in_patient(R"("extension":[{"valueString":"x"}])") == "required Patient.extension[0].url");
  BOOST_TEST(in_patient(R"("extension":[{"url":"u"}])") == "invariant Patient.extension[0]");
  BOOST_TEST(in_patient(R"("extension":[{"url":"u","valueString":"x","extension":[{"url":"v","valueCode":"y"}]}])") ==
             "invariant Patient.extension[0]");
  BOOST_TEST(in_patient(R"("extension":[{"url":"u","valueString":"x","valueCode":"y"}])") ==
             "structure Patient.extension[0].value.ofType(code)");
  BOOST_TEST(in_patient(R"("extension":[{"url":"u","valueReference":{"reference":1}}])") ==
             "structure Patient.extension[0].value.ofType(Reference).reference");
}

BOOST_AUTO_TEST_CASE(contained_and_bundled_resources_are_checked_in_their_place) {
  BOOST_TEST(in_patient(R"("contained":[{"resourceType":"Observation","id":"o","status":"final"}])") ==
             "required Patient.contained[0].code");
  BOOST_TEST(
      findings(
          R"({"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Patient","x":1}}]})") ==
      "structure Bundle.entry[1].resource.x");
  BOOST_TEST(
      findings(R"({"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Nothing"}}]})") ==
      "not-supported Bundle.entry[0].resource.resourceType");
}

BOOST_AUTO_TEST_CASE(codes_outside_required_bindings_are_refused) {
  BOOST_TEST(in_patient(R"("gender":"f")") == "code-invalid Patient.gender");
  BOOST_TEST(in_patient(R"("name":[{"use":"Official","text":"x"}])") == "code-invalid Patient.name[0].use");
  const auto condition = [](const std::string& concept_text) {
    return findings(R"({"resourceType":"Condition","subject":{"display":"x"},"clinicalStatus":)" + concept_text + "}");
  };
  const std::string system = R"("system":"http://terminology.hl7.org/CodeSystem/condition-clinical")";
  BOOST_TEST(condition(R"({"coding":[{)" + system + R"(,"code":"active"}]})") == "");
  BOOST_TEST(condition(R"({"coding":[{)" + system + R"(,"code":"aktive"}]})") ==
             "code-invalid Condition.clinicalStatus");
  BOOST_TEST(condition(R"({"coding":[{"system":"http://example.org","code":"x"}]})") == "");
  BOOST_TEST(condition(R"({"coding":[{)" + system + R"(,"code":"aktive"},{)" + system + R"(,"code":"active"}]})") ==
             "");
  BOOST_TEST(condition(R"({"text":"active"})") == "");
  const auto entry = [](const std::string& coding) {
    return findings(
        R"({"resourceType":"MessageHeader","eventUri":"u","source":{"endpoint":"u"},"meta":{"tag":[{"code":"x"}]},"response":{"identifier":"a","code":)" +
        coding + "}}");
  };
  BOOST_TEST(entry("\"ok\"") == "");
  BOOST_TEST(entry("\"okay\"") == "code-invalid MessageHeader.response.code");
}

BOOST_AUTO_TEST_CASE(constrained_datatypes_forbid_what_they_forbid) {
  BOOST_TEST(in_observation(R"("referenceRange":[{"low":{"value":1,"comparator":"<"}}])") ==
             "structure Observation.referenceRange[0].low.comparator");
  BOOST_TEST(in_observation(R"("valueQuantity":{"value":1,"comparator":"<"})") == "");
}

BOOST_AUTO_TEST_CASE(all_findings_come_in_one_go_and_their_number_is_bounded) {
  BOOST_TEST(in_patient(R"("x":1,"gender":"f","birthDate":"y","name":[{}])") ==
             "structure Patient.x; code-invalid Patient.gender; value Patient.birthDate; structure Patient.name[0]");
  std::string many = R"({"resourceType":"Patient")";
  for (int i = 0; i < 20'000; ++i) many += ",\"_x" + std::to_string(i) + "\":1";
  const auto document = json::parse(many + "}");
  BOOST_REQUIRE(document);
  const Issues issues = fhir::validate::check(definitions(), document->root());
  BOOST_TEST(issues.size() == fhir::validate::most_issues + 1);
  BOOST_TEST(issues.back().code == "too-costly");
}

BOOST_AUTO_TEST_CASE(findings_say_what_was_expected) {
  const auto document =
      json::parse(R"({"resourceType":"Observation","status":"finall","code":{"text":"x"},"value":1,"issued":"2024"})");
  BOOST_REQUIRE(document);
  const Issues issues = fhir::validate::check(definitions(), document->root());
  BOOST_REQUIRE(issues.size() == 3U);
  BOOST_TEST(issues[0].text.find("\"finall\"") != std::string::npos);
  BOOST_TEST(issues[0].text.find("preliminary") != std::string::npos);
  BOOST_TEST(issues[1].text.find("valueQuantity") != std::string::npos);
  BOOST_TEST(issues[2].text.find("an instant YYYY-MM-DDThh:mm:ss") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(mutated_resources_are_checked_without_harm) {
  const std::string seed =
      R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"1"}]},"_status":{"id":"a"},)"
      R"("contained":[{"resourceType":"Patient","name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"u","valueCode":"x"}]}]}]}],"component":[{"code":{"text":"x"},)"
      R"("valueQuantity":{"value":1.50,"unit":"mg"}}],"extension":[{"url":"u","valueDateTime":"2024-01-01"}],"text":{"status":"empty","div":"<div><p>x</p></div>"}})";
  const auto document = json::parse(seed);
  BOOST_REQUIRE(document);
  std::mt19937 random(7);
  std::size_t clean = 0, found = 0;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  while (std::chrono::steady_clock::now() < until) {
    // Exchanges the values of two random members, or drops or doubles one, anywhere in the text's quoted words.
    std::string text = seed;
    for (auto edits = 1 + random() % 3; edits-- > 0;) {
      const std::size_t from = text.find_first_of("\"[{:,", random() % text.size());
      if (from == text.npos) continue;
      const std::size_t size = std::min<std::size_t>(random() % 30, text.size() - from);
      const std::string piece = text.substr(from, size);
      if (random() % 2) text.erase(from, size);
      text.insert(random() % (text.size() + 1), piece);
    }
    const auto mutated = json::parse(text);
    if (!mutated) continue;
    const Issues issues = fhir::validate::check(definitions(), mutated->root());
    for (const auto& issue : issues) BOOST_REQUIRE(!issue.text.empty() && !issue.code.empty());
    ++(issues.empty() ? clean : found);
  }
  BOOST_TEST(clean > 0U);
  BOOST_TEST(found > 0U);
}

BOOST_AUTO_TEST_CASE(official_examples_are_legal) {
  const fs::path package = PANELBRIDGE_SHARED "/fhir-packages/hl7.fhir.r4.examples-4.0.1.tgz";
  if (!fs::exists(package)) {
    BOOST_TEST_MESSAGE("not run: " << package << " is absent");
    return;
  }
  // Published with a fault of their own.
  const std::set<std::string> faulty{
      "ImplementationGuide-fhir.json", "ig-r4.json",  // no name, no status
      "Questionnaire-qs1.json",                       // items without linkId
      "SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json",  // an id of more than
                                                                                                   // 64 characters
      // no base
      "SearchParameter-codesystem-extensions-CodeSystem-author.json",
      "SearchParameter-codesystem-extensions-CodeSystem-effective.json",
      "SearchParameter-codesystem-extensions-CodeSystem-end.json",
      "SearchParameter-codesystem-extensions-CodeSystem-keyword.json",
      "SearchParameter-codesystem-extensions-CodeSystem-workflow.json",
      "SearchParameter-valueset-extensions-ValueSet-author.json",
      "SearchParameter-valueset-extensions-ValueSet-effective.json",
      "SearchParameter-valueset-extensions-ValueSet-end.json",
      "SearchParameter-valueset-extensions-ValueSet-keyword.json",
      "SearchParameter-valueset-extensions-ValueSet-workflow.json"};
  const Unpacked unpacked("tar xzf '" + package.string() + "'");
  BOOST_REQUIRE(unpacked.ok());
  std::size_t checked = 0;
  for (const fs::path& path : unpacked.files()) {
    const auto document = json::parse(read(path));
    BOOST_REQUIRE_MESSAGE(document, path);
    if (!document->root().find("resourceType")) continue;  // the package's own table of contents
    ++checked;
    const Issues issues = fhir::validate::check(definitions(), document->root());
    BOOST_TEST(issues.empty() == !faulty.contains(path.filename()),
               path << ": " << (issues.empty() ? "no finding" : issues[0].text));
    const auto again = json::parse(json::write(document->root()));
    BOOST_TEST((again && json::equal(document->root(), again->root())), path << " changes when it is written");
  }
  BOOST_TEST(checked > 5000U);
}

BOOST_AUTO_TEST_CASE(generated_bundles_are_legal) {
  const fs::path data = PANELBRIDGE_SHARED "/data";
  if (!fs::exists(data)) {
    BOOST_TEST_MESSAGE("not run: " << data << " is absent");
    return;
  }
  const Unpacked unpacked(
      "for f in '" + data.string() +
      "'/synthea*/*.json.gz; do gzip -dc \"$f\" > \"$(basename \"$(dirname \"$f\")\")-$(basename \"$f\" .gz)\"; done");
  BOOST_REQUIRE(unpacked.ok());
  std::size_t checked = 0;
  for (const fs::path& path : unpacked.files()) {
    const auto document = json::parse(read(path));
    BOOST_REQUIRE_MESSAGE(document, path);
    const Issues issues = fhir::validate::check(definitions(), document->root());
    BOOST_TEST(issues.empty(), path << ": " << (issues.empty() ? "" : issues[0].expression + " " + issues[0].text));
    ++checked;
  }
  BOOST_TEST(checked == 148U);
}

BOOST_AUTO_TEST_SUITE_END()
