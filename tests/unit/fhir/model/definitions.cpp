#include "fhir/model/definitions.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>

using namespace fhir::model;

namespace {

const Definitions& definitions() {
  static const auto loaded = Definitions::load(PANELBRIDGE_SOURCE "/profiles");
  if (!loaded) throw std::runtime_error(loaded.error().message + " " + loaded.error().where);
  return **loaded;
}

const Element& element(std::string_view type, std::string_view name) {
  const Type* found = definitions().type(type);
  BOOST_REQUIRE(found);
  const Named* named = found->find(name);
  BOOST_REQUIRE_MESSAGE(named, std::string(type) + "." + std::string(name));
  return *named->element;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(definitions_)

BOOST_AUTO_TEST_CASE(they_load_in_time) {
  const auto start = std::chrono::steady_clock::now();
  BOOST_REQUIRE(Definitions::load(PANELBRIDGE_SOURCE "/profiles"));
  const auto took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  BOOST_TEST_MESSAGE("loaded in " << took << " ms");
  BOOST_TEST(took < 600.0);  // the promise is 150 ms on a quiet machine with an optimised build
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_named) {
  const auto loaded = Definitions::load("/nonexistent");
  BOOST_REQUIRE(!loaded);
  BOOST_TEST(loaded.error().where.find("/nonexistent/r4/") == 0U);
}

BOOST_AUTO_TEST_CASE(every_r4_resource_type_is_there) {
  BOOST_TEST(definitions().resource_types().size() == 146U);
  for (const char* name : {"Patient", "Task", "Bundle", "Parameters", "Binary", "VisionPrescription"})
    BOOST_TEST(definitions().is_resource(name));
  for (const char* name : {"Resource", "DomainResource", "HumanName", "string", "patient", ""})
    BOOST_TEST(!definitions().is_resource(name));
}

BOOST_AUTO_TEST_CASE(every_element_has_a_known_type) {
  std::size_t count = 0;
  const auto walk = [&](const auto& self, const Children& level, const std::string& where) -> void {
    BOOST_TEST(level.elements.size() < 128U);
    for (const Element& e : level.elements) {
      ++count;
      BOOST_TEST(!e.types.empty(), where + " " + e.path);
      for (const ElementType& type : e.types) BOOST_TEST(type.type, e.path + " " + type.code);
      if (e.backbone && e.path.starts_with(where)) {
        BOOST_TEST(e.children == &e.backbone->elements);
        if (&level != e.backbone && e.backbone->elements.back().path.starts_with(e.path))
          self(self, *e.backbone, e.path);
      }
    }
  };
  for (const std::string& name : definitions().resource_types()) walk(walk, *definitions().type(name), name);
  BOOST_TEST(count == 6992U);
}

BOOST_AUTO_TEST_CASE(inherited_elements_come_first_and_carry_the_types_path) {
  const Type& patient = *definitions().type("Patient");
  BOOST_TEST(patient.elements[0].path == "Patient.id");
  BOOST_TEST(patient.elements[0].types[0].code == "id");
  BOOST_TEST(patient.elements[8].path == "Patient.identifier");
  BOOST_TEST(element("Patient", "extension").is_list());
  BOOST_TEST(patient.base == "DomainResource");
  BOOST_TEST((patient.family == Family::resource));
}

BOOST_AUTO_TEST_CASE(a_choice_is_found_under_each_of_its_names) {
  const Type& observation = *definitions().type("Observation");
  const Named* quantity = observation.find("valueQuantity");
  BOOST_REQUIRE(quantity);
  BOOST_TEST(quantity->element->name == "value");
  BOOST_TEST(quantity->element->path == "Observation.value[x]");
  BOOST_TEST(quantity->type->code == "Quantity");
  BOOST_TEST(observation.find("valueDateTime")->type->code == "dateTime");
  BOOST_TEST(!observation.find("value"));
  BOOST_TEST(!observation.find("valueAddress"));
  BOOST_TEST(observation.element("value") == quantity->element);
}

BOOST_AUTO_TEST_CASE(backbones_have_children_of_their_own) {
  const Element& component = element("Observation", "component");
  BOOST_REQUIRE(component.children);
  BOOST_TEST(component.children->front().path == "Observation.component.id");
  BOOST_REQUIRE(find_child(component, "valueString"));
  BOOST_TEST(find_child(component, "modifierExtension"));
  BOOST_TEST(find_child(component, "code")->element->min == 1U);
  const Element& repeat = element("Timing", "repeat");
  BOOST_TEST(find_child(repeat, "boundsPeriod"));
  BOOST_TEST(!find_child(repeat, "modifierExtension"));
}

BOOST_AUTO_TEST_CASE(content_references_lead_back) {
  const Element& item = element("Questionnaire", "item");
  BOOST_TEST(find_child(item, "item")->element->children == item.children);
  BOOST_TEST(find_child(element("Observation", "component"), "referenceRange")->element->children ==
             element("Observation", "referenceRange").children);
  BOOST_TEST(find_child(element("Bundle", "entry"), "link")->element->children == element("Bundle", "link").children);
}

BOOST_AUTO_TEST_CASE(cardinalities_bindings_and_targets_are_kept) {
  const Element& status = element("Observation", "status");
  BOOST_TEST(status.min == 1U);
  BOOST_TEST(status.max == 1U);
  BOOST_TEST((status.strength == Strength::required));
  BOOST_REQUIRE(status.required);
  BOOST_TEST(status.required->codes.contains("final"));
  BOOST_TEST(status.modifier);
  BOOST_TEST(element("Patient", "name").max == UINT32_MAX);
  BOOST_TEST(element("Observation", "subject").types[0].targets.size() == 4U);
  BOOST_TEST(element("MedicationRequest", "status").summary);
  const Type::Named* low = definitions().type("Range")->find("low");
  BOOST_REQUIRE(low);
  BOOST_REQUIRE(low->type->profile);
  BOOST_TEST(low->type->profile->name == "SimpleQuantity");
}

BOOST_AUTO_TEST_CASE(invariants_carry_key_severity_and_expression) {
  const auto& invariants = definitions().type("Observation")->invariants;
  const auto found =
      std::find_if(invariants.begin(), invariants.end(), [](const Invariant& i) { return i.key == "obs-6"; });
  BOOST_REQUIRE(found != invariants.end());
  BOOST_TEST(found->error);
  BOOST_TEST(found->expression == "dataAbsentReason.empty() or value.empty()");
  BOOST_TEST(definitions().type("Parameters")->find("parameter")->element->invariants[0].key == "inv-1");
}

BOOST_AUTO_TEST_CASE(primitives_have_pattern_and_value) {
  const Type& code = *definitions().type("code");
  BOOST_TEST((code.family == Family::primitive));
  BOOST_TEST(code.pattern == "[^\\s]+(\\s[^\\s]+)*");
  BOOST_REQUIRE(code.element("value"));
  BOOST_TEST(code.element("value")->types[0].code == "code");
  BOOST_TEST(code.elements.size() == 3U);
}

BOOST_AUTO_TEST_CASE(types_derive) {
  BOOST_TEST(definitions().derives("Patient", "DomainResource"));
  BOOST_TEST(definitions().derives("Patient", "Resource"));
  BOOST_TEST(definitions().derives("Age", "Quantity"));
  BOOST_TEST(definitions().derives("Patient", "Patient"));
  BOOST_TEST(!definitions().derives("Bundle", "DomainResource"));
  BOOST_TEST(!definitions().derives("Nothing", "Resource"));
  BOOST_TEST(definitions().type("Age")->find("unit"));
}

BOOST_AUTO_TEST_CASE(search_parameters_include_inherited_and_our_own) {
  const SearchParameter* birthdate = definitions().search_parameter("Patient", "birthdate");
  BOOST_REQUIRE(birthdate);
  BOOST_TEST(birthdate->type == "date");
  BOOST_TEST(definitions().search_parameter_by_url(birthdate->url) == birthdate);
  BOOST_TEST(definitions().search_parameter("Patient", "_lastUpdated"));
  BOOST_TEST(definitions().search_parameter("Bundle", "_id"));
  BOOST_TEST(!definitions().search_parameter("Patient", "Birthdate"));
  const SearchParameter* due = definitions().search_parameter("Task", "due");
  BOOST_REQUIRE(due);
  BOOST_TEST(due->expression == "Task.restriction.period.end");
  BOOST_TEST(definitions().search_parameter("Task", "rank")->type == "number");
  BOOST_TEST(definitions().search_parameter("Observation", "code-value-quantity")->components.size() == 2U);
  BOOST_TEST(definitions().search_parameters("Nothing").empty());
}

BOOST_AUTO_TEST_CASE(compartments_say_how_a_resource_belongs) {
  const Compartment* patient = definitions().compartment("Patient");
  BOOST_REQUIRE(patient);
  BOOST_TEST(patient->resources.at("Observation") == (std::vector<std::string>{"subject", "performer"}),
             boost::test_tools::per_element());
  for (const char* type : {"Encounter", "RelatedPerson", "Practitioner", "Device"})
    BOOST_TEST(definitions().compartment(type));
  BOOST_TEST(!definitions().compartment("Observation"));
}

BOOST_AUTO_TEST_CASE(codes_know_their_system) {
  const char* gender = "http://hl7.org/fhir/ValueSet/administrative-gender";
  BOOST_REQUIRE(definitions().codes(gender));
  BOOST_TEST(definitions().codes(gender)->contains("female"));
  BOOST_TEST(definitions().system_of(gender, "female") == "http://hl7.org/fhir/administrative-gender");
  BOOST_TEST(definitions().system_of(gender, "f").empty());
  BOOST_TEST(definitions().value_set(gender)->contains("http://hl7.org/fhir/administrative-gender", "male"));
  BOOST_TEST(!definitions().value_set(gender)->contains("http://example.org", "male"));
  BOOST_TEST(!definitions().codes("http://hl7.org/fhir/ValueSet/mimetypes"));
}

BOOST_AUTO_TEST_SUITE_END()
