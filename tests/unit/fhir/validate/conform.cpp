#include "fhir/validate/conform.hpp"

#include "tests/unit/fhir/validate/shelf.hpp"

using shelf::profile;
using shelf::Shelf;
using shelf::url;

namespace {

std::string observation(const std::string& members) {
  return R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:s","code":"c"}]})" +
         (members.empty() ? "" : "," + members) + "}";
}

std::string patient(const std::string& members) {
  return R"({"resourceType":"Patient")" + (members.empty() ? "" : "," + members) + "}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conform)

BOOST_AUTO_TEST_CASE(cardinality_of_a_profile_counts) {
  const Shelf shelf{
      profile("p", "Patient", R"({"path":"Patient.name","min":1,"max":"2"},{"path":"Patient.contact","max":"0"})")};
  BOOST_TEST(shelf.errors(patient(""), {url("p")}) == "structure Patient");
  BOOST_TEST(shelf.errors(patient(R"("name":[{"text":"a"}])"), {url("p")}) == "");
  BOOST_TEST(shelf.errors(patient(R"("name":[{"text":"a"},{"text":"b"},{"text":"c"}])"), {url("p")}) ==
             "structure Patient");
  BOOST_TEST(shelf.errors(patient(R"("name":[{"text":"a"}],"contact":[{"name":{"text":"b"}}])"), {url("p")}) ==
             "structure Patient");
}

BOOST_AUTO_TEST_CASE(a_profile_in_meta_is_checked_and_an_unknown_one_is_a_warning) {
  const Shelf shelf{profile("p", "Patient", R"({"path":"Patient.active","min":1})")};
  BOOST_TEST(shelf.errors(patient(R"("meta":{"profile":["http://x.org/StructureDefinition/p"]})")) ==
             "structure Patient");
  BOOST_TEST(shelf.errors(patient(R"("meta":{"profile":["http://x.org/StructureDefinition/q"]})")) == "");
  BOOST_TEST(shelf.warnings(patient(R"("meta":{"profile":["http://x.org/StructureDefinition/q"]})")) ==
             "not-found Patient.meta");
  BOOST_TEST(shelf.errors(patient(R"("meta":{"profile":["http://hl7.org/fhir/StructureDefinition/Patient"]})")) == "");
}

BOOST_AUTO_TEST_CASE(the_base_profile_is_checked_too) {
  const Shelf shelf{profile("base", "Patient", R"({"path":"Patient.active","min":1})"),
                    profile("p", "Patient", R"({"path":"Patient.gender","min":1})", "base"),
                    profile("lost", "Patient", R"({"path":"Patient.gender","min":1})", "nowhere")};
  BOOST_TEST(shelf.errors(patient(R"("gender":"male")"), {url("p")}) == "structure Patient");
  BOOST_TEST(shelf.errors(patient(R"("gender":"male","active":true)"), {url("p")}) == "");
  BOOST_TEST(shelf.warnings(patient(R"("gender":"male")"), {url("lost")}) == "not-found Patient");
}

BOOST_AUTO_TEST_CASE(a_profile_of_another_type_does_not_fit) {
  const Shelf shelf{profile("p", "Observation", R"({"path":"Observation.status"})")};
  BOOST_TEST(shelf.errors(patient(""), {url("p")}) == "structure Patient");
}

BOOST_AUTO_TEST_CASE(fixed_values_are_exact_and_patterns_are_contained) {
  const Shelf shelf{
      profile(
          "p", "Observation",
          R"({"path":"Observation.status","fixedCode":"final"},{"path":"Observation.code","patternCodeableConcept":{"coding":[{"system":"urn:s","code":"c"}]}})"),
      profile("q", "Observation",
              R"({"path":"Observation.code","fixedCodeableConcept":{"coding":[{"system":"urn:s"}]}})")};
  BOOST_TEST(shelf.errors(observation(""), {url("p")}) == "");
  BOOST_TEST(
      shelf.errors(
          R"({"resourceType":"Observation","status":"amended","code":{"coding":[{"system":"urn:s","code":"d"}]}})",
          {url("p")}) == "value Observation.status; value Observation.code");
  BOOST_TEST(shelf.errors(observation(""), {url("q")}) == "value Observation.code");
}

BOOST_AUTO_TEST_CASE(choice_types_are_restricted) {
  const Shelf shelf{profile("p", "Observation", R"({"path":"Observation.value[x]","type":[{"code":"Quantity"}]})")};
  BOOST_TEST(shelf.errors(observation(R"("valueQuantity":{"value":1})"), {url("p")}) == "");
  BOOST_TEST(shelf.errors(observation(R"("valueString":"x")"), {url("p")}) ==
             "structure Observation.value.ofType(string)");
}

BOOST_AUTO_TEST_CASE(limits_hold_in_convertible_units) {
  const Shelf shelf{
      profile(
          "p", "Observation",
          R"({"path":"Observation.valueQuantity","minValueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"g"}})"),
      profile("q", "Patient",
              R"({"path":"Patient.birthDate","maxValueDate":"2000-01-01"},{"path":"Patient.id","maxLength":3})")};
  const auto quantity = [](const std::string& value, const std::string& unit) {
    return observation(R"("valueQuantity":{"value":)" + value + R"(,"system":"http://unitsofmeasure.org","code":")" +
                       unit + "\"}");
  };
  BOOST_TEST(shelf.errors(quantity("1000", "mg"), {url("p")}) == "");
  BOOST_TEST(shelf.errors(quantity("999.9", "mg"), {url("p")}) == "value Observation.value.ofType(Quantity)");
  BOOST_TEST(shelf.errors(quantity("5", "m"), {url("p")}) == "value Observation.value.ofType(Quantity)");
  BOOST_TEST(shelf.errors(patient(R"("birthDate":"1999-12-31","id":"abc")"), {url("q")}) == "");
  BOOST_TEST(shelf.errors(patient(R"("birthDate":"2000-01-02","id":"abcd")"), {url("q")}) ==
             "value Patient.birthDate; too-long Patient.id");
}

BOOST_AUTO_TEST_CASE(bindings_use_loaded_value_sets) {
  const Shelf shelf{
      R"({"resourceType":"ValueSet","url":"urn:vs","status":"active","compose":{"include":[{"system":"urn:s","concept":[{"code":"a"}]}]}})",
      profile("p", "Observation",
              R"({"path":"Observation.code","binding":{"strength":"required","valueSet":"urn:vs"}})"),
      profile("q", "Observation",
              R"({"path":"Observation.code","binding":{"strength":"extensible","valueSet":"urn:vs"}})"),
      profile("r", "Observation",
              R"({"path":"Observation.code","binding":{"strength":"required","valueSet":"urn:unknown"}})")};
  BOOST_TEST(shelf.errors(observation(""), {url("p")}) == "code-invalid Observation.code");
  BOOST_TEST(shelf.errors(observation(""), {url("q")}) == "");
  BOOST_TEST(shelf.warnings(observation(""), {url("q")}) == "code-invalid Observation.code");
  BOOST_TEST(shelf.warnings(observation(""), {url("r")}) == "not-found Observation.code");
}

BOOST_AUTO_TEST_CASE(constraints_of_a_profile_are_evaluated) {
  const Shelf shelf{profile(
      "p", "Patient",
      R"j({"path":"Patient","constraint":[{"key":"x-1","severity":"error","human":"A name is needed","expression":"name.exists()"}]},)j"
      R"j({"path":"Patient.name","constraint":[{"key":"x-2","severity":"warning","human":"Short","expression":"family.length() < 3"}]})j")};
  BOOST_TEST(shelf.errors(patient(""), {url("p")}) == "x-1 Patient");
  BOOST_TEST(shelf.errors(patient(R"("name":[{"family":"Jansen"}])"), {url("p")}) == "");
  BOOST_TEST(shelf.warnings(patient(R"("name":[{"family":"Jansen"}])"), {url("p")}) == "x-2 Patient.name[0]");
  BOOST_TEST(shelf.issues(patient(""), {url("p")}).back().text == "A name is needed");
}

BOOST_AUTO_TEST_CASE(slices_by_value_are_counted_and_checked) {
  const Shelf shelf{profile(
      "p", "Patient",
      R"({"path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"closed"}},)"
      R"({"path":"Patient.identifier","sliceName":"bsn","min":1,"max":"1"},)"
      R"({"path":"Patient.identifier.system","fixedUri":"urn:bsn"},{"path":"Patient.identifier.value","min":1,"maxLength":9},)"
      R"({"path":"Patient.identifier","sliceName":"local","max":"1"},{"path":"Patient.identifier.system","fixedUri":"urn:local"})")};
  BOOST_TEST(
      shelf.errors(
          patient(
              R"("identifier":[{"system":"urn:bsn","value":"123456789"},{"system":"urn:local","value":"far too long for a bsn"}])"),
          {url("p")}) == "");
  BOOST_TEST(shelf.errors(patient(R"("identifier":[{"system":"urn:local","value":"1"}])"), {url("p")}) ==
             "structure Patient");
  BOOST_TEST(shelf.errors(patient(R"("identifier":[{"system":"urn:bsn"}])"), {url("p")}) ==
             "structure Patient.identifier[0]");
  BOOST_TEST(shelf.errors(patient(R"("identifier":[{"system":"urn:bsn","value":"1"},{"system":"urn:other"}])"),
                          {url("p")}) == "structure Patient.identifier[1]");
  BOOST_TEST(
      shelf.errors(patient(R"("identifier":[{"system":"urn:bsn","value":"1"},{"system":"urn:bsn","value":"2"}])"),
                   {url("p")}) == "structure Patient");
}

BOOST_AUTO_TEST_CASE(slices_by_pattern_exists_and_type_are_found) {
  const Shelf shelf{
      profile(
          "pattern", "Observation",
          R"({"path":"Observation.component","slicing":{"discriminator":[{"type":"pattern","path":"code"}],"rules":"open"}},)"
          R"({"path":"Observation.component","sliceName":"a","min":1},{"path":"Observation.component.code","patternCodeableConcept":{"coding":[{"code":"a"}]}},)"
          R"({"path":"Observation.component.value[x]","min":1})"),
      profile(
          "exists", "Patient",
          R"({"path":"Patient.name","slicing":{"discriminator":[{"type":"exists","path":"period"}],"rules":"open"}},)"
          R"({"path":"Patient.name","sliceName":"old","max":"1"},{"path":"Patient.name.period","min":1},)"
          R"({"path":"Patient.name","sliceName":"now","min":1},{"path":"Patient.name.period","max":"0"})"),
      profile(
          "type", "Observation",
          R"({"path":"Observation.value[x]","slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"open"}},)"
          R"({"path":"Observation.value[x]","sliceName":"valueQuantity","type":[{"code":"Quantity"}]},{"path":"Observation.value[x].unit","min":1})")};
  BOOST_TEST(
      shelf.errors(observation(R"("component":[{"code":{"coding":[{"system":"s","code":"a"}]},"valueInteger":1}])"),
                   {url("pattern")}) == "");
  BOOST_TEST(shelf.errors(observation(R"("component":[{"code":{"coding":[{"system":"s","code":"a"}]}}])"),
                          {url("pattern")}) == "structure Observation.component[0]");
  BOOST_TEST(shelf.errors(observation(R"("component":[{"code":{"coding":[{"system":"s","code":"b"}]}}])"),
                          {url("pattern")}) == "structure Observation");
  BOOST_TEST(
      shelf.errors(patient(R"("name":[{"text":"a","period":{"start":"2000"}},{"text":"b"}])"), {url("exists")}) == "");
  BOOST_TEST(shelf.errors(patient(R"("name":[{"text":"a","period":{"start":"2000"}}])"), {url("exists")}) ==
             "structure Patient");
  BOOST_TEST(shelf.errors(observation(R"("valueString":"x")"), {url("type")}) == "");
  BOOST_TEST(shelf.errors(observation(R"("valueQuantity":{"value":1})"), {url("type")}) ==
             "structure Observation.value.ofType(Quantity)");
}

BOOST_AUTO_TEST_CASE(slicing_of_the_base_profile_is_inherited) {
  const Shelf shelf{
      profile(
          "base", "Patient",
          R"({"path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}})"),
      profile(
          "p", "Patient",
          R"({"path":"Patient.identifier","sliceName":"a","min":1},{"path":"Patient.identifier.system","fixedUri":"urn:a"})",
          "base")};
  BOOST_TEST(shelf.errors(patient(R"("identifier":[{"system":"urn:a"}])"), {url("p")}) == "");
  BOOST_TEST(shelf.errors(patient(R"("identifier":[{"system":"urn:b"}])"), {url("p")}) == "structure Patient");
}

BOOST_AUTO_TEST_CASE(extensions_are_checked_by_their_definition_and_place) {
  const std::string definition =
      R"({"resourceType":"StructureDefinition","url":"http://x.org/StructureDefinition/e","name":"E","status":"active","kind":"complex-type","abstract":false,)"
      R"("type":"Extension","context":[{"type":"element","expression":"Patient"}],"baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension","derivation":"constraint",)"
      R"("differential":{"element":[{"path":"Extension.extension","max":"0"},{"path":"Extension.url","fixedUri":"http://x.org/StructureDefinition/e"},)"
      R"({"path":"Extension.value[x]","min":1,"type":[{"code":"boolean"}]}]}})";
  const Shelf shelf{
      definition,
      profile(
          "p", "Patient",
          R"({"path":"Patient.extension","sliceName":"e","min":1,"type":[{"code":"Extension","profile":["http://x.org/StructureDefinition/e"]}]})")};
  const std::string good = R"("extension":[{"url":"http://x.org/StructureDefinition/e","valueBoolean":true}])";
  BOOST_TEST(shelf.errors(patient(good)) == "");
  BOOST_TEST(shelf.errors(patient(good), {url("p")}) == "");
  BOOST_TEST(shelf.errors(patient(""), {url("p")}) == "structure Patient");
  BOOST_TEST(shelf.errors(patient(R"("extension":[{"url":"http://x.org/StructureDefinition/e","valueString":"x"}])")) ==
             "structure Patient.extension[0].value.ofType(string)");
  BOOST_TEST(shelf.errors(observation(good)) == "structure Observation.extension[0]");
  BOOST_TEST(shelf.errors(patient(R"("extension":[{"url":"http://x.org/unknown","valueString":"x"}])")) == "");
  BOOST_TEST(shelf.warnings(patient(R"("extension":[{"url":"http://x.org/unknown","valueString":"x"}])")) ==
             "not-found Patient.extension[0]");
}

BOOST_AUTO_TEST_CASE(targets_of_references_keep_to_their_profile_when_at_hand) {
  const Shelf shelf{
      profile("pat", "Patient", R"({"path":"Patient.active","min":1})"),
      profile(
          "obs", "Observation",
          R"({"path":"Observation.subject","type":[{"code":"Reference","targetProfile":["http://x.org/StructureDefinition/pat"]}]})")};
  const auto contained = [](const std::string& members) {
    return observation(R"("contained":[{"resourceType":"Patient","id":"p")" + members +
                       R"(}],"subject":{"reference":"#p"})");
  };
  BOOST_TEST(shelf.errors(contained(R"(,"active":true)"), {url("obs")}) == "");
  BOOST_TEST(shelf.errors(contained(R"(,"gender":"male")"), {url("obs")}) == "structure Observation.subject");
  BOOST_TEST(shelf.errors(observation(R"("subject":{"reference":"Patient/elsewhere"})"), {url("obs")}) == "");
}

BOOST_AUTO_TEST_CASE(profiles_that_name_each_other_end) {
  const Shelf shelf{
      profile(
          "a", "Bundle",
          R"({"path":"Bundle.entry.resource","type":[{"code":"Bundle","profile":["http://x.org/StructureDefinition/a"]}]})"),
      profile("self", "Patient", R"({"path":"Patient.active","min":1})", "self")};
  BOOST_TEST(
      shelf.errors(
          R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","resource":{"resourceType":"Bundle","type":"collection"}}]})",
          {url("a")}) == "");
  BOOST_TEST(shelf.errors(patient(""), {url("self")}) == "structure Patient");
}

BOOST_AUTO_TEST_SUITE_END()
