#include "tests/unit/fhir/search/fixture.hpp"

using namespace searching;
using search::Handling;

BOOST_AUTO_TEST_SUITE(search_parse)

namespace {

core::Result<search::Search> parsed(std::string_view type, std::string_view query,
                                    Handling handling = Handling::lenient) {
  const auto parameters = search::parameters_from(query);
  BOOST_REQUIRE_MESSAGE(parameters.ok(), query);
  return search::parse(index(), type, *parameters, context(handling));
}

World family() {
  return World{
      R"({"resourceType":"Patient","id":"jan","name":[{"family":"Jansen"}],"gender":"male","managingOrganization":{"reference":"Organization/o"},"generalPractitioner":[{"reference":"Practitioner/dr"}]})",
      R"({"resourceType":"Patient","id":"els","name":[{"family":"Els"}],"gender":"female","link":[{"other":{"reference":"Patient/jan"},"type":"seealso"}]})",
      R"({"resourceType":"Organization","id":"o","name":"Gemeente Gouda","partOf":{"reference":"Organization/top"}})",
      R"({"resourceType":"Organization","id":"top","name":"Regio"})",
      R"({"resourceType":"Practitioner","id":"dr","name":[{"family":"Huisarts"}]})",
      R"({"resourceType":"Observation","id":"a","status":"final","subject":{"reference":"Patient/jan"},"code":{"coding":[{"code":"4548-4"}]},"performer":[{"reference":"Practitioner/dr"}]})",
      R"({"resourceType":"Observation","id":"b","status":"final","subject":{"reference":"Patient/els"},"code":{"coding":[{"code":"8302-2"}]}})",
      R"({"resourceType":"Observation","id":"c","status":"final","subject":{"reference":"Group/g"}})",
      R"({"resourceType":"Provenance","id":"p","target":[{"reference":"Observation/b"}],"agent":[{"who":{"reference":"Practitioner/dr"}}]})",
      R"({"resourceType":"List","id":"l","entry":[{"item":{"reference":"Patient/els"}}]})"};
}

}  // namespace

BOOST_AUTO_TEST_CASE(chains_of_one_and_more_hops) {
  World world = family();
  BOOST_TEST(world.find("Observation", "patient.gender=male") == "a");
  BOOST_TEST(world.find("Observation", "subject:Patient.name=els") == "b");
  BOOST_TEST(world.find("Observation", "subject.name=els") == "b");
  BOOST_TEST(world.find("Observation", "patient.organization.name=gemeente") == "a");
  BOOST_TEST(world.find("Observation", "patient.organization.partof.name=regio") == "a");
  BOOST_TEST(world.find("Observation", "patient.general-practitioner:Practitioner.family=huis") == "a");
  BOOST_TEST(world.find("Observation", "patient._id=els") == "b");
  BOOST_TEST(world.find("Observation", "patient.organization=o") == "a");
  BOOST_TEST(world.find("Observation", "patient.gender:not=male") == "b");
  BOOST_TEST(world.find("Observation", "patient.organization:missing=true") == "b");
  BOOST_TEST(world.find("Patient", "link.family=jan") == "els");
}

BOOST_AUTO_TEST_CASE(a_chain_is_evaluated_inside_contained_resources_too) {
  const auto order = [](const std::string& id, const std::string& medication, const std::string& contained) {
    return R"({"resourceType":"MedicationRequest","id":")" + id + R"(","contained":[)" + contained + R"(],"medicationReference":{"reference":")" + medication + "\"}}";
  };
  const std::string maker = R"({"resourceType":"Organization","id":"org","name":"Maker"})";
  const auto drug = [](const std::string& code, const std::string& more = {}) {
    return R"({"resourceType":"Medication","id":"med","code":{"coding":[{"code":")" + code + "\"}]}" + more + '}';
  };
  World world;
  for (const std::string& text : {order("in", "#med", drug("a", R"(,"status":"active","manufacturer":{"reference":"Organization/o"})")), order("other", "#med", drug("b")),
                                  order("beside", "Medication/m", drug("a")), order("wrong", "#med", R"({"resourceType":"Substance","id":"med","code":{"coding":[{"code":"a"}]}})"),
                                  std::string(R"({"resourceType":"Medication","id":"m","code":{"coding":[{"code":"c"}]},"manufacturer":{"reference":"Organization/o"}})"),
                                  std::string(R"({"resourceType":"Organization","id":"o","name":"Other"})")})
    world.add(text);
  BOOST_TEST(world.find("MedicationRequest", "medication.code=a") == "in");
  BOOST_TEST(world.find("MedicationRequest", "medication:Medication.code=a,c") == "in beside");
  BOOST_TEST(world.find("MedicationRequest", "medication.code:not=a") == "other beside");
  BOOST_TEST(world.find("MedicationRequest", "medication.status:missing=true") == "other beside");
  BOOST_TEST(world.find("MedicationRequest", "medication.manufacturer.name=other") == "in beside");
  BOOST_TEST(world.find("MedicationRequest", "medication.code=b&medication.status:missing=true") == "other");
  BOOST_TEST(world.find("MedicationRequest", "_filter=" + search::encode("medication[code eq a].status eq active")) == "in");
  BOOST_TEST(world.find("MedicationRequest", "_filter=" + search::encode("medication[code eq b].status eq active")) == "");
  BOOST_TEST(world.find("MedicationRequest", "medication._id=med") == "");
  BOOST_TEST(world.find("Medication", "code=a") == "");
}

BOOST_AUTO_TEST_CASE(a_chain_over_any_type_takes_the_ways_that_make_sense) {
  World world = family();
  BOOST_TEST(world.find("Provenance", "target.subject.name=els") == "p");
  BOOST_TEST(world.find("Provenance", "target:Observation.code=8302-2") == "p");
  std::string many = "subject";
  for (int i = 0; i < 8; ++i) many += ".subject";
  world.find("Basic", many + ".name=x");  // ends, whatever it says
}

BOOST_AUTO_TEST_CASE(chains_that_lead_nowhere_are_refused_by_name) {
  World world;
  for (const char* name : {"subject.nosuch", "code.name", "subject:Practitioner.name", "subject:Foo.name",
                           "patient.gender:exact", "patient.", "patient.name.x", "subject:Patient:Group.name"})
    BOOST_TEST(is_error(world.find("Observation", std::string(name) + "=x"), name), name);
  std::string deep = "partof";
  for (int i = 0; i < 50; ++i) deep += ".partof";
  BOOST_TEST(is_error(world.find("Organization", deep + "=x"), "partof"));
}

BOOST_AUTO_TEST_CASE(has_looks_from_the_other_side) {
  World world = family();
  BOOST_TEST(world.find("Patient", "_has:Observation:patient:code=4548-4") == "jan");
  BOOST_TEST(world.find("Patient", "_has:Observation:subject:status=final") == "jan els");
  BOOST_TEST(world.find("Patient", "_has:Observation:patient:_has:Provenance:target:agent=Practitioner/dr") == "els");
  BOOST_TEST(world.find("Patient", "_has:Observation:patient:performer.family=huis") == "jan");
  BOOST_TEST(world.find("Patient", "_has:Observation:patient:code=4548-4&_has:Observation:patient:code=8302-2") == "");
  BOOST_TEST(world.find("Observation", "patient._has:List:item:_id=l") == "b");
  BOOST_TEST(world.find("Practitioner", "_has:Patient:general-practitioner:gender=male") == "dr");
}

BOOST_AUTO_TEST_CASE(has_that_cannot_be_is_refused_by_name) {
  World world;
  for (const char* name :
       {"_has:Observation", "_has:Observation:patient", "_has:Foo:patient:code", "_has:Observation:nosuch:code",
        "_has:Observation:code:code", "_has:Observation:patient:nosuch", "_has:Encounter:location:status"})
    BOOST_TEST(is_error(world.find("Patient", std::string(name) + "=x"), name), name);
}

BOOST_AUTO_TEST_CASE(a_list_holds_its_members) {
  World world = family();
  BOOST_TEST(world.find("Patient", "_list=l") == "els");
  BOOST_TEST(world.find("Patient", "_list=x") == "");
  BOOST_TEST(is_error(world.find("Patient", "_list=$current-problems"), "_list"));
}

BOOST_AUTO_TEST_CASE(unknown_parameters_are_errors_when_strict_and_named_when_lenient) {
  for (const char* name : {"nosuch", "_x", "Gender", "birthDate", "_lastupdated", "_Sort", "gender.x"}) {
    const std::string query = std::string(name) + "=1";
    const auto strict = parsed("Patient", query, Handling::strict);
    BOOST_REQUIRE_MESSAGE(!strict.ok(), name);
    BOOST_TEST(strict.error().where == name);
  }
  const auto lenient = parsed("Patient", "_lastupdated=2012&gender=male");
  BOOST_REQUIRE(lenient.ok());
  BOOST_TEST(lenient->query.all.size() == 1U);
  BOOST_REQUIRE(lenient->ignored.size() == 1U);
  BOOST_TEST(lenient->ignored[0].text.find("_lastUpdated") != std::string::npos);
  BOOST_TEST(lenient->ignored[0].code == "not-supported");
  BOOST_REQUIRE(lenient->used.size() == 1U);
  BOOST_TEST(lenient->used[0].first == "gender");
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_ignored_and_said_so) {
  const auto lenient = parsed("Patient", "name=&gender=,&active=true");
  BOOST_REQUIRE(lenient.ok());
  BOOST_TEST(lenient->query.all.size() == 1U);
  BOOST_TEST(lenient->ignored.size() == 2U);
  BOOST_TEST(!parsed("Patient", "name=", Handling::strict).ok());
}

BOOST_AUTO_TEST_CASE(a_modifier_that_does_not_apply_is_an_error_even_when_lenient) {
  BOOST_TEST(!parsed("Patient", "gender:contains=male").ok());
  BOOST_TEST(!parsed("Patient", "birthdate:exact=2000").ok());
  BOOST_TEST(!parsed("Patient", "_contained=true").ok());
  BOOST_TEST(!parsed("Patient", "_query=x").ok());
  BOOST_TEST(parsed("Patient", "_contained=false").ok());
}

BOOST_AUTO_TEST_CASE(result_parameters_shape_the_answer) {
  const auto found = parsed(
      "Patient",
      "_sort=-birthdate,family,_id,_lastUpdated&_count=20&_total=accurate&_summary=data&_elements=id,name&_format=json"
      "&_pretty=true&_explain=true");
  BOOST_REQUIRE(found.ok());
  BOOST_TEST(found->query.all.empty());
  BOOST_REQUIRE(found->query.sort.size() == 4U);
  BOOST_TEST(found->query.sort[0].param == "birthdate");
  BOOST_TEST(found->query.sort[0].descending);
  BOOST_TEST((found->query.sort[0].kind == core::store::RowKind::date));
  BOOST_TEST(!found->query.sort[1].descending);
  BOOST_TEST((found->query.sort[3].kind == core::store::RowKind::date));
  BOOST_TEST(found->count.value() == 20U);
  BOOST_TEST((found->total == search::Total::accurate));
  BOOST_TEST((found->summary == search::Summary::data));
  BOOST_TEST(found->elements.size() == 2U);
  BOOST_TEST(found->explain);
  BOOST_TEST(found->ignored.empty());
  BOOST_TEST(parsed("Patient", "_count=0")->count.value() == 0U);
}

BOOST_AUTO_TEST_CASE(bad_result_parameters_are_refused_by_name) {
  for (const char* query : {"_count=-1", "_count=x", "_count=1x", "_total=all", "_summary=yes", "_explain=1",
                            "_include=Patient", "_include=Foo:x", "_include=Patient:nosuch", "_include=Patient:name",
                            "_include=Patient:organization:Foo", "_include=Patient:organization:Patient",
                            "_revinclude=Observation:code", "_include=a:b:c:d", "_include:foo=*"}) {
    const auto found = parsed("Patient", query, Handling::strict);
    BOOST_REQUIRE_MESSAGE(!found.ok(), query);
    const std::string_view name = std::string_view(query).substr(0, std::string_view(query).find('='));
    BOOST_TEST(found.error().where == name, query);
  }
}

BOOST_AUTO_TEST_CASE(a_sort_key_that_is_not_known_is_named) {
  BOOST_TEST(parsed("Patient", "_sort=nosuch")->ignored.size() == 1U);
  BOOST_TEST(parsed("Patient", "_sort=nosuch,family")->query.sort.size() == 1U);
  BOOST_TEST(!parsed("Patient", "_sort=nosuch", Handling::strict).ok());
  BOOST_TEST(!parsed("Observation", "_sort=code-value-quantity").ok());
}

BOOST_AUTO_TEST_CASE(includes_say_what_they_may_bring) {
  const auto found = parsed(
      "Task", "_include=Task:patient&_include:iterate=Patient:organization:Organization&_revinclude=Provenance:target");
  BOOST_REQUIRE(found.ok());
  BOOST_REQUIRE(found->includes.size() == 2U);
  BOOST_TEST(found->includes[0].source == "Task");
  BOOST_TEST(found->includes[0].parameter == "patient");
  BOOST_TEST(!found->includes[0].iterate);
  BOOST_TEST(found->includes[1].target == "Organization");
  BOOST_TEST(found->includes[1].iterate);
  BOOST_REQUIRE(found->reverse_includes.size() == 1U);
  const std::vector<std::string> touched{"Task", "Patient", "Organization", "Provenance"};
  BOOST_TEST(found->types_touched == touched, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_type_that_can_change_the_answer_is_named) {
  const auto touched = [](std::string_view type, std::string_view query) {
    std::string text;
    const auto found = parsed(type, query);
    for (const std::string& name : found->types_touched) text += (text.empty() ? "" : " ") + name;
    return text;
  };
  BOOST_TEST(touched("Patient", "gender=male") == "Patient");
  BOOST_TEST(touched("Observation", "patient.organization.name=x") == "Observation Organization Patient");
  BOOST_TEST(touched("Patient", "_has:Observation:patient:_has:Provenance:target:agent=Practitioner/1") ==
             "Patient Observation Provenance");
  BOOST_TEST(touched("Patient", "_list=1") == "Patient List");
  BOOST_TEST(touched("Patient", "_include=*") == "Patient *");
  BOOST_TEST(touched("", "_lastUpdated=2012") == "*");
  BOOST_TEST(touched("", "_type=Patient,Task&_lastUpdated=2012") == "Patient Task");
}

BOOST_AUTO_TEST_CASE(a_search_over_several_types_takes_what_they_share) {
  World world = family();
  BOOST_TEST(world.find("", "_id=jan,o") == "jan o");
  BOOST_TEST(world.find("", "_type=Patient&family=jansen") == "jan");
  BOOST_TEST(world.find("", "_type=Patient,Practitioner&name=huis,els") == "els dr");
  BOOST_TEST(is_error(world.find("", "_type=Patient,Observation&family=x"), "family"));
  BOOST_TEST(is_error(world.find("", "family=x"), "family"));
  BOOST_TEST(is_error(world.find("", "_type=Foo"), "_type"));
  BOOST_TEST(is_error(world.find("Foo", "_id=1"), "Foo"));
}

BOOST_AUTO_TEST_CASE(conditions_of_writes_never_match_all_by_mistake) {
  const auto condition = [](std::string_view query) {
    return search::criteria(index(), "Patient", query, context(Handling::lenient));
  };
  BOOST_REQUIRE(condition("identifier=urn:x|1").ok());
  BOOST_TEST(condition("?identifier=urn:x|1")->all.size() == 1U);
  BOOST_TEST(condition("identifier=urn:x|1&_format=json")->all.size() == 1U);
  for (const char* query :
       {"", "?", "_count=1", "_sort=family", "identifier=", "nosuch=1", "identifier=1&nosuch=1",
        "identifier=1&name=", "_format=json", "_include=Patient:organization", "_summary=count", "%", "identifier"})
    BOOST_TEST(!condition(query).ok(), query);
}

BOOST_AUTO_TEST_CASE(a_compartment_is_everything_that_refers_to_its_owner) {
  const auto in = [](std::string_view owner, std::string_view id, std::string_view type) {
    return search::compartment(index(), owner, id, type);
  };
  const auto of_patient = in("Patient", "jan", "Observation");
  BOOST_REQUIRE(of_patient.ok());
  World world = family();
  const Rows rows = rows_of(R"({"resourceType":"Observation","id":"a","subject":{"reference":"Patient/jan"}})");
  const Rows other = rows_of(R"({"resourceType":"Observation","id":"b","performer":[{"reference":"Patient/els"}]})");
  const std::string type = "Observation", a = "a", b = "b";
  BOOST_TEST(core::store::matches(*of_patient, {type, a, 0, rows}, world));
  BOOST_TEST(!core::store::matches(*of_patient, {type, b, 0, other}, world));
  BOOST_TEST(core::store::matches(*in("Patient", "els", "Observation"), {type, b, 0, other}, world));
  BOOST_TEST(in("Patient", "jan", "Patient").ok());
  BOOST_TEST(!in("Patient", "jan", "Organization").ok());
  BOOST_TEST(!in("Foo", "jan", "Observation").ok());
  for (const char* owner : {"Patient", "Encounter", "RelatedPerson", "Practitioner", "Device"})
    BOOST_TEST(in(owner, "1", owner).ok(), owner);
}

BOOST_AUTO_TEST_SUITE_END()
